"""The page of the settings for tool servers: a form for each, one more from pasted JSON, and a trial."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.tools.servers import ServerChoice, plain_name
from desktop.ui.labels import set_mood
from desktop.ui.paste_servers_dialog import PasteServersDialog
from desktop.ui.settings_pages import FIELD_HEIGHT, add_line, explained, lines, lines_of, new_form

_ABOUT: Final = (
    "Agents can use the tools of MCP servers. A program among them runs as you, with all that you may do; one "
    "elsewhere gets what is asked of it. An agent uses a tool only once you have accepted what its server says of it."
)
_NONE: Final = "No server is listed."
_NEW: Final = "server"
_KINDS: Final = ("A program on this machine", "An address")
_LINES_HEIGHT: Final = 62
KEPT: Final = "•••"
"""Stands for a value that is in the keyring."""


class ServerForm(QWidget):
    """One server."""

    def __init__(self, choice: ServerChoice) -> None:
        super().__init__()
        self.name, self.enabled, self.kind = QLineEdit(choice.name), QCheckBox("Agents may use it"), QComboBox()
        self.command, self.cwd, self.url = QLineEdit(choice.command), QLineEdit(choice.cwd), QLineEdit(choice.url)
        self.args: QPlainTextEdit = lines("Arguments", choice.args)
        kept = dict.fromkeys(choice.kept, KEPT)
        self.env: QPlainTextEdit = lines("Variables", _as_lines({} if choice.url else {**choice.env, **kept}))
        self.headers: QPlainTextEdit = lines("Headers", _as_lines({**choice.headers, **kept} if choice.url else {}))
        self.enabled.setChecked(choice.enabled)
        self.kind.addItems(_KINDS)
        self.kind.setCurrentIndex(1 if choice.url else 0)
        self.kind.currentIndexChanged.connect(lambda _: self._follow())
        self.command.setPlaceholderText("uvx, npx, or the whole path of a program")
        self.args.setPlaceholderText("one a line, such as mcp-server-time")
        self.cwd.setPlaceholderText("your home folder")
        self.env.setPlaceholderText("API_KEY=value, one a line; keys and passwords go to the keyring")
        self.url.setPlaceholderText("https://example.com/mcp")
        self.headers.setPlaceholderText("Authorization=Bearer value, one a line; they go to the keyring")
        self._build()
        self._follow()

    def choice(self) -> ServerChoice:
        """What is chosen now."""
        is_elsewhere = self.kind.currentIndex() == 1
        found = _values_in(self.headers if is_elsewhere else self.env)
        bare = ServerChoice(
            name=self.name.text().strip(),
            enabled=self.enabled.isChecked(),
            command="" if is_elsewhere else self.command.text().strip(),
            args=() if is_elsewhere else lines_of(self.args),
            cwd="" if is_elsewhere else self.cwd.text().strip(),
            url=self.url.text().strip() if is_elsewhere else "",
        )
        values = {name: value for name, value in found.items() if value != KEPT}
        kept = tuple(name for name, value in found.items() if value == KEPT)
        if is_elsewhere:  # also where the address is still missing
            return replace(bare, headers=values, kept=kept)
        return replace(bare, env=values, kept=kept)

    def _build(self) -> None:
        for several in (self.args, self.env, self.headers):
            several.setFixedHeight(_LINES_HEIGHT)
        self._form = new_form()
        self._form.setContentsMargins(0, 0, 0, 0)
        add_line(self._form, "Name", self.name)
        self._form.addRow("", self.enabled)
        for label, field in (
            ("It is", self.kind),
            ("Program", self.command),
            ("Arguments", self.args),
            ("Folder", self.cwd),
            ("Variables", self.env),
            ("Address", self.url),
            ("Headers", self.headers),
        ):
            add_line(self._form, label, field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        column.addStretch(1)

    def _follow(self) -> None:
        is_elsewhere = self.kind.currentIndex() == 1
        for field in (self.command, self.args, self.cwd, self.env):
            self._form.setRowVisible(field, not is_elsewhere)
        for field in (self.url, self.headers):
            self._form.setRowVisible(field, is_elsewhere)


class ToolServersPage(QWidget):
    """The servers, of which one is shown. `named` gives the person's own hosts, which may be called in the open."""

    def __init__(self, choices: tuple[ServerChoice, ...], named: Callable[[], tuple[str, ...]]) -> None:
        super().__init__()
        self._named = named
        self.chooser = QComboBox()
        self.add, self.paste, self.remove = QPushButton("Add"), QPushButton("Paste JSON…"), QPushButton("Remove")
        self.forms = QStackedWidget()
        self.test = QPushButton("Try it")
        self.said = QLabel()
        self._build()
        for choice in choices:
            self._append(choice)
        self._choose(0)

    @property
    def current(self) -> ServerForm | None:
        """The form of the server that is shown."""
        shown = self.forms.currentWidget()
        return shown if isinstance(shown, ServerForm) else None

    def choices(self) -> tuple[ServerChoice, ...]:
        """What is chosen now."""
        return tuple(form.choice() for form in self._all())

    def say(self, text: str, mood: str = "") -> None:
        """Say what came of the trial."""
        self.said.setText(text)
        set_mood(self.said, mood)

    def show_trying(self, trying: bool) -> None:
        """A server that is being tried stays where it is."""
        for part in (self.test, self.chooser, self.add, self.paste, self.remove):
            part.setEnabled(not trying)

    def take(self, choices: tuple[ServerChoice, ...]) -> None:
        """List these too; one by a name that is taken gets another."""
        for choice in choices:
            taken = {plain_name(each.name) for each in self.choices()}
            names = (choice.name, *(f"{choice.name}-{number}" for number in range(2, len(taken) + 3)))
            self._append(replace(choice, name=next(name for name in names if plain_name(name) not in taken)))
        self._choose(self.forms.count() - 1)

    def _all(self) -> list[ServerForm]:
        found = (self.forms.widget(row) for row in range(self.forms.count()))
        return [form for form in found if isinstance(form, ServerForm)]

    def _build(self) -> None:
        self.chooser.setAccessibleName("Server")
        self.chooser.setMinimumHeight(FIELD_HEIGHT)
        self.chooser.setPlaceholderText(_NONE)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAccessibleName("What came of the trial")
        for button in (self.add, self.paste, self.remove, self.test):
            button.setAutoDefault(False)
        self.chooser.currentIndexChanged.connect(self._show)
        self.add.clicked.connect(self._on_add)
        self.paste.clicked.connect(self._on_paste)
        self.remove.clicked.connect(self._on_remove)
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.chooser, 1)
        for button in (self.add, self.paste, self.remove):
            above.addWidget(button)
        below.addWidget(self.test, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(16)
        column.addWidget(explained(_ABOUT))
        column.addLayout(above)
        column.addWidget(self.forms)
        column.addStretch(1)
        column.addLayout(below)

    def _append(self, choice: ServerChoice) -> None:
        form = ServerForm(choice)
        self.forms.addWidget(form)
        self.chooser.addItem(choice.name)
        form.name.textChanged.connect(lambda name: self.chooser.setItemText(self.forms.indexOf(form), name))

    def _choose(self, row: int) -> None:
        self.chooser.setCurrentIndex(row)  # nothing is chosen by itself where a placeholder says that there is nothing
        self._show(row)

    def _show(self, row: int) -> None:
        self.forms.setCurrentIndex(row)
        self.forms.setVisible(self.forms.count() > 0)
        self.remove.setEnabled(self.forms.count() > 0)
        self.test.setEnabled(self.forms.count() > 0)
        self.say("")

    def _on_add(self) -> None:
        self.take((ServerChoice(name=_NEW),))
        form = self._all()[-1]
        form.name.setFocus()
        form.name.selectAll()

    def _on_paste(self) -> None:
        dialog = PasteServersDialog(self._named(), self)
        dialog.pasted.connect(self.take)
        dialog.open()

    def _on_remove(self) -> None:
        form = self.current
        if form is None:
            return
        row = self.forms.indexOf(form)
        self.forms.removeWidget(form)
        form.deleteLater()
        self.chooser.removeItem(row)
        self._choose(max(0, row - 1))


def _as_lines(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in values.items())


def _values_in(field: QPlainTextEdit) -> dict[str, str]:
    """The values of lines such as NAME=value; a line without one is a name, which is refused where it is none."""
    parts = (line.partition("=") for line in lines_of(field))
    return {name.strip(): value.strip() for name, _, value in parts}
