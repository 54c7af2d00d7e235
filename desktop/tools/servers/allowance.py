"""How much a server may say and have asked before it is taken for one that floods us."""

import re
from typing import Final

from desktop.tools.servers.failure import ServerLost

MESSAGE_BYTES: Final = 4 * 1024**2
"""Of one message."""
PARTS: Final = 10_000
"""Lists, objects and their entries in one message. It is read on the loop that serves everybody, and a megabyte of
small parts takes seconds where one of text takes milliseconds.
"""
BYTES: Final = 16 * 1024**2
MESSAGES: Final = 2_000
REQUESTS: Final = 200
NONSENSE: Final = 50
"""Messages that are none: some programs print a few lines where only the protocol should be."""

_MARKS: Final = (b"{", b"[", b",")
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class Allowance:
    """What is left of it until the next call."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.renew()

    def renew(self) -> None:
        """We ask something: it may answer at length."""
        self._bytes, self._messages, self._requests, self._nonsense = BYTES, MESSAGES, REQUESTS, NONSENSE

    def take(self, size: int, messages: int = 0) -> None:
        """So many bytes came, in which so many messages ended. Raises `ServerLost`."""
        self._bytes -= size
        self._messages -= messages
        if self._bytes < 0:
            raise self._lost(f"said more than {BYTES // 1024**2} MB at once")
        if self._messages < 0:
            raise self._lost(f"said more than {MESSAGES:,} things at once")

    def take_request(self) -> None:
        """A request is to be sent because of it. Raises `ServerLost`."""
        self._requests -= 1
        if self._requests < 0:
            raise self._lost(f"had us ask it more than {REQUESTS} times at once")

    def take_nonsense(self) -> None:
        """What came is no message. Raises `ServerLost`."""
        self._nonsense -= 1
        if self._nonsense < 0:
            raise self._lost("says what is not MCP")

    def check_size(self, size: int) -> None:
        """Raise `ServerLost` where one message, or what there is of it so far, is too long."""
        if size > MESSAGE_BYTES:
            raise self._lost(f"sent a message of more than {MESSAGE_BYTES // 1024**2} MB")

    def check_message(self, message: bytes) -> None:
        """Raise `ServerLost` where one message is too long, or made of too many parts to be read in time."""
        self.check_size(len(message))
        if _marks_in(message) > PARTS and (_quotes_in(message) > 4 * PARTS or _marks_in(_bare(message)) > PARTS):
            raise self._lost(f"sent a message of more than {PARTS:,} parts")

    def _lost(self, what: str) -> ServerLost:
        return ServerLost(f"The tool server {self._server} {what}, and was ended.", hint="Try again, or ask for less.")


def _marks_in(message: bytes) -> int:
    """How many lists, objects and entries JSON begins at most; those within its texts count too."""
    return sum(map(message.count, _MARKS))


def _quotes_in(message: bytes) -> int:
    """How many texts begin and end in it, at least; an entry has two, its name and its value."""
    return message.count(b'"') - message.count(b'\\"')


def _bare(message: bytes) -> bytes:
    """The message without its texts."""
    return _STRING.sub(b"", message)
