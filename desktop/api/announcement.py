"""`engine.json`: how a second Legwork finds the engine that owns a data folder, and proves that it may speak to it."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Where the running engine listens, and the token that opens it. Tokens never show in a `repr`.

    `own_token` is for Legwork's own processes: whoever comes with it is the person at this machine.
    """

    address: str
    token: str = field(repr=False)
    pid: int
    version: str
    started_at: datetime
    own_token: str = field(default="", repr=False)  # older versions have none


def publish(path: Path, announcement: Announcement) -> None:
    """Write the file, readable for its owner only and at no moment half written.

    What a killed engine left is replaced: the caller holds the folder's lock, so nobody else can be running.
    """
    partial = path.with_suffix(".json.new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(announcement))
    partial.replace(path)


def withdraw(path: Path) -> None:
    """Remove the file, if it is there."""
    path.unlink(missing_ok=True)


def read_announcement(path: Path) -> Announcement | None:
    """What the file says; None where there is none, or nothing that makes sense."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Announcement)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None
