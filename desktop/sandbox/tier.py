"""A way to keep code apart, as the engine's side sees it."""

import base64
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Protocol

from desktop.engine import Execution, Outcome, Program, SandboxLimits
from desktop.sandbox.system_calls import Surroundings, call_filter

FIRST_USER: Final = 0x4000_0000
USERS_OF_A_PROCESS: Final = 64
_slots = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a tier is for, in words for the person."""

    name: str
    programs: frozenset[Program] = frozenset(Program)
    packages: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class Tier(Protocol):
    """One way to keep code apart."""

    @property
    def traits(self) -> Traits:
        """What it is for, and what it lacks on this machine."""

    def obstacle(self) -> str:
        """Why it can't work on this machine, as far as that is seen without trying; empty where it may."""

    def advice_on(self, weakness: str) -> str:
        """What its self-test found, as a sentence, and what the person can do."""

    async def run(self, execution: Execution) -> Outcome:
        """Run it. Raises `SandboxFailed` where it could not be started."""


class SandboxFailed(Exception):
    """The sandbox itself did not come about; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the guard is told to start, besides files and limits; `guarding.watched.Watched` says what it means."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str | None
    confine: Mapping[str, Any]
    own_disk: bool
    counted_with_others: bool
    between: bool


def another_user() -> int | None:
    """For root: the number of a user who has no processes and no files. None for an ordinary user, who stays that."""
    if os.geteuid() != 0:
        return None
    return FIRST_USER + (next(_slots) % USERS_OF_A_PROCESS << 22) + os.getpid()


def confinement(
    limits: SandboxLimits,
    *,
    uid: int | None,
    surroundings: Surroundings,
    landlock: Mapping[str, Any] | None,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """What confine.py is told. A process may ask for twice the memory: the limit is on what all of them use."""
    return {
        "uid": uid,
        "limits": {
            "processes": limits.processes,
            "cpu_seconds": max(1, round(limits.cpu_seconds)),
            "address_bytes": 2 * limits.memory_bytes + 256 * 1024**2,
            "disk_bytes": limits.disk_bytes,
        },
        "landlock": landlock,
        "filter": base64.b64encode(call_filter(platform.machine(), surroundings)).decode(),
        "argv": argv,
        "environment": environment,
    }
