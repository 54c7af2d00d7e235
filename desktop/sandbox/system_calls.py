"""The system calls that no sandboxed program is let make, as a filter that the kernel runs (seccomp, classic BPF).

The filter names what is forbidden: a list of what is allowed would have to follow every C library and every package
with native code. What is younger than this list is refused as unknown, so that a new kernel opens no door.

Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (64-bit ARM) of the kernel. The
filter's format: seccomp(2), and linux/filter.h. Both processors are little-endian, which the offsets below rely on.
"""

import errno
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, value
Numbers = dict[str, tuple[int | None, int | None]]  # on x86-64, on 64-bit ARM

ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""By `platform.machine()`: the place in a pair of numbers, and what the kernel calls it (linux/audit.h)."""

NEWEST: Final = 462
"""`mseal`, the newest call that this list was read against; all newer ones are refused as unknown."""

ALWAYS: Final[Numbers] = {
    # into other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_getfd": (438, 438),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # into the kernel: its keys, its programs, its counters, and the ways in which it was broken into most often
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "modify_ldt": (154, None),
    "personality": (135, 92),
    "lookup_dcookie": (212, 18),
    "syslog": (103, 116),
    # other views of the machine
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # the machine itself
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "vhangup": (153, 58),
    # memory that no limit on processes or files counts, and what outlives its process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
ON_THE_PERSONS_SYSTEM: Final[Numbers] = {
    # whom others are: their files' names as they change, and how they run
    "fanotify_init": (300, 262),
    "inotify_add_watch": (254, 27),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    "truncate": (76, 45),  # Landlock minds it only since its third version
}
"""Forbidden too where the program shares files and processes with the person."""

SIGNALS: Final[Numbers] = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}
"""Forbidden where nothing else keeps signals from the person's processes."""

PRETENDED: Final[Numbers] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
}
"""Said to have worked, and not done, where the program shares files with the person: Landlock does not mind them."""

CLONE: Final = (56, 220)
CLONE3: Final = (435, 435)  # its flags lie in memory, which a filter can't see; libraries fall back to the older call
SOCKET: Final = (41, 198)
IOCTL: Final = (16, 29)
FCNTL: Final = (72, 25)
PRLIMIT: Final = (302, 261)
NEW_NAMESPACES: Final = 0x7E02_0000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
TERMINAL_INPUT: Final = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing for the person
SIGNALS_FOR_OTHERS: Final = (8, 15)  # F_SETOWN, F_SETOWN_EX
PLAIN_SOCKETS: Final = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6

_LOAD, _EQUAL, _AT_LEAST, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_X32: Final = 0x4000_0000  # the other set of numbers that x86-64 answers to


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What keeps the program apart besides the filter."""

    own_system: bool  # it has processes, files and a network of its own, so it may have sockets
    own_signals: bool  # its signals reach none but its own processes


def call_filter(machine: str, surroundings: Surroundings) -> bytes:
    """The filter for a kind of processor, as the kernel takes it. Raises `KeyError` for one that is not listed."""
    place, architecture = ARCHITECTURES[machine]
    return b"".join(struct.pack("<HBBI", *each) for each in _instructions(place, architecture, surroundings))


def _instructions(place: int, architecture: int, surroundings: Surroundings) -> Iterator[Instruction]:
    yield from ((_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL))
    yield from ((_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), _refused(errno.EPERM))
    yield from ((_GREATER, 0, 1, NEWEST), _refused(errno.ENOSYS))
    yield from _each(ALWAYS, place, errno.EPERM)
    if not surroundings.own_system:
        yield from _each(ON_THE_PERSONS_SYSTEM, place, errno.EPERM)
        yield from _each(PRETENDED, place, 0)
    if not surroundings.own_signals:
        yield from _each(SIGNALS, place, errno.EPERM)
        yield from _unless(FCNTL[place], 1, _none_of(SIGNALS_FOR_OTHERS))
    yield from _each({"clone3": CLONE3}, place, errno.ENOSYS)
    yield from _unless(CLONE[place], 0, ((_ANY_BIT, 0, 1, NEW_NAMESPACES),))
    yield from _unless(IOCTL[place], 1, _none_of(TERMINAL_INPUT))
    yield from _unless(PRLIMIT[place], 0, ((_EQUAL, 1, 0, 0),))  # its own limits only
    yield from _unless(SOCKET[place], 0, _one_of(PLAIN_SOCKETS if surroundings.own_system else ()))
    yield (_RETURN, 0, 0, _ALLOW)


def _refused(error: int) -> Instruction:
    return (_RETURN, 0, 0, _REFUSE | error)


def _each(numbers: Numbers, place: int, error: int) -> Iterator[Instruction]:
    for pair in numbers.values():
        if (number := pair[place]) is not None:
            yield from ((_EQUAL, 0, 1, number), _refused(error))


def _unless(number: int, argument: int, test: Iterable[Instruction]) -> Iterator[Instruction]:
    """Refuse a call unless the test of an argument's lower half jumps over the refusal, which follows it."""
    body = ((_LOAD, 0, 0, 16 + 8 * argument), *test, _refused(errno.EPERM), (_LOAD, 0, 0, _NUMBER))
    yield from ((_EQUAL, 0, len(body), number), *body)


def _one_of(values: tuple[int, ...]) -> Iterator[Instruction]:
    for position, value in enumerate(values):
        yield (_EQUAL, len(values) - position, 0, value)


def _none_of(values: tuple[int, ...]) -> Iterator[Instruction]:
    for position, value in enumerate(values[:-1]):
        yield (_EQUAL, len(values) - 1 - position, 0, value)
    yield (_EQUAL, 0, 1, values[-1])
