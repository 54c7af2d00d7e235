"""A request for a response as a request for a task."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from desktop.api.openai.catalogue import Entry
from desktop.api.openai.input_file import InputFile, input_file
from desktop.api.openai.message_bodies import make_message
from desktop.api.openai.response_body import FilePart, MessageBody, ResponseBody
from desktop.api.openai.response_memo import ResponseMemo
from desktop.engine import MAX_GOAL_CHARACTERS, Input, InvalidRequest, Message, Role, TaskRequest

CHAT: Final = "chat"
"""The kind of task that puts a conversation to a model."""

_SOMEBODY_WAITS, _NOBODY_WAITS = 9, 5  # priorities
_LONGEST_ORDER: Final = 300  # characters in front of a colon
_MODEL_ONLY: Final = ("temperature", "top_p", "max_output_tokens", "schema_of_answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRequest:
    """What was asked for, and of whom."""

    body: ResponseBody
    entry: Entry

    def to_task(self) -> tuple[TaskRequest, list[InputFile]]:
        """The request as the engine knows it, and the files that have to be put beside it. Raises `InvalidRequest`."""
        self.body.check()
        return self._work() if self.entry.is_kind else (self._question(), [])

    def _work(self) -> tuple[TaskRequest, list[InputFile]]:
        """A task of the kind that was named: the text says what to do with the files, or brings what is worked on."""
        given = [name for name in _MODEL_ONLY if getattr(self.body, name) is not None]
        if given:
            raise InvalidRequest(
                f"“{self.entry.name}” is a kind of task and takes no {given[0]}; nothing was started.",
                hint="Leave it out, or name a model.",
            )
        files = [input_file(part) for each in self.body.messages for part in each.parts if isinstance(part, FilePart)]
        text = "\n\n".join(_texts(self.body.messages, ("user",)))
        orders = "\n\n".join((*self._instructions, *_texts(self.body.messages, ("system", "developer"))))
        goal, inputs = _goal_with_files(text, orders) if files else _goal_in_text(text, orders)
        inputs += [Input(name=file.name, text=file.plain_text) for file in files if file.plain_text is not None]
        request = self._request(self.entry.name, goal, inputs=tuple(inputs), options=self.body.options)
        return request, [file for file in files if file.plain_text is None]

    def _question(self) -> TaskRequest:
        """A question to the model that was named."""
        if self.body.options:
            raise InvalidRequest(
                f"“{self.entry.name}” is a model and takes no options; nothing was started.",
                hint="Leave `options` out, or name a kind of task.",
            )
        said = [make_message(each.role, _whole_text(each)) for each in self.body.messages]
        messages = [*(Message(role=Role.SYSTEM, content=text) for text in self._instructions), *said]
        last = next((each.content for each in reversed(said) if each.role is Role.USER), "")
        given = {
            "messages": msgspec.to_builtins(messages),
            "max_tokens": self.body.max_output_tokens,
            "schema": self.body.schema_of_answer,
            "temperature": self.body.temperature,
            "top_p": self.body.top_p,
        }
        options = {name: value for name, value in given.items() if value is not None}
        return self._request(CHAT, last[:MAX_GOAL_CHARACTERS], options=options, model=self.entry.name)

    @property
    def _instructions(self) -> tuple[str, ...]:
        return (self.body.instructions,) if self.body.instructions else ()

    def _request(self, kind: str, goal: str, **details: Any) -> TaskRequest:
        memo = ResponseMemo(
            model=self.entry.name,
            background=bool(self.body.background),
            instructions=self.body.instructions,
            metadata=self.body.metadata or {},
        )
        priority = _NOBODY_WAITS if self.body.background else _SOMEBODY_WAITS
        webhook = None if self.body.webhook is None else self.body.webhook.to_webhook()
        return TaskRequest(
            kind=kind, goal=goal, priority=priority, memo=msgspec.to_builtins(memo), webhook=webhook, **details
        )


def _texts(messages: Iterable[MessageBody], roles: Sequence[str]) -> list[str]:
    said = (part for each in messages if each.role in roles for part in each.parts)
    return [part.text for part in said if not isinstance(part, FilePart) and part.text.strip()]


def _goal_with_files(text: str, orders: str) -> tuple[str, list[Input]]:
    """The text is the goal, and so is what else was ordered."""
    return "\n\n".join(each for each in (text, orders) if each), []


def _goal_in_text(text: str, orders: str) -> tuple[str, list[Input]]:
    """Without files, the text is worked on.

    The goal is what was ordered apart from it; else what stands in front of the first colon, or in the first line; else
    all of the text.
    """
    if orders:
        return orders, [Input(name="input.txt", text=text)]
    first, _, rest = text.strip().partition("\n")
    order, colon, begin = first.partition(": ")
    if colon and len(order) <= _LONGEST_ORDER and (begin + rest).strip():
        first, rest = order, f"{begin}\n{rest}"
    elif first.endswith(":"):
        first = first.removesuffix(":")
    return first, [Input(name="input.txt", text=rest.strip() or text)]


def _whole_text(message: MessageBody) -> str:
    """What a message says to a model, which can't open files: only those are taken that are text already."""
    pieces: list[str] = []
    for part in message.parts:
        if not isinstance(part, FilePart):
            pieces.append(part.text)
            continue
        file = input_file(part)
        if file.text is None:
            raise InvalidRequest(
                f"A model can't open the file {file.name}; nothing was started.",
                hint="Name the kind of task “documents” as `model`, or send the file's text.",
            )
        pieces.append(f"{file.name}:\n{file.text}")
    return "\n\n".join(pieces)
