"""The first choice on Linux: bubblewrap gives the code a system of its own, without a network and with few files."""

import os
import platform
import shutil
from pathlib import Path
from typing import Final

from desktop.engine import Execution, Outcome
from desktop.sandbox import confine
from desktop.sandbox.guard_process import carry_out
from desktop.sandbox.system_calls import ARCHITECTURES, Surroundings
from desktop.sandbox.tier import Order, Traits, another_user, confinement
from desktop.sandbox.toolbox import Toolbox, python_is_among_private_files, readable_of_system

APPARMOR_SWITCH: Final = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
PROFILE: Final = "abi <abi/4.0>, profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }"
SHARED_MEMORY_BYTES: Final = 16 * 1024**2
DISK: Final = "/tmp"  # noqa: S108 - the one inside
WORK: Final = "/tmp/work"  # noqa: S108 - the one inside
CONFINE: Final = "/confine.py"
COUNTED_APART_SINCE: Final = (5, 14)
"""The kernel from which on processes are counted for each user namespace."""


class Bubblewrap:
    """Implements `Tier`. The code has its own processes, network and users; its one disk is memory of limited size."""

    def __init__(self, toolbox: Toolbox, program: str = "bwrap", restricted_by: Path = APPARMOR_SWITCH) -> None:
        self._toolbox = toolbox
        self._restricted_by = restricted_by
        self._program = shutil.which(program)

    @property
    def traits(self) -> Traits:
        """What it is for."""
        return Traits(name="bubblewrap", packages=self._toolbox.packages)

    def obstacle(self) -> str:
        """Why it can't work here."""
        if not self._program:
            return "Not installed. Debian, Ubuntu: sudo apt install bubblewrap; Fedora: sudo dnf install bubblewrap."
        if platform.machine() not in ARCHITECTURES:
            return f"Legwork has no list of system calls for this kind of processor ({platform.machine()})."
        return python_is_among_private_files()

    def advice_on(self, weakness: str) -> str:
        """What its self-test found, and what to do."""
        if not self._restricted_by.exists() or self._restricted_by.read_text().strip() != "1" or os.geteuid() == 0:
            return f"It does not hold here: {weakness}."
        return (
            f"It was refused a user namespace ({weakness}): AppArmor keeps them from programs without a profile here, "
            "as Ubuntu does since 24.04. To let bubblewrap alone have them, write the line\n"
            f"  {PROFILE}\ninto /etc/apparmor.d/bwrap, then run: sudo apparmor_parser -r /etc/apparmor.d/bwrap"
        )

    async def run(self, execution: Execution) -> Outcome:
        """Run it."""
        return await carry_out(self.order(execution), execution)

    def order(self, execution: Execution) -> Order:
        """What the guard is to start."""
        uid = another_user()
        return Order(
            argv=(*self._wrapped(execution.limits.disk_bytes, uid), *self._confined()),
            environment={},
            folder=None,
            confine=confinement(
                execution.limits,
                uid=uid,
                surroundings=Surroundings(own_system=True, own_signals=True),
                landlock=None,
                argv=self._toolbox.command(execution),
                environment=self._toolbox.environment(home=WORK, temporary=DISK),
            ),
            own_disk=True,
            counted_with_others=uid is None and kernel_version() < COUNTED_APART_SINCE,
            between=True,
        )

    def _confined(self) -> tuple[str, ...]:
        return (str(self._toolbox.folder / "bin" / "python"), "-I", "-S", CONFINE)

    def _wrapped(self, disk_bytes: int, uid: int | None) -> tuple[str, ...]:
        # Root needs no user namespace, and in one would still be the user whose processes nobody counts.
        as_whom: tuple[str, ...] = ("--unshare-user", "--uid", "65534", "--gid", "65534")
        if uid is not None:
            as_whom = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        return (
            *(str(self._program), "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", *as_whom),
            *("--unshare-cgroup-try", "--hostname", "sandbox", "--die-with-parent", "--new-session", "--clearenv"),
            *("--perms", "1777", "--size", str(disk_bytes), "--tmpfs", DISK, "--perms", "1777", "--dir", WORK),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"),  # noqa: S108 - inside
            *(part for path in readable_of_system() for part in _shown(path)),
            *_bound((*self._toolbox.readable, str(self._toolbox.folder))),
            *("--ro-bind", str(Path(confine.__file__)), CONFINE),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK, "--"),
        )


def _shown(path: str) -> tuple[str, ...]:
    """A folder of the system as it is: many of them are links to another one."""
    return ("--symlink", str(Path(path).readlink()), path) if Path(path).is_symlink() else ("--ro-bind", path, path)


def _bound(paths: tuple[str, ...]) -> tuple[str, ...]:
    """These folders, below others that are made for them: by itself, bubblewrap would let nobody but root through."""
    above = sorted({str(parent) for path in paths for parent in Path(path).parents} - {"/", DISK})
    made = (part for folder in above for part in ("--perms", "0755", "--dir", folder))
    return (*made, *(part for path in paths for part in ("--ro-bind", path, path)))


def kernel_version() -> tuple[int, int]:
    """Major and minor number of the kernel's version."""
    major, minor = platform.release().split(".")[:2]
    return int(major), int("".join(each for each in minor if each.isdigit()) or 0)
