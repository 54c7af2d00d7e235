"""What can go wrong with a download.

DownloadFailed          it stands still; what was loaded is kept, unless the message says otherwise
├── Interrupted         the network or the hub broke off; it is tried again by itself
├── NoRoom              the disk has no room for it
├── NotAdmitted         the hub wants to know who asks: a token, or a licence that was accepted
└── Mismatch            what came is not what the hub said; it was thrown away
"""

from desktop.engine import LegworkError


class DownloadFailed(LegworkError):
    """A download stands still. What was loaded is kept, unless the message says otherwise."""


class Interrupted(DownloadFailed):
    """The network or the hub broke off. It is tried again, not before `retry_after` seconds.

    `most` is how many such in a row are too many; None: as many as the person bears with.
    """

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 0.0, most: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.most = most


class NoRoom(DownloadFailed):
    """The disk has no room for it."""


class NotAdmitted(DownloadFailed):
    """The hub wants to know who asks: it is told a token, or its licence is accepted on its pages."""


class Mismatch(DownloadFailed):
    """What came is not what the hub said; it was thrown away."""
