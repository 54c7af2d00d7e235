"""Material Design glyphs from the font that qtawesome carries.

Its Python part is not imported: it brings in all of Qt a second time, which costs a quarter of a cold start.
"""

import json
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPainter, QPixmap

_FONT: Final = "materialdesignicons6-webfont-*.ttf"
_NAMES: Final = "materialdesignicons6-webfont-charmap-*.json"
_FILLED: Final = 0.98
"""How much of its square a glyph fills, so that none loses its edge."""


class Glyphs:
    """Paints glyphs by their name. Font and names are read when the first one is asked for."""

    def paint(self, name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
        """A picture of `size` by `size` device-independent pixels."""
        edge = round(size * ratio)
        picture = QPixmap(edge, edge)
        picture.fill(Qt.GlobalColor.transparent)
        font = QFont(self._family)
        font.setPixelSize(round(edge * _FILLED))
        painter = QPainter(picture)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(QRectF(0, 0, edge, edge), int(Qt.AlignmentFlag.AlignCenter), chr(int(self._codes[name], 16)))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        return picture

    @cached_property
    def _family(self) -> str:
        number = QFontDatabase.addApplicationFont(str(_file(_FONT)))
        return QFontDatabase.applicationFontFamilies(number)[0]

    @cached_property
    def _codes(self) -> dict[str, str]:
        """The hexadecimal code of each of the font's 7,000 glyphs."""
        codes: dict[str, str] = json.loads(_file(_NAMES).read_bytes())
        return codes


def _file(pattern: str) -> Path:
    found = find_spec("qtawesome")
    if found is None or found.origin is None:
        raise FileNotFoundError("qtawesome, which carries the icons, is not installed")
    return next((Path(found.origin).parent / "fonts").glob(pattern))
