"""What happened in one turn: what the model thought and chose, and what came of it."""

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from desktop.engine import Spent

FINISH: Final = "finish"
"""The action that ends the work."""

LISTING: Final = "list_files"
READING: Final = "read_file"
SEARCHING: Final = "search_files"
WRITING: Final = "write_file"
READER: Final = "ask_documents"
RESEARCHER: Final = "research"
SEARCHING_WEB: Final = "search_web"
"""Actions of Legwork's own, of which the assistant knows what they give."""

_MOST_SHOWN: Final = 70  # characters of an argument on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A turn's choice. `trouble` says why nothing can be done with it, empty where something can."""

    thought: str = ""
    action: str
    arguments: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""
    prompt_tokens: int = 0  # of the conversation as the model read it
    tokens: int = 0  # written
    began: Spent = field(default_factory=Spent)
    ended: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A choice with its output, which whoever was called wrote: data."""

    number: int
    choice: Choice
    output: str
    failed: bool = False
    like: int = 0  # the earlier turn that made the same call with the same output; 0: none did
    by_model: bool = True  # else Legwork looked around, before the model was asked

    @property
    def call(self) -> str:
        """The call as text that is the same for the same call."""
        return f"{self.choice.action} {_as_text(self.choice.arguments)}"

    @property
    def shown(self) -> str:
        """The call on one line, long arguments cut."""
        return shown_call(self.choice.action, self.choice.arguments)


def shown_call(action: str, arguments: dict[str, Any]) -> str:
    """A call on one line, long arguments cut."""
    listed = ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())
    return f"{action}({listed})"


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else _as_text(value)).split())
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _as_text(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
