"""The filter of system calls, run here as the kernel would: instruction by instruction."""

import errno
import struct

import pytest

from desktop.sandbox.system_calls import ALWAYS, ARCHITECTURES, NEWEST, PRETENDED, SIGNALS, Surroundings, call_filter

ALLOWED, KILLED = 0x7FFF_0000, 0x8000_0000
APART = Surroundings(own_system=True, own_signals=True)
AMONG_OTHERS = Surroundings(own_system=False, own_signals=False)
READ = {"x86_64": 0, "aarch64": 63}
CLONE = {"x86_64": 56, "aarch64": 220}
SOCKET = {"x86_64": 41, "aarch64": 198}
IOCTL = {"x86_64": 16, "aarch64": 29}
FCNTL = {"x86_64": 72, "aarch64": 25}
PRLIMIT = {"x86_64": 302, "aarch64": 261}
MACHINES = list(ARCHITECTURES)


def refused(number: int) -> int:
    return 0x0005_0000 | number


def answer(machine: str, surroundings: Surroundings, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the filter says to a call."""
    code = call_filter(machine, surroundings)
    call = struct.pack("<IIQ6Q", number, audit or ARCHITECTURES[machine][1], 0, *arguments, *[0] * (6 - len(arguments)))
    program = list(struct.iter_unpack("<HBBI", code))
    position, value = 0, 0
    while True:
        operation, yes, no, operand = program[position]
        position += 1
        if operation == 0x20:
            (value,) = struct.unpack_from("<I", call, operand)
        elif operation == 0x06:
            return int(operand)
        else:
            tests = {0x15: value == operand, 0x35: value >= operand, 0x25: value > operand, 0x45: bool(value & operand)}
            position += yes if tests[operation] else no


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("surroundings", [APART, AMONG_OTHERS])
def test_what_harms_nobody_is_allowed(machine: str, surroundings: Surroundings) -> None:
    assert answer(machine, surroundings, READ[machine]) == ALLOWED
    assert answer(machine, surroundings, CLONE[machine], 17) == ALLOWED
    assert answer(machine, surroundings, IOCTL[machine], 1, 0x5401) == ALLOWED
    assert answer(machine, surroundings, FCNTL[machine], 1, 2) == ALLOWED
    assert answer(machine, surroundings, PRLIMIT[machine], 0, 7) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
def test_every_listed_call_is_refused(machine: str) -> None:
    place = ARCHITECTURES[machine][0]
    for name, pair in ALWAYS.items():
        if pair[place] is not None:
            assert answer(machine, APART, pair[place]) == refused(errno.EPERM), name
    for name, pair in SIGNALS.items():
        assert answer(machine, AMONG_OTHERS, pair[place] or 0) == refused(errno.EPERM), name
        assert answer(machine, APART, pair[place] or 0) == ALLOWED, name
    for name, pair in PRETENDED.items():
        if pair[place] is not None:
            assert answer(machine, AMONG_OTHERS, pair[place]) == refused(0), name


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_are_looked_into_where_only_some_harm(machine: str) -> None:
    for namespace in (0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000):
        assert answer(machine, APART, CLONE[machine], namespace | 17) == refused(errno.EPERM)
    assert answer(machine, APART, 435) == refused(errno.ENOSYS)
    for typing in (0x5412, 0x541C):
        assert answer(machine, APART, IOCTL[machine], 0, typing) == refused(errno.EPERM)
        assert answer(machine, APART, IOCTL[machine], 0, typing | 1 << 32) == refused(errno.EPERM)
    for owner in (8, 15):
        assert answer(machine, AMONG_OTHERS, FCNTL[machine], 3, owner) == refused(errno.EPERM)
    assert answer(machine, APART, PRLIMIT[machine], 4711, 7) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("family", "apart"), [(1, True), (2, True), (10, True), (16, False), (17, False), (38, False), (40, False)]
)
def test_sockets_are_plain_ones_where_they_lead_nowhere_and_else_none(machine: str, family: int, apart: bool) -> None:
    assert answer(machine, APART, SOCKET[machine], family) == (ALLOWED if apart else refused(errno.EPERM))
    assert answer(machine, AMONG_OTHERS, SOCKET[machine], family) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_not_known_is_refused(machine: str) -> None:
    assert answer(machine, APART, NEWEST) == ALLOWED
    assert answer(machine, APART, NEWEST + 1) == refused(errno.ENOSYS)
    assert answer(machine, APART, 0x4000_0000) == refused(errno.EPERM)
    assert answer(machine, APART, READ[machine], audit=0x4000_0003) == KILLED


def test_another_kind_of_processor_has_no_filter() -> None:
    with pytest.raises(KeyError):
        call_filter("riscv64", APART)
