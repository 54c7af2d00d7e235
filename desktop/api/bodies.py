"""What a request may carry. Fields that nobody knows are refused, so that a typing error never passes silently."""

import sys
from pathlib import PurePath
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from desktop.api.whole_number import WHOLE
from desktop.engine import (
    DEFAULT_KEEP_DAYS,
    DEFAULT_PRIORITY,
    MAX_ANSWER_CHARACTERS,
    MAX_GOAL_CHARACTERS,
    USUAL_OCCASIONS,
    Input,
    Occasion,
    TaskRequest,
    Webhook,
)

_ABSOLUTE: Final = r"^([A-Za-z]:[\\/]|[\\/]{2}[^\\/]+[\\/][^\\/]+)" if sys.platform == "win32" else "^/"
_EITHER: Final[dict[str, Any]] = {
    "oneOf": [
        {"properties": {"path": {"type": "string"}, "text": {"type": "null"}}, "required": ["path"]},
        {
            "properties": {
                "path": {"type": "null"},
                "text": {"type": "string"},
                "name": {"type": "string", "minLength": 1},
            },
            "required": ["text", "name"],
        },
    ]
}
"""What the validators below say, for those who read the specification."""


def _absolute(path: str) -> str:
    if not PurePath(path).is_absolute():
        raise ValueError("the path of an input must be absolute")
    return path


InputPath = Annotated[str, AfterValidator(_absolute), Field(json_schema_extra={"pattern": _ABSOLUTE})]
"""Where a file or folder lies on this machine."""

Goal = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_GOAL_CHARACTERS, "pattern": r"\S"})]
"""What is wanted. The engine refuses the others, since it knows what to do about them."""


class InputBody(BaseModel):
    """Something to work on: `path` of a file or folder on this machine, or a `text` under a `name`."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_EITHER)

    path: InputPath | None = None
    name: str | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.path is None) == (self.text is None):
            raise ValueError("an input has either a path, or a text with a name")
        if self.text is not None and not self.name:
            raise ValueError("an input with a text needs a name")
        return self

    def to_input(self) -> Input:
        """The input as the engine knows it."""
        return Input(path=self.path, name=self.name, text=self.text)


class WebhookBody(BaseModel):
    """Whom to call: an https address, or one on an allowed host. A secret is made where none is given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str
    secret: str | None = None
    events: list[Annotated[Occasion, Field(strict=False)]] = list(USUAL_OCCASIONS)

    def to_webhook(self) -> Webhook:
        """The webhook as the engine knows it."""
        secrets = () if self.secret is None else (self.secret,)
        return Webhook(url=self.url, secrets=secrets, events=tuple(dict.fromkeys(self.events)))


class TaskBody(BaseModel):
    """A request for a task."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: str
    goal: Goal
    inputs: list[InputBody] = []
    options: dict[str, Any] = {}
    model: str | None = None
    priority: Annotated[int, Field(ge=0, le=9), WHOLE] = DEFAULT_PRIORITY
    keep_days: Annotated[int, Field(ge=7, le=30), WHOLE] = DEFAULT_KEEP_DAYS
    title: str | None = None
    webhook: WebhookBody | None = None

    def to_request(self) -> TaskRequest:
        """The request as the engine knows it."""
        return TaskRequest(
            kind=self.kind,
            goal=self.goal,
            inputs=tuple(given.to_input() for given in self.inputs),
            options=self.options,
            model=self.model,
            priority=self.priority,
            keep_days=self.keep_days,
            title=self.title,
            webhook=None if self.webhook is None else self.webhook.to_webhook(),
        )


class AnswerBody(BaseModel):
    """What a person answers, and perhaps to which question."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answer: Annotated[str, Field(min_length=1, max_length=MAX_ANSWER_CHARACTERS)]
    question_id: str | None = None


class RetryBody(BaseModel):
    """How to run a task again: from the start, or from the step of that name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    from_step: str | None = None
