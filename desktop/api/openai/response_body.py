"""What a request for a response may carry."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, Tag

from desktop.api.openai.message_bodies import (
    TEXT_OR_LIST,
    JsonSchema,
    PlainText,
    RoleName,
    Temperature,
    TextPart,
    TokenLimit,
    TopP,
    without_meaningless,
)
from desktop.api.openai.response_event import ENDS, RESPONSE_FORM
from desktop.engine import InvalidRequest, Webhook

Metadata = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=512)]],
    Field(max_length=16),
]
"""OpenAI's limits: 16 pairs, keys of 64 characters, values of 512."""


class FilePart(BaseModel):
    """A file in a message, in base64 by itself or as a data URL."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["input_file"]
    file_data: str
    filename: str | None = None
    detail: str | None = None


Part = Annotated[TextPart | FilePart, Field(discriminator="type")]


class MessageBody(BaseModel):
    """One message of the input."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["message"] = "message"
    role: RoleName
    content: Annotated[PlainText | Annotated[list[Part], Tag("list")], TEXT_OR_LIST]

    @property
    def parts(self) -> list[TextPart | FilePart]:
        """The content, piece by piece."""
        if isinstance(self.content, str):
            return [TextPart(type="text", text=self.content)]
        return self.content


class PlainFormat(BaseModel):
    """An answer in words."""

    type: Literal["text"]


class SchemaFormat(JsonSchema):
    """An answer in JSON that fits a schema."""

    type: Literal["json_schema"]


class TextBody(BaseModel):
    """How the answer is to be written."""

    model_config = ConfigDict(extra="ignore", strict=True)

    format: Annotated[PlainFormat | SchemaFormat, Field(discriminator="type")] | None = None


class ResponseWebhookBody(BaseModel):
    """Whom to call at the response's end: an https address, or one on an allowed host.

    A secret is made where none is given.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str
    secret: str | None = None

    def to_webhook(self) -> Webhook:
        """The webhook as the engine knows it."""
        secrets = () if self.secret is None else (self.secret,)
        return Webhook(url=self.url, secrets=secrets, events=ENDS, form=RESPONSE_FORM)


class ResponseBody(BaseModel):
    """A request for a response. `model` names a kind of task or a model; `options` are those of the kind of task.

    OpenAI's API has addresses for webhooks in a project's settings; here each request may bring its own.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str
    input: Annotated[PlainText | Annotated[list[MessageBody], Tag("list")], TEXT_OR_LIST]
    instructions: str | None = None
    background: bool | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    store: bool | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    max_output_tokens: TokenLimit | None = None
    text: TextBody | None = None
    tools: list[Any] | None = None
    previous_response_id: str | None = None
    options: dict[str, Any] = {}
    webhook: ResponseWebhookBody | None = None

    @property
    def messages(self) -> list[MessageBody]:
        """The input as messages."""
        return [MessageBody(role="user", content=self.input)] if isinstance(self.input, str) else self.input

    @property
    def schema_of_answer(self) -> dict[str, Any] | None:
        """The JSON Schema that the answer has to fit, where there is one."""
        wanted = None if self.text is None else self.text.format
        return wanted.given if isinstance(wanted, SchemaFormat) else None

    def check(self) -> None:
        """Raise `InvalidRequest` for what is understood and can't be done here."""
        if self.tools:
            raise InvalidRequest("Tools can't be called here; nothing was started.", hint="Leave `tools` out.")
        if self.previous_response_id is not None:
            raise InvalidRequest(
                "A response can't go on from another one here; nothing was started.",
                hint="Send the earlier messages along in `input`, and leave `previous_response_id` out.",
            )
        if self.store is False:
            raise InvalidRequest(
                "Every response is a task, which is kept; nothing was started.",
                hint="Leave `store` out, and delete the response when you have read it.",
            )
        if self.stream and self.webhook is not None and self.webhook.secret is None:
            raise InvalidRequest(
                "A stream can't tell the secret that would be made for the webhook; nothing was started.",
                hint="Give the webhook a `secret`, or leave `stream` out.",
            )


GivenResponse = Annotated[ResponseBody, without_meaningless("metadata")]
