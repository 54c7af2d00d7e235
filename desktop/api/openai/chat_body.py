"""What a request for a chat completion may carry."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Tag

from desktop.agents.chat.conversation import MOST_TOKENS
from desktop.api.openai.message_bodies import (
    TEXT_OR_LIST,
    JsonSchema,
    PlainText,
    RoleName,
    Temperature,
    TextPart,
    TokenLimit,
    TopP,
    make_message,
    without_meaningless,
)
from desktop.api.whole_number import WHOLE
from desktop.engine import InvalidRequest, Message, Prompt


class ChatMessageBody(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(extra="ignore", strict=True)

    role: RoleName
    content: Annotated[PlainText | Annotated[list[TextPart], Tag("list")], TEXT_OR_LIST]

    def to_message(self) -> Message:
        """The message as the engine knows it."""
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        return make_message(self.role, text)


class PlainFormat(BaseModel):
    """An answer in words, or in any JSON."""

    type: Literal["text", "json_object"]


class SchemaFormat(BaseModel):
    """An answer in JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


class StreamOptions(BaseModel):
    """What a stream shall tell besides the answer."""

    model_config = ConfigDict(extra="ignore", strict=True)

    include_usage: bool = False


class ChatBody(BaseModel):
    """A request for a chat completion. `model` names a model on this machine."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str
    messages: Annotated[list[ChatMessageBody], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    seed: Annotated[int, WHOLE] | None = None
    stop: str | list[str] | None = None
    response_format: Annotated[PlainFormat | SchemaFormat, Field(discriminator="type")] | None = None
    n: Annotated[int, WHOLE] | None = None
    tools: list[Any] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None

    @property
    def tells_usage(self) -> bool:
        """Whether the stream shall end with what the answer cost."""
        return self.stream_options is not None and self.stream_options.include_usage

    def to_prompt(self, seed: int) -> Prompt:
        """The question as the engine knows it; `seed` is for one that brings none. Raises `InvalidRequest`."""
        self._check()
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Prompt(
            messages=tuple(each.to_message() for each in self.messages),
            max_tokens=min(self.max_completion_tokens or self.max_tokens or MOST_TOKENS, MOST_TOKENS),
            schema=self._schema(),
            temperature=self.temperature or 0.0,
            top_p=1.0 if self.top_p is None else self.top_p,
            seed=(seed if self.seed is None else self.seed) % 2**31,
            stop=tuple(each for each in stop if each),
        )

    def _schema(self) -> dict[str, Any] | None:
        if isinstance(self.response_format, SchemaFormat):
            return self.response_format.json_schema.given
        is_json = self.response_format is not None and self.response_format.type == "json_object"
        return {"type": "object"} if is_json else None

    def _check(self) -> None:
        if self.tools:
            raise InvalidRequest("Tools can't be called here; nothing was asked.", hint="Leave `tools` out.")
        if self.n not in (None, 1):
            raise InvalidRequest("A question gets one answer here; nothing was asked.", hint="Leave `n` out.")
        if self.frequency_penalty or self.presence_penalty:
            raise InvalidRequest(
                "Penalties for what was said before are not known here; nothing was asked.",
                hint="Leave `frequency_penalty` and `presence_penalty` out, or set them to 0.",
            )


GivenChat = Annotated[ChatBody, without_meaningless()]
