"""A form for fields of whatever type: of a template, or of a kind of task."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.templates import Field, FieldType, Given
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.labels import quiet

Ask = Callable[[QWidget], list[Path]]
"""Lets the person choose files or a folder."""

LINES_HEIGHT: Final = 76
_FIELD_WIDTH: Final = 152
_NOTHING: Final = "as the words say"


class Editor(Protocol):
    """What a field is edited with. A class of its own, or a part of Qt with these."""

    def value(self) -> Given:
        """What the field holds."""

    def set_value(self, value: Given) -> None:
        """Show this value."""


class TextEditor(QLineEdit):
    """A line of text, or a number."""

    def __init__(self, field: Field, on_change: Callable[[], None]) -> None:
        super().__init__()
        self.setPlaceholderText(field.hint.replace("\n", ", "))
        self.textChanged.connect(lambda _: on_change())

    def value(self) -> Given:
        """The text."""
        return self.text().strip()

    def set_value(self, value: Given) -> None:
        """Show this text."""
        self.setText(_text(value))


class LinesEditor(QPlainTextEdit):
    """Several lines of text, or one field to extract on each."""

    def __init__(self, field: Field, on_change: Callable[[], None]) -> None:
        super().__init__()
        self._is_list = field.type is FieldType.COLUMNS
        self.setObjectName("lines")
        self.setPlaceholderText(field.hint)
        self.setTabChangesFocus(True)
        self.setFixedHeight(LINES_HEIGHT)
        self.textChanged.connect(on_change)

    def value(self) -> Given:
        """The text; of a list, its entries between commas."""
        text = self.toPlainText().strip()
        return ", ".join(line.strip(" ,") for line in text.splitlines() if line.strip(" ,")) if self._is_list else text

    def set_value(self, value: Given) -> None:
        """Show this text."""
        self.setPlainText(_text(value).replace(", ", "\n") if self._is_list else _text(value))


class ChoiceEditor(QComboBox):
    """One of some values; nothing chosen comes first where that may be."""

    def __init__(self, field: Field, on_change: Callable[[], None]) -> None:
        super().__init__()
        if not field.required and not field.default:
            self.addItem(field.hint or _NOTHING, "")
        for choice in field.choices:
            self.addItem(choice, choice)
        self.currentIndexChanged.connect(lambda _: on_change())

    def value(self) -> Given:
        """The value that is chosen."""
        return str(self.currentData() or "")

    def set_value(self, value: Given) -> None:
        """Choose this value, if it is one of them."""
        self.setCurrentIndex(max(0, self.findData(_text(value))))


class PathsEditor(QWidget):
    """Files or a folder, and a button to choose them."""

    def __init__(self, ask: Ask, on_change: Callable[[], None], *, one: bool) -> None:
        super().__init__()
        self._ask, self._on_change, self._one = ask, on_change, one
        self._paths: tuple[str, ...] = ()
        self._said = quiet(QLabel())
        self._said.setWordWrap(True)
        self.choose = QPushButton("Choose a folder…" if one else "Add files…")
        self.choose.setAutoDefault(False)
        self.clear = QPushButton("Clear")
        self.clear.setAutoDefault(False)
        self.choose.clicked.connect(self._on_choose)
        self.clear.clicked.connect(lambda: self._take(()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._said, 1)
        row.addWidget(self.choose)
        row.addWidget(self.clear)
        self.setFocusProxy(self.choose)
        self._show()

    def value(self) -> Given:
        """The paths."""
        return self._paths

    def set_value(self, value: Given) -> None:
        """Show these paths."""
        paths = (value,) if isinstance(value, str) else tuple(map(str, value)) if isinstance(value, Sequence) else ()
        self._paths = tuple(path for path in paths if path)[: 1 if self._one else None]
        self._show()

    def _on_choose(self) -> None:
        found = [str(path) for path in self._ask(self)]
        if found:
            self._take(tuple(found) if self._one else tuple(dict.fromkeys((*self._paths, *found))))

    def _take(self, paths: tuple[str, ...]) -> None:
        self.set_value(paths)
        self._on_change()

    def _show(self) -> None:
        names = [Path(path).name or path for path in self._paths]
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        self._said.setText(", ".join(names[:3]) + more if names else "none")
        self._said.setToolTip("\n".join(self._paths[:40]))
        self.clear.setVisible(bool(names))


class FieldForm(QWidget):
    """Edits fields: names beside them, or above them in lines where it is `compact`. `changed()` tells of each edit."""

    changed = Signal()

    def __init__(self, fields: Sequence[Field], ask_files: Ask, ask_folder: Ask, *, compact: bool = False) -> None:
        super().__init__()
        self._fields = tuple(fields)
        self._ask_files, self._ask_folder = ask_files, ask_folder
        self.editors: dict[str, QWidget] = {field.name: self._editor(field) for field in fields}
        layout = FlowLayout(self, gap=12) if compact else QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for field in fields:
            layout.addWidget(self._line(field, compact=compact))
        self.show_values({})

    def values(self) -> dict[str, Given]:
        """What the fields hold."""
        return {name: _editor_of(editor).value() for name, editor in self.editors.items()}

    def show_values(self, values: Mapping[str, Given]) -> None:
        """Show these; what is not among them is as usual."""
        for field in self._fields:
            _editor_of(self.editors[field.name]).set_value(values.get(field.name, field.default))

    def take_up(self) -> None:
        """Give the keyboard to the first field that needs something, else to the first."""
        wanting = [f for f in self._fields if f.required and not _editor_of(self.editors[f.name]).value()]
        for field in (*wanting, *self._fields)[:1]:
            self.editors[field.name].setFocus()

    def _line(self, field: Field, *, compact: bool) -> QWidget:
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        editor = self.editors[field.name]
        editor.setAccessibleName(field.title)
        name = quiet(QLabel(field.title if compact or not field.required else f"{field.title} *"))
        name.setBuddy(editor)
        column.addWidget(name)
        column.addWidget(editor)
        if compact:
            line.setFixedWidth(_FIELD_WIDTH)
        return line

    def _editor(self, field: Field) -> QWidget:
        told = self.changed.emit
        match field.type:
            case FieldType.LINES | FieldType.COLUMNS:
                return LinesEditor(field, told)
            case FieldType.CHOICE:
                return ChoiceEditor(field, told)
            case FieldType.FILES:
                return PathsEditor(self._ask_files, told, one=False)
            case FieldType.FOLDER:
                return PathsEditor(self._ask_folder, told, one=True)
            case _:
                return TextEditor(field, told)


def _editor_of(widget: QWidget) -> Editor:
    assert isinstance(widget, TextEditor | LinesEditor | ChoiceEditor | PathsEditor)  # noqa: S101 - made above
    return widget


def _text(value: Given) -> str:
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, int | float) else ", ".join(value)
