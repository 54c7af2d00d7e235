"""Before a tier is trusted it has to hold: a few quick attacks, and an honest program."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from desktop.engine import Ending, Execution, Program, SandboxLimits
from desktop.sandbox.tier import SandboxFailed, Tier

HONEST: Final = b"import sys\nopen('sum.txt', 'w').write(str(sum(map(int, sys.stdin.read().split()))))\nprint('done')\n"
LIMITS: Final = SandboxLimits(
    wall_seconds=20, cpu_seconds=20, memory_bytes=256 * 1024**2, processes=12, disk_bytes=4 * 1024**2, output_bytes=4096
)
BRIEF: Final = SandboxLimits(
    wall_seconds=0.3, cpu_seconds=5, memory_bytes=256 * 1024**2, processes=12, disk_bytes=4 * 1024**2, output_bytes=4096
)
ATTACKS: Final = """
import json, os, socket, sys
outside, port = json.loads(sys.argv[1])

def attempt(name, attack):
    try:
        if attack():
            print(name, flush=True)
    except (OSError, AttributeError, ImportError, MemoryError, RuntimeError, ValueError):
        pass

def reach_loopback():
    socket.create_connection(("127.0.0.1", port), 1).close()
    return True

def fork_without_end():
    import signal, time
    children = []
    try:
        for _ in range(64):
            child = os.fork()
            if not child:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
    return True

def make_namespace():
    import ctypes
    return ctypes.CDLL(None).unshare(0x10000000) == 0

def fill_disk():
    with open("much", "wb") as file:
        for _ in range(16):
            file.write(bytes(1_000_000))
    return True

attempt("read a file outside", lambda: open(outside).read())
attempt("write a file outside", lambda: open(outside, "r+").close() or True)
attempt("see the variables of Legwork", lambda: any(name.startswith("LEGWORK") for name in os.environ))
attempt("see other processes", lambda: len([name for name in os.listdir("/proc") if name.isdigit()]) > 8)
attempt("reach a server on this machine", reach_loopback)
attempt("start processes without end", fork_without_end)
attempt("make a namespace", make_namespace)
attempt("take memory without end", lambda: bytearray(1 << 30))
print("--", flush=True)
attempt("fill the disk", fill_disk)
"""
"""Prints what got through. The last one may be stopped in the middle, and so comes after the others' end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bait:
    """What the attacks are after."""

    path: str
    port: int


async def weakness(tier: Tier) -> str:
    """What the tier can't keep in or what does not work in it, as the end of a sentence; empty where it holds."""
    with _bait() as bait:
        try:
            return await _honest(tier) or await _attacked(tier, bait) or await _endless(tier)
        except SandboxFailed as error:
            return str(error)


@contextmanager
def _bait() -> Iterator[_Bait]:
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.NamedTemporaryFile("w") as file:
        file.write("secret")
        file.flush()
        os.chmod(file.name, 0o666)  # noqa: PTH101, S103 - so that it is the sandbox that protects it
        yield _Bait(path=file.name, port=server.getsockname()[1])


async def _honest(tier: Tier) -> str:
    outcome = await tier.run(
        Execution(
            program=Program.PYTHON, arguments=("add.py",), files={"add.py": HONEST}, stdin=b"20 22", limits=LIMITS
        )
    )
    if outcome.succeeded and outcome.stdout == b"done\n" and outcome.files == {"sum.txt": b"42"}:
        return ""
    return f"a simple program failed in it ({outcome.ending}, {outcome.exit_code}): {_last_line(outcome.stderr)}"


async def _attacked(tier: Tier, bait: _Bait) -> str:
    arguments = ("attack.py", json.dumps([bait.path, bait.port]))
    outcome = await tier.run(
        Execution(program=Program.PYTHON, arguments=arguments, files={"attack.py": ATTACKS.encode()}, limits=LIMITS)
    )
    through = outcome.stdout.decode(errors="replace").splitlines()
    if "--" not in through:
        return f"its self-test failed ({outcome.ending}, {outcome.exit_code}): {_last_line(outcome.stderr)}"
    through.remove("--")
    return f"code in it could {', '.join(through)}" if through else ""


async def _endless(tier: Tier) -> str:
    outcome = await tier.run(
        Execution(program=Program.PYTHON, arguments=("turn.py",), files={"turn.py": b"while True: pass"}, limits=BRIEF)
    )
    return "" if outcome.ending is Ending.OUT_OF_TIME else f"a program without an end was not ended ({outcome.ending})"


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"
