"""What can go wrong between two Legworks.

LegworkError
└── HandoverFailed            another Legwork owns the data folder, and can't be spoken to
    ├── EngineGone            it ended; what it had accepted is on disk
    │   └── TakeoverUnsure    it ended while it took a task over: who asks again does so with the same key
    └── Refused               it answered, and said no
LegworkError
└── PathNotAllowed            a program named a file that the person did not open to programs
"""

from http import HTTPStatus

from desktop.engine import LegworkError


class HandoverFailed(LegworkError):
    """Another Legwork owns the data folder, and can't be spoken to."""


class EngineGone(HandoverFailed):
    """The engine that was spoken to ended; what it had accepted is on disk."""


class TakeoverUnsure(EngineGone):
    """The engine ended while it took a task over, and may have kept it or not. The same key asks for the same task."""


class Refused(HandoverFailed):
    """The running engine said no; `status` is the HTTP status of its answer."""

    def __init__(self, message: str, *, hint: str = "", status: int) -> None:
        super().__init__(message, hint=hint)
        self.status = status

    @property
    def is_about_the_request(self) -> bool:
        """Whether another request could have been accepted, rather than another engine or another moment."""
        return self.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


class PathNotAllowed(LegworkError):
    """A program named a file or folder that the person did not open to programs."""
