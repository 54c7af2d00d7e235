"""The second choice on Linux: the code runs on the person's system, with Landlock before its files."""

import os
import platform
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Final

from desktop.engine import Execution, Outcome
from desktop.sandbox import confine
from desktop.sandbox.confine import SCOPES_SINCE, landlock_version
from desktop.sandbox.guard_process import carry_out
from desktop.sandbox.system_calls import ARCHITECTURES, Surroundings
from desktop.sandbox.tier import Order, Traits, another_user, confinement
from desktop.sandbox.toolbox import Toolbox, python_is_among_private_files, readable_of_system

DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Landlock:
    """Implements `Tier`. The code has no sockets at all, and writes into a folder that is counted and then removed."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._version = landlock_version()

    @property
    def traits(self) -> Traits:
        """What it is for."""
        signals = () if self._has_own_signals() else ("It can send no signals, not even to those it started.",)
        return Traits(
            name="Landlock",
            packages=self._toolbox.packages,
            lacks=(
                "It has no network at all, not even to itself, and no locks between processes (multiprocessing).",
                "It can find out whether a file exists whose name it knows, but not read it.",
                "Changes to the rights and dates of files are ignored.",
                "Space on the disk and memory are measured and not set aside, so it may exceed its share for a moment.",
                *signals,
            ),
        )

    def _has_own_signals(self) -> bool:
        return self._version >= SCOPES_SINCE or os.geteuid() == 0

    def obstacle(self) -> str:
        """Why it can't work here."""
        if not self._version:
            return "The kernel has no Landlock, or it is switched off (5.13 and newer have it)."
        if platform.machine() not in ARCHITECTURES:
            return f"Legwork has no list of system calls for this kind of processor ({platform.machine()})."
        return python_is_among_private_files() or (_out_of_reach() if os.geteuid() == 0 else "")

    def advice_on(self, weakness: str) -> str:
        """What its self-test found."""
        return f"It does not hold here: {weakness}."

    async def run(self, execution: Execution) -> Outcome:
        """Run it."""
        return await carry_out(self.order(execution), execution)

    def order(self, execution: Execution) -> Order:
        """What the guard is to start."""
        uid = another_user()
        folder = f"{tempfile.gettempdir()}/legwork-sandbox-{secrets.token_hex(8)}"
        python = str(self._toolbox.folder / "bin" / "python")
        return Order(
            argv=(python, "-I", "-S", str(Path(confine.__file__))),
            environment={},
            folder=folder,
            confine=confinement(
                execution.limits,
                uid=uid,
                surroundings=Surroundings(own_system=False, own_signals=self._has_own_signals()),
                landlock={
                    "readable": (*readable_of_system(), *self._toolbox.readable, str(self._toolbox.folder)),
                    "writable": (folder,),
                    "devices": DEVICES,
                },
                argv=self._toolbox.command(execution),
                environment=self._toolbox.environment(home=f"{folder}/work", temporary=f"{folder}/tmp"),  # noqa: S108 - a folder of its own
            ),
            own_disk=False,
            counted_with_others=uid is None,
            between=False,
        )


def _out_of_reach() -> str:
    """Why the user that root's code becomes could not read this Python; empty where it could."""
    python = Path(os.path.realpath(sys.executable))
    if all(folder.stat().st_mode & 0o001 for folder in python.parents):
        return ""
    return (
        f"Root's code runs as a user without rights, who can't get to this Python ({python}). Install bubblewrap, "
        "which needs no such way, or use a Python that everybody may read."
    )
