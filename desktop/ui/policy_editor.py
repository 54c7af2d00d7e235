"""What the assistant may do with each of Legwork's tools: without asking, after asking, or never."""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from desktop.engine import Policy
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.labels import quiet

TOOLS: Final[Mapping[str, tuple[str, Policy]]] = {
    "list_files": ("List files", Policy.ALLOW),
    "read_file": ("Read files", Policy.ALLOW),
    "search_files": ("Search in files", Policy.ALLOW),
    "run_python": ("Run code in the sandbox", Policy.ALLOW),
    "write_file": ("Write files", Policy.ASK),
    "fetch_page": ("Fetch web pages", Policy.ASK),
    "search_web": ("Search the web", Policy.ASK),
}
"""What each does, and what becomes of it where nobody says otherwise. Tools of servers are asked about."""

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
        self.choices = {name: self._choice(title, usual) for name, (title, usual) in TOOLS.items()}
        self._others: dict[str, Any] = {}
        rows = QWidget()
        flow = FlowLayout(rows, gap=12)
        for name, (title, _) in TOOLS.items():
            cell = QWidget()
            cell.setFixedWidth(_WIDTH)
            inner = QVBoxLayout(cell)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(3)
            inner.addWidget(quiet(QLabel(title)))
            inner.addWidget(self.choices[name])
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
        unusual = {name: policy.value for name, policy in chosen.items() if policy is not TOOLS[name][1]}
        return {**self._others, **unusual}

    def set_value(self, value: object) -> None:
        """Show a policy as a request holds it, in a mapping or as `TOOL=POLICY, …`."""
        given = _parsed(value)
        self._others = {name: policy for name, policy in given.items() if name not in TOOLS}
        for name, choice in self.choices.items():
            choice.setCurrentIndex(max(0, choice.findData(given.get(name, TOOLS[name][1].value))))

    def _choice(self, title: str, usual: Policy) -> QComboBox:
        choice = QComboBox()
        choice.setAccessibleName(title)
        for policy, word in _WORDS.items():
            choice.addItem(f"{word} (usual)" if policy is usual else word, policy.value)
        choice.setCurrentIndex(choice.findData(usual.value))
        choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        return choice


def _parsed(value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(name): policy for name, policy in value.items()}
    pairs = (each.rpartition("=") for each in str(value or "").replace("\n", ",").split(","))
    return {name.strip(): policy.strip() for name, sign, policy in pairs if sign}
