"""The form of an answer, where the server may not keep to it: what fits is known here, whatever a server promises."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import jsonschema_rs
import msgspec

from desktop.engine import Message, Prompt, PromptRefused, Role
from desktop.models.answer_schema import check_answer_schema
from desktop.models.replies import in_short

_FENCED: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)(?:\n\s*```\s*)?\Z", re.DOTALL | re.IGNORECASE)
_STEPS: Final = 100_000
"""Of a search for a pattern; nobody's pattern is to hold up the engine."""


class AnswerForm:
    """A schema that answers are held against. Raises `PromptRefused` for one that nobody understands."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        check_answer_schema(schema)
        self._schema = schema
        try:
            self._validator = jsonschema_rs.validator_for(
                dict(schema),
                retriever=_nothing,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_STEPS),
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise PromptRefused(
                f"The schema of the answer can't be understood: {in_short(_said(error))}. Nothing was asked.",
                hint="Trying again will not help. If you named fields, name them more simply.",
            ) from error

    @property
    def response_format(self) -> dict[str, Any]:
        """The form as OpenAI's API asks for it."""
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": self._schema}}

    def problem(self, text: str) -> str:
        """What keeps the text from having the form, empty where nothing does."""
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return "it is not JSON"
        try:
            self._validator.validate(value)
        except ValueError as error:
            return in_short(_said(error))
        return ""

    def in_words(self, prompt: Prompt, problem: str) -> Prompt:
        """The same question for a server that keeps to no form, with what was wrong with the last answer."""
        schema = msgspec.json.encode(self._schema).decode()
        wish = (
            "Reply with one JSON value and nothing else: no words around it, no Markdown. "
            f"It must fit this JSON Schema: {schema}"
        )
        if problem:
            wish += f"\nYour last reply did not fit: {problem}."
        *before, last = prompt.messages
        if last.role is Role.USER:
            return replace(prompt, messages=(*before, replace(last, content=f"{last.content}\n\n{wish}")), schema=None)
        return replace(prompt, messages=(*prompt.messages, Message(role=Role.USER, content=wish)), schema=None)


def bare(text: str) -> str:
    """The answer without the fence that models like to put around JSON."""
    found = _FENCED.match(text)
    return text.strip() if found is None else found[1].strip()


def _said(error: Exception) -> str:
    return getattr(error, "message", "") or str(error)


def _nothing(address: str) -> Any:
    """Look nothing up: a schema from outside could have this machine call any address."""
    raise ValueError(f"it refers to {in_short(address)}")
