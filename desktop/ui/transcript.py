"""What an assistant did, turn by turn, read from the file that it leaves. All of it was written by others."""

import json
from dataclasses import dataclass
from typing import Any, Final

_SECONDS: Final = ("seconds", "thinking_seconds", "call_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn: what was thought, what was called, and what came of it."""

    number: int
    thought: str
    tool: str
    arguments: str  # as JSON, one a line
    output: str
    failed: bool
    seconds: float
    tokens: int
    like: int = 0  # the earlier turn that did the same; 0 for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """All turns as they stand in the file, and how it ended. A turn is looked at when it is to be shown."""

    found: tuple[dict[str, Any], ...] = ()
    ended: str = ""

    @property
    def seconds(self) -> float:
        """How long all turns took."""
        return sum(_seconds(each) for each in self.found)

    @property
    def tokens(self) -> int:
        """How many tokens all turns took."""
        return int(sum(_number(each.get("tokens")) for each in self.found))

    def turns(self, first: int, count: int) -> tuple[Turn, ...]:
        """So many turns from that one on, 0 for the first."""
        return tuple(_turn(number, each) for number, each in enumerate(self.found[first : first + count], first + 1))


def parse_transcript(content: bytes) -> Transcript:
    """The turns in the file, in its order. Raises `ValueError` where it is no JSON."""
    found = json.loads(content)
    listed = found.get("turns") if isinstance(found, dict) else found
    turns = tuple(each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
    return Transcript(found=turns, ended=_text(found.get("ended")) if isinstance(found, dict) else "")


def _turn(number: int, found: dict[str, Any]) -> Turn:
    call = found.get("call")
    called = call if isinstance(call, dict) else {"tool": _text(call)}
    output = found.get("output")
    inner = output if isinstance(output, dict) else {"text": output}
    return Turn(
        number=number,
        thought=_text(found.get("thought")),
        tool=_text(called.get("tool")),
        arguments=_arguments(called.get("arguments")),
        output=_text(inner.get("text")),
        failed=found.get("failed") is True or inner.get("failed") is True,
        seconds=_seconds(found),
        tokens=int(_number(found.get("tokens"))),
        like=int(_number(found.get("same_as_turn"))),
    )


def _arguments(value: Any) -> str:
    """Each argument on a line; a longer text with its own lines, since a person is to read it."""
    if not isinstance(value, dict):
        return _text(value)
    return "\n".join(f"{name}: {_text(each)}" for name, each in value.items())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _seconds(found: dict[str, Any]) -> float:
    return sum(_number(found.get(name)) for name in _SECONDS)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
