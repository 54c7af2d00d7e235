"""Parts of requests that responses and chat completions share."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from desktop.api.whole_number import WHOLE
from desktop.engine import Message, Role

Temperature = Annotated[float, Field(ge=0, le=2)]
TopP = Annotated[float, Field(gt=0, le=1)]
TokenLimit = Annotated[int, Field(ge=1), WHOLE]

RoleName = Literal["user", "system", "developer", "assistant"]

_WITHOUT_MEANING: Final = frozenset(
    {
        "include",
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "reasoning_effort",
        "safety_identifier",
        "service_tier",
        "tool_choice",
        "truncation",
        "user",
        "verbosity",
    }
)
"""What clients send along that changes nothing on this machine."""


def without_meaningless(*kept: str) -> BeforeValidator:
    """Leaves out what changes nothing here, apart from what the request gives a meaning."""
    ignored = _WITHOUT_MEANING - frozenset(kept)

    def leave_out(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if name not in ignored}

    return BeforeValidator(leave_out)


class TextPart(BaseModel):
    """A piece of text in a message."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["input_text", "output_text", "text"]
    text: str


def _form(given: Any) -> str:
    return "text" if isinstance(given, str) else "list"


TEXT_OR_LIST: Final = Discriminator(_form)
"""Tells `PlainText` and a list tagged "list" apart, so that an error is that of the form which was used."""

PlainText = Annotated[str, Tag("text")]


class JsonSchema(BaseModel):
    """A format that an answer has to fit. `name` and `strict` change nothing: an answer always fits."""

    model_config = ConfigDict(extra="ignore", strict=True)

    given: Annotated[dict[str, Any], Field(alias="schema")]


def make_message(role: str, content: str) -> Message:
    """A message as the engine knows it; developers speak as the system does."""
    return Message(role=Role.SYSTEM if role == "developer" else Role(role), content=content)
