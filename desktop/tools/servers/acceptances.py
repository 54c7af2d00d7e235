"""What the person has accepted of what servers say of their tools: in a file, by a hash of all that a model reads."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock, Timeout

from desktop.engine import Acquaintance, StorageFailed, Tool, arguments_of, words_of

logger = logging.getLogger(__name__)

LOCK_SECONDS: Final = 10.0
_SEAL_LENGTH: Final = 24
"""96 bits, since a server can look for two descriptions with the same one."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """One tool in the words in which it was accepted."""

    sha256: str
    description: str
    parameters: str  # its schema, for a person who compares


Known = dict[str, dict[str, Accepted]]
"""By the servers' identities and the tools' names in them."""


class Acceptances:
    """The file; several processes may change it. Both functions wait for the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def acquainted(self, identity: str, tools: Iterable[Tool]) -> tuple[Tool, ...]:
        """The tools of that server, each with how well the person knows what is said of it now."""
        known = self._read().get(identity, {})
        return tuple(_acquainted(tool, known.get(_called(tool))) for tool in tools)

    def accept(self, identity: str, tools: Iterable[Tool]) -> None:
        """Remember that the person has accepted what is said of these tools. Raises `StorageFailed`."""
        new = {_called(tool): _accepted(tool) for tool in tools}
        self._change(lambda known: {**known, identity: {**known.get(identity, {}), **new}})

    def forget(self, identity: str) -> None:
        """Forget all that was accepted of a server. Raises `StorageFailed`."""
        self._change(lambda known: {each: tools for each, tools in known.items() if each != identity})

    def _read(self) -> Known:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Known)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            logger.warning("%s can't be read (%s), so every tool has to be accepted again", self._path, error)
            return {}

    def _change(self, change: Callable[[Known], Known]) -> None:
        new = self._path.with_suffix(".new")
        try:
            with FileLock(self._path.with_suffix(".lock"), timeout=LOCK_SECONDS):
                content = msgspec.json.format(msgspec.json.encode(change(self._read())))
                with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                new.replace(self._path)
        except (OSError, Timeout) as error:
            why = getattr(error, "strerror", None) or error
            raise StorageFailed(
                f"What was accepted could not be written to {self._path} ({why}); the file is as it was.",
                hint="See that the data folder is writable and its disk not full.",
            ) from error


def fingerprint(tool: Tool) -> str:
    """The SHA-256 over name, description and schema, as persons and models see them."""
    said = [_called(tool), tool.description, tool.parameters]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def seal_of(tools: Iterable[Tool]) -> str:
    """What stands for all that is said of these tools: anything else has another one, whoever looks for the same."""
    prints = sorted(map(fingerprint, tools))
    return hashlib.sha256("".join(prints).encode()).hexdigest()[:_SEAL_LENGTH]


def _accepted(tool: Tool) -> Accepted:
    return Accepted(sha256=fingerprint(tool), description=tool.description, parameters=arguments_of(tool.parameters))


def _acquainted(tool: Tool, before: Accepted | None) -> Tool:
    if before is None:
        return replace(tool, acquaintance=Acquaintance.NEW)
    if before.sha256 == fingerprint(tool):
        return replace(tool, acquaintance=Acquaintance.ACCEPTED)
    words = words_of(before.description, before.parameters)
    return replace(tool, acquaintance=Acquaintance.CHANGED, accepted=words)


def _called(tool: Tool) -> str:
    """Its name without what the person calls the server."""
    return tool.name.partition(".")[2]
