"""What it means when a server on the network says no, in words that a person can act on."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from desktop.engine import LegworkError, ModelUnavailable, PromptRefused, PromptTooLong, RuntimeFailed
from desktop.models.chat import CONTEXT_EXCEEDED, ServerError
from desktop.models.replies import in_short

KEPT: Final = "What was finished is kept."
SETTINGS: Final = "in the settings, under Model servers"
USUAL_WAIT: Final = 10.0
"""Seconds, where a server is busy and does not say for how long."""
LONGEST_WAIT: Final = 120.0

_TOO_LONG: Final = re.compile(
    r"context.{0,16}(length|size|window|exceed)|exceed.{0,40}context|too many tokens|prompt.{0,20}too long", re.I
)
_NO_ENTRY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_MISPUT: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_REDIRECTS: Final = range(300, 400)
_OWN_FAULTS: Final = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """Who was asked, and for what; `key` only so that nothing quotes it."""

    host: str
    model: str
    key: str = ""

    def quoted(self, said: str) -> str:
        """What the server said, on one line and without the key."""
        return in_short(said.replace(self.key, "…") if self.key else said)

    def refusal(self, status: int, error: ServerError, wait: float = 0.0) -> LegworkError:
        """What a status that is no 200 means; `wait` is in seconds."""
        said = self.quoted(error.reason)
        if status in _NO_ENTRY:
            return ModelUnavailable(
                f"{self.host} does not let Legwork in ({status}: {said}). {KEPT}",
                hint=f"Give the right key {SETTINGS}, then try again.",
            )
        if status in _BUSY:
            return RuntimeFailed(
                f"{self.host} has no time now ({status}: {said}), and is asked again in {wait:.0f} seconds. {KEPT}",
                hint="If it happens again, let it answer fewer questions at once, or choose another model.",
            )
        if status == HTTPStatus.NOT_FOUND:
            return ModelUnavailable(
                f"{self.host} knows no model {self.model!r}, or no such address ({status}: {said}). {KEPT}",
                hint=f"Press “Try it” {SETTINGS}: it lists the models that there are.",
            )
        if status in _REDIRECTS:
            return ModelUnavailable(
                f"{self.host} sent the question elsewhere ({status}), and it was not followed. {KEPT}",
                hint=f"Give the new address {SETTINGS}, if you trust it.",
            )
        return self._other(status, error, said)

    def _other(self, status: int, error: ServerError, said: str) -> LegworkError:
        if status in _MISPUT:
            return self.misput(error)
        if status == HTTPStatus.REQUEST_TIMEOUT or status in _OWN_FAULTS:
            return RuntimeFailed(
                f"{self.host} failed at a question ({status}: {said}). {KEPT}",
                hint="Try again. If it happens again, the server's own log may say why.",
            )
        return ModelUnavailable(
            f"{self.host} refused a question ({status}: {said}). {KEPT}",
            hint="See what it says, and what its own log says; or choose another model.",
        )

    def misput(self, error: ServerError) -> LegworkError:
        """The server can't work with the question."""
        if error.type == CONTEXT_EXCEEDED or _TOO_LONG.search(error.message or "") is not None:
            return PromptTooLong(
                f"The prompt is longer than the model at {self.host} takes: {self.quoted(error.reason)}.",
                hint=f"Ask for less at a time, or say {SETTINGS} how long its context is.",
            )
        return PromptRefused(
            f"{self.host} could not make sense of a question: {self.quoted(error.reason)}. {KEPT}",
            hint="Trying again will not help. If you named fields, name them more simply; or choose another model.",
        )

    def broken(self, error: ServerError) -> LegworkError:
        """The server reported an error in the middle of an answer."""
        if error.type == CONTEXT_EXCEEDED:
            return self.misput(error)
        return self.failed(f"gave up on a question: {self.quoted(error.reason)}")

    def failed(self, what: str) -> RuntimeFailed:
        """The server did not do its part; trying again may help."""
        return RuntimeFailed(
            f"{self.host} {what}. {KEPT}",
            hint="See that the server runs and that this machine reaches it, then try again; or choose another model.",
        )


def wait_of(retry_after: str) -> float:
    """The seconds that a busy server asks for (RFC 9110, 10.2.3), within reason; a date counts as nothing said."""
    said = retry_after.strip()
    return min(float(said[:9]), LONGEST_WAIT) if said.isascii() and said.isdigit() else USUAL_WAIT
