"""What a person should know about the whole of Legwork, as long as it is so: a full disk, a restored database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened, what was kept (`message`), and what to do (`hint`).

    `key` says which one it is, for programs: there is at most one notice of a key at a time. A person who dismissed
    it does not see it again, however its words change, until it was withdrawn and is raised anew.
    """

    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


NoticesListener = Callable[[tuple[Notice, ...]], None]
"""Called on the engine's loop with all notices, the oldest first; must return at once and never raise."""


class NoticeBoard:
    """The notices of an engine. To be used on the engine's loop."""

    def __init__(self, notices: Iterable[Notice] = ()) -> None:
        self._notices = {notice.key: notice for notice in notices}
        self._listeners: list[NoticesListener] = []

    def notices(self) -> tuple[Notice, ...]:
        """What there is to know now, the oldest first."""
        return tuple(self._notices.values())

    def put(self, notice: Notice) -> None:
        """Raise a notice, or replace the words of the one with its key."""
        if self._notices.get(notice.key) != notice:
            self._notices[notice.key] = notice
            self._tell()

    def withdraw(self, key: str) -> None:
        """Take a notice away: what it says is no longer so. Does nothing where there is none."""
        if self._notices.pop(key, None) is not None:
            self._tell()

    def subscribe(self, listener: NoticesListener) -> Callable[[], None]:
        """Call `listener` with what there is now and after every change; returns what ends the subscription."""
        self._listeners.append(listener)
        listener(self.notices())
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener(self.notices())
