"""What the assistant may do with each of Legwork's tools: without asking, after asking, or never."""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from desktop.engine import OWN_TOOLS, Policy, usual_policy
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.labels import quiet

_TITLES: Final = {
    "list_files": "List files",
    "read_file": "Read files",
    "search_files": "Search in files",
    "write_file": "Write files",
    "run_python": "Run code in the sandbox",
    "fetch_page": "Fetch web pages",
    "search_web": "Search the web",
}
"""What a person calls them; a tool that is not named here is shown by its own name."""

_WORDS: Final = {Policy.ALLOW: "allow", Policy.ASK: "ask me", Policy.DENY: "never"}
_ABOUT: Final = (
    "Only in the files and folders that you attach. Asking means that the task waits, shows exactly what would happen, "
    "and goes on after your answer. Tools of servers ask, unless a template says otherwise."
)
_WIDTH: Final = 152


class PolicyEditor(QWidget):
    """One choice for each tool. `changed()` tells of each edit."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choices = {name: self._choice(_title(name), _usual(name)) for name in OWN_TOOLS}
        self._others: dict[str, Any] = {}
        rows = QWidget()
        flow = FlowLayout(rows, gap=12)
        for name, choice in self.choices.items():
            cell = QWidget()
            cell.setFixedWidth(_WIDTH)
            inner = QVBoxLayout(cell)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(3)
            inner.addWidget(quiet(QLabel(_title(name))))
            inner.addWidget(choice)
            flow.addWidget(cell)
        about = quiet(QLabel(_ABOUT))
        about.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(rows)
        column.addWidget(about)

    def value(self) -> dict[str, Any]:
        """What is not as usual, by the names of the tools; what is said of tools of servers stays with it."""
        chosen = {name: Policy(choice.currentData()) for name, choice in self.choices.items()}
        unusual = {name: policy.value for name, policy in chosen.items() if policy is not _usual(name)}
        return {**self._others, **unusual}

    def set_value(self, value: object) -> None:
        """Show a policy as a request holds it, in a mapping or as `TOOL=POLICY, …`."""
        given = _parsed(value)
        self._others = {name: policy for name, policy in given.items() if name not in OWN_TOOLS}
        for name, choice in self.choices.items():
            choice.setCurrentIndex(max(0, choice.findData(given.get(name, _usual(name).value))))

    def _choice(self, title: str, usual: Policy) -> QComboBox:
        choice = QComboBox()
        choice.setAccessibleName(title)
        for policy, word in _WORDS.items():
            choice.addItem(f"{word} (usual)" if policy is usual else word, policy.value)
        choice.setCurrentIndex(choice.findData(usual.value))
        choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        return choice


def _title(name: str) -> str:
    return _TITLES.get(name, name)


def _usual(name: str) -> Policy:
    return usual_policy(OWN_TOOLS[name])


def _parsed(value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(name): policy for name, policy in value.items()}
    pairs = (each.rpartition("=") for each in str(value or "").replace("\n", ",").split(","))
    return {name.strip(): policy.strip() for name, sign, policy in pairs if sign}
