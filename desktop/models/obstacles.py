"""What keeps the runtime from running on a machine, whatever the model, and how a person gets it out of the way."""

import re
import signal
from collections.abc import Mapping
from typing import Final

from desktop.engine import RuntimeFailed, RuntimeUnusable

ILLEGAL_INSTRUCTION: Final = frozenset({-signal.SIGILL, 0xC000001D})
"""How a process ends at an instruction that the processor lacks: the exit code on POSIX, and on Windows."""

PACKAGES: Final[Mapping[str, tuple[str, str]]] = {
    "libgomp.so.1": ("libgomp1", "libgomp"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++"),
    "libgcc_s.so.1": ("libgcc-s1", "libgcc"),
}
"""What the runtime finds on the system, not in its wheel: Debian's package and Fedora's."""

_NO_MEMORY: Final = re.compile(
    r"failed to create_context|(?:failed|unable) to allocate|out of memory|bad_alloc"
    r"|ErrorOutOf(?:Device|Host)Memory|memory allocation of size \d+ failed",
    re.IGNORECASE,
)

_MISSING: Final = re.compile(r"(\S+\.so[.\d]*): cannot open shared object file")


class MemoryRanOut(RuntimeFailed):
    """There was no room for a model, loaded as it was asked for."""


def lacking_piece(complaint: str) -> RuntimeUnusable:
    """The runtime's program could not be put together; `complaint` is Python's or the dynamic linker's."""
    found = _MISSING.search(complaint)
    if found is None:
        return RuntimeUnusable(
            f"The runtime can't be used on this machine: {complaint}. What was finished is kept.",
            hint="Set Legwork up again with packaging/bootstrap.py. If that does not help, this system is too old for "
            "the runtime.",
        )
    library = found[1]
    return RuntimeUnusable(
        f"This machine lacks the system library {library}, which the runtime needs. What was finished is kept.",
        hint=f"{_way_to_get(library)} Then try again.",
    )


def lacking_instructions() -> RuntimeUnusable:
    """The runtime's program met an instruction that the processor can't carry out."""
    return RuntimeUnusable(
        "This processor lacks instructions that the runtime was built for. What was finished is kept.",
        hint="No other model will help. Run Legwork on a newer processor; in a virtual machine, let it see all that "
        "the real processor can do.",
    )


def lacks_memory(log: str) -> bool:
    """Whether a runtime that could not load its model said that there was no room for it."""
    return _NO_MEMORY.search(log) is not None


def _way_to_get(library: str) -> str:
    if library not in PACKAGES:
        return "Install the package of your system that holds it."
    debian, fedora = PACKAGES[library]
    return (
        f"Install it: on Debian or Ubuntu with “sudo apt install {debian}”, on Fedora with “sudo dnf install {fedora}”."
    )
