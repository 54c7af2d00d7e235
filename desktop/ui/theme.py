"""Colours, fonts and icons: a light and a dark theme that follow the system."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from desktop.ui.glyphs import Glyphs
from desktop.ui.stylesheet import build_stylesheet

ICON_SIZES: Final = (16, 18)
"""The sizes in device-independent pixels in which buttons and fields show icons."""

_MARK: Final = Path(__file__).parents[2] / "resources" / "legwork.svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """One theme's colours, named by their use. Text on any ground here has a contrast of at least 4.5 to 1."""

    window: str
    side: str
    card: str
    chosen: str
    hover: str
    line: str
    text: str
    quiet: str
    accent: str
    accent_hover: str
    on_accent: str
    needs: str
    done: str
    failed: str
    track: str
    code: str


LIGHT: Final = Colours(
    window="#f6f7f9",
    side="#eceef2",
    card="#ffffff",
    chosen="#eaf1ff",
    hover="#f7f9fd",
    line="#dde1e8",
    text="#1b1f27",
    quiet="#586170",
    accent="#2f5bea",
    accent_hover="#2148c9",
    on_accent="#ffffff",
    needs="#955500",
    done="#1c7a46",
    failed="#b3261e",
    track="#e3e7ee",
    code="#f1f3f7",
)
DARK: Final = Colours(
    window="#16181d",
    side="#111317",
    card="#1e2128",
    chosen="#232c44",
    hover="#242832",
    line="#2f343f",
    text="#e8eaf0",
    quiet="#9aa3b2",
    accent="#7f9cff",
    accent_hover="#9bb2ff",
    on_accent="#10131a",
    needs="#f0b35a",
    done="#63d297",
    failed="#ff8a80",
    track="#2f343f",
    code="#15181e",
)


class Theme(QObject):
    """The theme in use. `changed` is emitted when the system goes from light to dark or back."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._glyphs = Glyphs()
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        app.setStyle("Fusion")
        app.setFont(_reading_font(app.font()))
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self.use)
        self.colours = LIGHT
        self.use(hints.colorScheme())

    def use(self, scheme: Qt.ColorScheme) -> None:
        """Switch to the light or the dark theme."""
        self.colours = DARK if scheme is Qt.ColorScheme.Dark else LIGHT
        self._app.setPalette(_palette(self.colours))
        self._app.setPalette(_outlined(self.colours), "QCheckBox")  # type: ignore[arg-type] # it takes no bytes
        self._app.setStyleSheet(build_stylesheet(self.colours))
        self.changed.emit()

    def colour(self, name: str) -> QColor:
        """The colour of that name in the theme in use."""
        return QColor(getattr(self.colours, name))

    @property
    def mark(self) -> QIcon:
        """The program's own icon."""
        return QIcon(str(_MARK))

    def icon(self, glyph: str, colour: str = "quiet") -> QIcon:
        """A Material Design icon in one of the theme's colours, paler where what it stands on is disabled."""
        icon, ratio = QIcon(), self._app.devicePixelRatio()
        for size in ICON_SIZES:
            icon.addPixmap(self.pixmap(glyph, colour, size, ratio))
            icon.addPixmap(self.pixmap(glyph, "line", size, ratio), QIcon.Mode.Disabled)
        return icon

    def pixmap(self, glyph: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
        """An icon painted once and kept, for delegates that paint it again and again."""
        key = (glyph, getattr(self.colours, colour), size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._glyphs.paint(glyph, self.colour(colour), size, ratio)
        return self._pixmaps[key]


def scaled(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font at `factor` times its size; the person's own font size stays the measure of all text."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * factor)
    made.setWeight(weight)
    return made


def _reading_font(system: QFont) -> QFont:
    font = QFont(system)
    font.setFamilies(["Inter", *system.families()])
    if font.pointSizeF() <= 0:
        font.setPointSizeF(10.0)
    return font


def _outlined(colours: Colours) -> QPalette:
    """The palette of boxes to tick: Fusion draws their outline in a darker shade of the window's colour."""
    palette = _palette(colours)
    palette.setColor(QPalette.ColorRole.Window, QColor(colours.quiet).lighter(140))
    return palette


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    chosen = {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.card,
        role.AlternateBase: colours.window,
        role.ToolTipBase: colours.card,
        role.ToolTipText: colours.text,
        role.Text: colours.text,
        role.PlaceholderText: colours.quiet,
        role.Button: colours.card,
        role.ButtonText: colours.text,
        role.BrightText: colours.failed,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Mid: colours.line,
        role.Midlight: colours.track,
        role.Dark: colours.line,
        role.Light: colours.card,
    }
    for name, colour in chosen.items():
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.quiet))
    return palette
