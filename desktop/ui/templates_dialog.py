"""The templates: search for one, fill its fields, use it; edit, delete, import and export the person's own."""

from collections.abc import Collection, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import LegworkError, TaskRequest
from desktop.templates import GIVES_INPUTS, Field, FieldType, Template, fill
from desktop.ui import dialogs
from desktop.ui.field_form import FieldForm
from desktop.ui.labels import quiet, set_mood
from desktop.ui.template_commands import TemplateCommands
from desktop.ui.theme import scaled

_ROLE: Final = Qt.ItemDataRole.UserRole
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_UP_DOWN: Final = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_NOTHING: Final = "No template has these words."
_LIST_WIDTH: Final = 240


class TemplatesDialog(QDialog):
    """`used(TaskRequest)` is emitted with what a template makes of its fields."""

    used = Signal(object)

    def __init__(self, commands: TemplateCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.commands = commands
        self._templates: tuple[Template, ...] = ()
        self._titles: dict[str, str] = {}
        self._attached: tuple[str, ...] = ()
        self._folders: tuple[str, ...] = ()
        self.filter, self.list = QLineEdit(), QListWidget()
        self.name, self.about, self.said = QLabel(), quiet(QLabel()), QLabel()
        self.form = FieldForm((), dialogs.ask_for_files, dialogs.ask_for_folder)
        self._page = QScrollArea()
        self.use, self.leave = QPushButton("&Use"), QPushButton("C&lose")
        self.edit, self.delete = QPushButton("&Edit…"), QPushButton("&Delete")
        self.undo, self.take_in = QPushButton("U&ndo"), QPushButton("&Import…")
        self.export = QPushButton("E&xport…")
        self._build()
        self._lay_out()
        self._connect()

    def offer(self, templates: Sequence[Template], titles: dict[str, str]) -> None:
        """Say which templates there are, and what the kinds of task that there are are called."""
        if (tuple(templates), titles) == (self._templates, self._titles):
            return  # what is typed stays
        chosen = self.chosen
        self._templates, self._titles = tuple(templates), titles
        self._list(chosen.id if chosen is not None else "")

    def prefill(self, attached: Sequence[str], folders: Sequence[str]) -> None:
        """Say what is attached already, and what of it is a folder: it stands in the field that takes it."""
        self._attached, self._folders = tuple(attached), tuple(folders)
        self._show_fields()

    @property
    def chosen(self) -> Template | None:
        """The template that is chosen."""
        item = self.list.currentItem()
        found = None if item is None else item.data(_ROLE)
        return found if isinstance(found, Template) else None

    def choose(self, identifier: str) -> None:
        """Choose a template, and turn to its fields."""
        self.filter.clear()
        self._list(identifier)
        self.form.take_up()

    def apply(self) -> None:
        """Make a request of the chosen template, if its fields say enough."""
        template = self.chosen
        if template is None:
            return
        try:
            request: TaskRequest = fill(template, self.form.values())
        except LegworkError as error:
            self.say(str(error), "failed")
            self.form.take_up()
            return
        self.accept()
        self.used.emit(request)

    def say(self, text: str, mood: str = "") -> None:
        """Say what came of something."""
        self.said.setText(text)
        self.said.setVisible(bool(text))
        set_mood(self.said, mood)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search, the arrows lead through the list and Enter to the fields."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and not event.modifiers():
            key = Qt.Key(event.key())
            if watched is self.filter and key in _UP_DOWN:
                row = self.list.currentRow() + _UP_DOWN[key]
                self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
                return True
            if key in _ENTER:
                self._take_up_fields()
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.setWindowTitle("Templates")
        self.resize(820, 560)
        self.filter.setPlaceholderText("Search templates")
        self.filter.setAccessibleName("Search templates")
        self.filter.setClearButtonEnabled(True)
        self.list.setAccessibleName("Templates")
        self.list.setObjectName("templates")
        self.name.setFont(scaled(self.name.font(), 1.3, QFont.Weight.Bold))
        for label in (self.name, self.about, self.said):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.said.setAccessibleName("What came of it")
        self.said.hide()
        self.undo.hide()
        self.use.setProperty("primary", True)
        self.use.setToolTip("Put it into the composer (Ctrl+Enter)")
        self._page.setWidgetResizable(True)
        self._page.setFrameShape(QFrame.Shape.NoFrame)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for button in self._buttons():
            button.setAutoDefault(False)

    def _buttons(self) -> tuple[QPushButton, ...]:
        return (self.take_in, self.export, self.edit, self.delete, self.undo, self.use, self.leave)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.filter)
        left.addWidget(self.list, 1)
        right = QVBoxLayout()
        right.setSpacing(8)
        for part in (self.name, self.about):
            right.addWidget(part)
        right.addWidget(self._page, 1)
        right.addWidget(self.said)
        across = QHBoxLayout()
        across.setSpacing(24)
        across.addLayout(left)
        across.addLayout(right, 1)
        self.list.setFixedWidth(_LIST_WIDTH)
        self.filter.setFixedWidth(_LIST_WIDTH)
        below = QHBoxLayout()
        below.setSpacing(8)
        for button in self._buttons()[:5]:
            below.addWidget(button)
        below.addStretch(1)
        for button in (self.leave, self.use):
            below.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(across, 1)
        column.addLayout(below)

    def _connect(self) -> None:
        self.filter.textChanged.connect(lambda _: self._list())
        for watched in (self.filter, self.list):
            watched.installEventFilter(self)
        self.list.currentItemChanged.connect(lambda *_: self._on_chosen())
        self.list.itemDoubleClicked.connect(lambda _: self._take_up_fields())
        self.use.clicked.connect(self.apply)
        self.leave.clicked.connect(self.reject)
        self.edit.clicked.connect(lambda: self._with_chosen(self.commands.edit))
        self.delete.clicked.connect(lambda: self._with_chosen(self.commands.delete))
        self.export.clicked.connect(lambda: self._with_chosen(self.commands.export))
        self.take_in.clicked.connect(self.commands.take_in)
        self.undo.clicked.connect(self.commands.undo)
        self.commands.said.connect(self.say)
        self.commands.undo_possible.connect(self.undo.setVisible)
        self.commands.kept.connect(self._on_kept)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.apply)
        QShortcut(QKeySequence("Ctrl+F"), self).activated.connect(self.filter.setFocus)
        QShortcut(QKeySequence("Ctrl+Z"), self).activated.connect(self.commands.undo)

    def _with_chosen(self, do: object) -> None:
        if self.chosen is not None and callable(do):
            do(self.chosen)

    def _on_chosen(self) -> None:
        self.say("")
        self._show_fields()

    def _on_kept(self, template: Template) -> None:
        self.filter.clear()
        self._list(template.id)

    def _list(self, identifier: str = "") -> None:
        """List the templates with the words of the search whose kind of task there is."""
        words = self.filter.text().casefold().split()
        shown = [each for each in self._templates if each.kind in self._titles and _has(each, words)]
        self.list.blockSignals(True)
        self.list.clear()
        for template in shown:
            item = QListWidgetItem(template.name)
            item.setData(_ROLE, template)
            own = ", yours" if template.own else ""
            item.setToolTip(f"{template.name}\n{self._titles[template.kind]}{own}")
            self.list.addItem(item)
        ids = [template.id for template in shown]
        self.list.setCurrentRow(ids.index(identifier) if identifier in ids else 0)
        self.list.blockSignals(False)
        self._show_fields()

    def _show_fields(self) -> None:
        template = self.chosen
        for part in (self.use, self.edit, self.export):
            part.setEnabled(template is not None)
        self.delete.setEnabled(template is not None and template.own)
        self.edit.setText("&Edit…" if template is None or template.own else "Copy and &edit…")
        self.name.setText("" if template is None else template.name)
        self.about.setText(_NOTHING if template is None else self._about(template))
        fields: tuple[Field, ...] = () if template is None else template.fields
        self.form = FieldForm(fields, dialogs.ask_for_files, dialogs.ask_for_folder)
        self.form.setObjectName("page")
        taking = _takes(fields)
        if taking is not None:
            attached = self._attached if taking.type is FieldType.FILES else self._folders
            self.form.show_values({taking.name: attached})
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 8, 8, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        self._page.setWidget(holder)

    def _about(self, template: Template) -> str:
        kind = self._titles.get(template.kind, template.kind)
        return f"{template.about}  ·  {kind}" if template.about else kind

    def _take_up_fields(self) -> None:
        if self.chosen is None:
            return
        if self.chosen.fields:
            self.form.take_up()
        else:
            self.use.setFocus()


def _has(template: Template, words: Collection[str]) -> bool:
    text = f"{template.name} {template.about} {template.kind} {template.goal}".casefold()
    return all(word in text for word in words)


def _takes(fields: Sequence[Field]) -> Field | None:
    """The field that attached files belong into: one for files, else one for a folder."""
    taking = [field for field in fields if field.type in GIVES_INPUTS]
    files = [field for field in taking if field.type is FieldType.FILES]
    return next(iter((*files, *taking)), None)
