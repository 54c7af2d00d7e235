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
    """All turns, and how it ended."""

    turns: tuple[Turn, ...]
    ended: str = ""


def parse_transcript(content: bytes) -> Transcript:
    """The turns in the file, in its order. Raises `ValueError` where it is no JSON."""
    found = json.loads(content)
    listed = found.get("turns") if isinstance(found, dict) else found
    turns = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    ended = found.get("ended") if isinstance(found, dict) else ""
    return Transcript(turns=tuple(_turn(number, each) for number, each in enumerate(turns, 1)), ended=_text(ended))


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
        seconds=sum(_number(found.get(name)) for name in _SECONDS),
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


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
