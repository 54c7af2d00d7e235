"""Edits a template: its name and goal, and for each place in braces what is asked for there."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.templates import GIVES_INPUTS, Field, FieldType, Template, places_in
from desktop.ui.labels import ElidedLabel, quiet
from desktop.ui.settings_pages import add_line, explained, new_form

_ABOUT: Final = (
    "What stands in braces is asked for each time: “Summarise this for {audience}.” A line of the goal is left out "
    "where a field in it is empty."
)
_TYPES: Final = {
    FieldType.TEXT: "text",
    FieldType.LINES: "longer text",
    FieldType.NUMBER: "number",
    FieldType.CHOICE: "choice",
    FieldType.COLUMNS: "columns",
}
_INPUTS: Final = {"": "nothing", FieldType.FILES.value: "files", FieldType.FOLDER.value: "a folder"}
_HEAD: Final = ("In the goal", "What it is called", "Takes", "Usual value, or choices: a, b", "Needed")
_GOAL_HEIGHT: Final = 110


class FieldRow:
    """The line of a field."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self.name = QLabel(f"{{{field.name}}}")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.title, self.type, self.usual = QLineEdit(field.title), QComboBox(), QLineEdit()
        self.required = QCheckBox()
        for type_, word in _TYPES.items():
            self.type.addItem(word, type_)
        self.type.setCurrentIndex(self.type.findData(field.type))
        self.usual.setText(_usual(field))
        self.required.setChecked(field.required)
        for widget, what in zip(self.widgets, _HEAD, strict=True):
            widget.setAccessibleName(f"{what}, {field.name}")

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """What the line is made of."""
        return (self.name, self.title, self.type, self.usual, self.required)

    def field(self) -> Field:
        """The field as it is edited now."""
        type_ = FieldType(self.type.currentData())
        usual = self.usual.text().strip()
        choices = tuple(part.strip() for part in usual.split(",") if part.strip()) if type_ is FieldType.CHOICE else ()
        return replace(
            self._field,
            title=self.title.text().strip() or self._field.name,
            type=type_,
            choices=choices,
            default=(choices[0] if choices else "") if type_ is FieldType.CHOICE else usual,
            required=self.required.isChecked(),
        )


class TemplateEditor(QDialog):
    """`wanted(Template)` is emitted with what is to be kept; whoever keeps it accepts the dialog, or says why not."""

    wanted = Signal(object)

    def __init__(self, template: Template, kinds: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._template = template
        self._known = {field.name: field for field in template.fields}
        self.rows: dict[str, FieldRow] = {}
        self.name, self.about = QLineEdit(template.name), QLineEdit(template.about)
        self.kind, self.inputs = QComboBox(), QComboBox()
        self.goal = QPlainTextEdit(template.goal)
        self.options = quiet(ElidedLabel())
        self.problem = QLabel()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._grid_holder = QWidget()
        self._grid = QGridLayout(self._grid_holder)
        self._fill(kinds)
        self._build()
        self._follow_goal()

    def template(self) -> Template:
        """The template as it is edited now."""
        asked = self.inputs.currentData()
        inputs = [field for field in self._template.fields if field.type.value == asked]
        if asked and not inputs:
            title = "Files" if asked == FieldType.FILES.value else "Folder"
            inputs = [Field(name=_free("files", self.rows), title=title, type=FieldType(asked))]
        return replace(
            self._template,
            name=self.name.text().strip(),
            about=self.about.text().strip(),
            kind=str(self.kind.currentData()),
            goal=self.goal.toPlainText().strip(),
            fields=(*inputs, *(row.field() for row in self.rows.values())),
        )

    def say(self, problem: str) -> None:
        """Say what is in the way."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _fill(self, kinds: dict[str, str]) -> None:
        for kind, title in {self._template.kind: self._template.kind.capitalize(), **kinds}.items():
            self.kind.addItem(title, kind)
        self.kind.setCurrentIndex(self.kind.findData(self._template.kind))
        for value, word in _INPUTS.items():
            self.inputs.addItem(word, value)
        asked = next((field.type.value for field in self._template.fields if field.type in GIVES_INPUTS), "")
        self.inputs.setCurrentIndex(self.inputs.findData(asked))
        options = ", ".join(f"{name} = {value}" for name, value in self._template.options.items())
        self.options.setText(options or "as usual")

    def _build(self) -> None:
        self.setWindowTitle("Template")
        self.resize(720, 560)
        self.goal.setObjectName("lines")
        self.goal.setTabChangesFocus(True)
        self.goal.setFixedHeight(_GOAL_HEIGHT)
        self.goal.textChanged.connect(self._follow_goal)
        self.problem.setProperty("mood", "failed")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.hide()
        form = new_form()
        for label, field in (
            ("Name", self.name),
            ("About", self.about),
            ("Kind of task", self.kind),
            ("Asks for", self.inputs),
            ("Goal", self.goal),
            ("Options", self.options),
        ):
            add_line(form, label, field)
        scroll = QScrollArea()
        scroll.setWidget(self._grid_holder)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._grid_holder.setObjectName("page")
        self.buttons.accepted.connect(lambda: self.wanted.emit(self.template()))
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(explained(_ABOUT))
        column.addWidget(scroll, 1)
        column.addWidget(self.problem)
        column.addWidget(self.buttons)
        self.name.selectAll()

    def _follow_goal(self) -> None:
        """A line for each place in the goal and the options; what was said of one that went and came back stays."""
        self._known |= {name: row.field() for name, row in self.rows.items()}
        places = dict.fromkeys([*places_in(self.goal.toPlainText()), *places_in(self._template.options)])
        before = [field.name for field in self._template.fields if field.name in places]
        names = list(dict.fromkeys([*before, *places]))
        if names == list(self.rows) and self._grid.count():
            return
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        unknown = {name: Field(name=name, title=name.replace("_", " ").capitalize()) for name in names}
        self.rows = {name: FieldRow(self._known.get(name, unknown[name])) for name in names}
        for column, head in enumerate(_HEAD if names else ()):
            self._grid.addWidget(quiet(QLabel(head)), 0, column)
        for line, row in enumerate(self.rows.values(), 1):
            for column, widget in enumerate(row.widgets):
                self._grid.addWidget(widget, line, column)
        self._grid.setRowStretch(len(names) + 1, 1)


def _usual(field: Field) -> str:
    """The usual value; of a choice all values, the usual one first."""
    if field.type is not FieldType.CHOICE:
        return field.default
    return ", ".join(dict.fromkeys((*([field.default] if field.default else []), *field.choices)))


def _free(name: str, taken: dict[str, FieldRow]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)
