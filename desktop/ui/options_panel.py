"""The options of the kind of task that is composed: those that matter, in a panel that opens below the goal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.engine import StorageFailed
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.tools import SearchEngine
from desktop.ui import dialogs
from desktop.ui.bridge import Bridge
from desktop.ui.field_form import ChoiceEditor, FieldForm
from desktop.ui.kind_suggestion import ASSISTANT, CODE, DOCUMENTS
from desktop.ui.labels import ElidedLabel, quiet
from desktop.ui.option_fields import OFF, ON, OPTION_FIELDS, POLICY, SERVERS, TESTS, WEB
from desktop.ui.policy_editor import PolicyEditor
from desktop.ui.servers_editor import ServersEditor

MOST_OF_THE_WINDOW: Final = 0.38
"""The part of the window's height that the panel takes at most: the tasks stay in sight."""
SCROLL_BAR: Final = 16
MOST_TEST_BYTES: Final = 200_000
_NO_WEB: Final = "The web is not searched: choose a search engine in the settings, under Web."
_NONE: Final = "None: Legwork writes tests by itself."


class OptionsPanel(QFrame):
    """Hidden until it is wanted. `changed()` is emitted with every edit."""

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kind = DOCUMENTS
        self._settings: SettingsFile | None = None
        self._web_allowed = False
        self._others: dict[str, Any] = {}  # of the kind that is shown, without a field here
        self.forms = {kind: _form(kind) for kind in OPTION_FIELDS}
        self.policy, self.servers = PolicyEditor(), ServersEditor()
        self.tests = TestsEditor(bridge)
        self.no_web = quiet(QLabel(_NO_WEB))
        self.also = quiet(ElidedLabel())
        self.forget = QPushButton("Leave out")
        self._none = quiet(QLabel("There is nothing to choose for this kind of task."))
        self._also_row = QWidget()
        self._inner = QWidget()
        self._rows = QVBoxLayout(self._inner)
        self._scroll = QScrollArea()
        self._build()
        self.hide()

    def options(self) -> dict[str, Any]:
        """The options of the kind that is shown, as its agent takes them, without what is usual."""
        found = dict(self._others)
        form = self.forms.get(self._kind)
        if form is not None:
            usual = {field.name: field.default for field in OPTION_FIELDS[self._kind]}
            found |= {name: value for name, value in form.values().items() if value not in ("", usual[name])}
        if self._kind == CODE and self.tests.text:
            found[TESTS] = self.tests.text
        if self._kind == ASSISTANT and (policy := self.policy.value()):
            found[POLICY] = policy
        if self._kind == ASSISTANT and (servers := self.servers.value()) is not None:
            found[SERVERS] = servers
        return found

    def showEvent(self, event: QShowEvent) -> None:
        """Fit into the window as it is now."""
        super().showEvent(event)
        self._fit()

    def show_kind(self, kind: str) -> None:
        """Show the fields of this kind; what was chosen for another one stays there."""
        if kind != self._kind:
            self._others = {}
        self._kind = kind
        self._refresh()

    def take(self, kind: str, options: Mapping[str, Any]) -> None:
        """Show the options of a request."""
        self._kind = kind
        names = {field.name for field in OPTION_FIELDS.get(kind, ())}
        if kind in self.forms:
            self.forms[kind].show_values({name: str(value) for name, value in options.items() if name in names})
        names |= {CODE: {TESTS}, ASSISTANT: {POLICY, SERVERS}}.get(kind, set())
        if kind == CODE:
            self.tests.set_text(str(options.get(TESTS, "")))
        if kind == ASSISTANT:
            self.policy.set_value(options.get(POLICY))
            self.servers.set_value(options.get(SERVERS))
        self._others = {name: value for name, value in options.items() if name not in names}
        self._refresh()
        self.changed.emit()

    def reset(self) -> None:
        """Everything as usual: what was allowed for one task is not for the next."""
        shown = self._kind
        for kind in self.forms:
            self.take(kind, {})
        self.take(shown, {})

    def use_settings(self, settings: SettingsFile) -> None:
        """Say what holds what a task may do."""
        self._settings = settings
        self.look()

    def look(self) -> None:
        """See what the settings allow now; their file may lie on a slow disk."""
        settings = self._settings
        if settings is not None:
            self._bridge.work(settings.current, self._on_settings)

    def offer_servers(self, names: Sequence[str]) -> None:
        """Say which servers of tools the settings list for agents."""
        self.servers.offer(names)
        self._fit()

    def allow_web(self, *, allowed: bool) -> None:
        """Say whether the settings let a task search the web."""
        self._web_allowed = allowed
        for form in self.forms.values():
            choice = form.editors.get(WEB)
            if isinstance(choice, ChoiceEditor):
                choice.setEnabled(allowed)
                choice.setToolTip("" if allowed else _NO_WEB)
                if not allowed and choice.value() == ON:
                    choice.set_value(OFF)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the fields into the new width."""
        super().resizeEvent(event)
        self._fit()

    def _build(self) -> None:
        self.no_web.setWordWrap(True)
        self.forget.clicked.connect(self._on_forget)
        also = QHBoxLayout(self._also_row)
        also.setContentsMargins(0, 0, 0, 0)
        also.addWidget(self.also, 1)
        also.addWidget(self.forget)
        self._inner.setObjectName("page")
        inner = self._rows
        inner.setContentsMargins(0, 0, 4, 0)
        inner.setSpacing(10)
        for part in (
            *self.forms.values(),
            self.no_web,
            self.tests,
            self.servers,
            self.policy,
            self._none,
            self._also_row,
        ):
            inner.addWidget(part)
        inner.addStretch(1)
        for form in self.forms.values():
            form.changed.connect(self.changed)
        for editor in (self.policy, self.servers, self.tests):
            editor.changed.connect(self.changed)
        self._scroll.setWidget(self._inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName("Options")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        self.allow_web(allowed=False)

    def _refresh(self) -> None:
        for kind, form in self.forms.items():
            form.setVisible(kind == self._kind)
        self.no_web.setVisible(not self._web_allowed and WEB in self._names())
        self.tests.setVisible(self._kind == CODE)
        for part in (self.policy, self.servers):
            part.setVisible(self._kind == ASSISTANT)
        self._none.setVisible(self._kind not in self.forms)
        self.also.setText("Also: " + ", ".join(f"{name} = {value}" for name, value in self._others.items()))
        self._also_row.setVisible(bool(self._others))
        self._fit()

    def _fit(self) -> None:
        """As high as the fields, up to a height; the others are scrolled to."""
        layout = self._rows
        layout.activate()
        needed = layout.totalHeightForWidth(max(self.width() - SCROLL_BAR, layout.totalMinimumSize().width()))
        most = round(self.window().height() * MOST_OF_THE_WINDOW)
        self._scroll.setFixedHeight(min(most, needed + 2))

    def _names(self) -> set[str]:
        return {field.name for field in OPTION_FIELDS.get(self._kind, ())}

    def _on_settings(self, found: Settings) -> None:
        self.offer_servers([choice.name for choice in found.tool_servers if choice.enabled])
        self.allow_web(allowed=found.web.search is not SearchEngine.OFF)

    def _on_forget(self) -> None:
        self._others = {}
        self._refresh()
        self.changed.emit()


class TestsEditor(QWidget):
    """A file of tests that a program has to pass; its text goes with the task. `changed()` tells of each edit."""

    changed = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.text = ""
        self.said = quiet(ElidedLabel(_NONE))
        self.choose, self.clear = QPushButton("Tests from a file…"), QPushButton("Clear")
        self.choose.clicked.connect(self._on_choose)
        self.clear.clicked.connect(lambda: self._take(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.choose, self.clear):
            row.addWidget(part)
        row.addWidget(self.said, 1)
        self.clear.hide()

    def set_text(self, text: str, name: str = "") -> None:
        """Show these tests."""
        self.text = text
        count = len(text.splitlines())
        self.said.setText(f"{name or 'Tests'}, {count:,} lines" if text else _NONE)
        self.clear.setVisible(bool(text))

    def read(self, path: Path) -> None:
        """Take the tests from this file."""
        self._bridge.work(
            lambda: _read(path), lambda text: self._take(text, path.name), lambda error: self.said.setText(str(error))
        )

    def _on_choose(self) -> None:
        for path in dialogs.ask_for_tests(self):
            self.read(path)

    def _take(self, text: str, name: str = "") -> None:
        self.set_text(text, name)
        self.changed.emit()


def _form(kind: str) -> FieldForm:
    return FieldForm(OPTION_FIELDS[kind], dialogs.ask_for_files, dialogs.ask_for_folder, compact=True)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_TEST_BYTES + 1)
        if len(content) > MOST_TEST_BYTES:
            raise StorageFailed(f"{path.name} is too long for tests; nothing was taken.", hint="Attach it as a file.")
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageFailed(
            f"{path.name} could not be read as text; nothing was taken.", hint="Choose a file with tests in Python."
        ) from error
