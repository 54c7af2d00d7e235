"""Carries out all attacks in one tier, as whoever runs it, and says in JSON what came of each.

python -m tests.unit.sandbox.siege TIER CACHE
"""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop.engine import Ending, Execution, Outcome, Program, SandboxLimits
from desktop.sandbox.bubblewrap import Bubblewrap
from desktop.sandbox.landlock import Landlock
from desktop.sandbox.self_test import weakness
from desktop.sandbox.tier import Tier
from desktop.sandbox.toolbox import Toolbox, make_toolbox
from desktop.sandbox.wasi import Wasi
from tests.unit.sandbox.attacks import DISK, EXHAUSTING, MEMORY, REACHING, Bait, source_of

AT_A_TIME = 3
TIERS = {
    "bubblewrap": lambda toolbox, _: Bubblewrap(toolbox),
    "landlock": lambda toolbox, _: Landlock(toolbox),
    "wasi": Wasi,
}
LONG = SandboxLimits(
    wall_seconds=60, cpu_seconds=60, memory_bytes=MEMORY, processes=12, disk_bytes=DISK, output_bytes=20_000
)
SHORT = replace(LONG, wall_seconds=1.5)
SOME = replace(LONG, wall_seconds=8)  # where output is dropped beyond the limit, and ends nothing
HONEST = b"open('sum', 'w').write(str(sum(range(10))))\nprint('well')"


def bait_in(stack: ExitStack, folder: Path) -> Bait:
    """Things outside that everybody may reach, were it not for the sandbox."""
    secret, path = folder / "secret", folder / "socket"
    secret.write_text("secret")
    secret.chmod(0o666)
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    for address in (f"\0legwork-{os.getpid()}", str(path)):
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind(address)
        local.listen()
    path.chmod(0o777)
    abstract = f"legwork-{os.getpid()}"
    return Bait(secret=str(secret), port=server.getsockname()[1], abstract=abstract, path=str(path), pid=os.getpid())


async def carried_out(tier: Tier, code: bytes, limits: SandboxLimits) -> Outcome:
    return await tier.run(
        Execution(program=Program.PYTHON, arguments=("attack.py",), files={"attack.py": code}, limits=limits)
    )


def told(outcome: Outcome) -> dict[str, Any]:
    return {
        "ending": outcome.ending,
        "code": outcome.exit_code,
        "signal": outcome.signal,
        "stdout": outcome.stdout.decode(errors="replace"),
        "stderr": outcome.stderr.decode(errors="replace")[-2000:],
        "files": {name: len(content) for name, content in tuple(outcome.files.items())[:3]},
        "left_out": outcome.files_left_out,
    }


async def besiege(tier: Tier, bait: Bait) -> dict[str, Any]:
    """What came of each attack, and of the honest program after it."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def attack(name: str, limits: SandboxLimits) -> tuple[str, dict[str, Any]]:
        async with places:
            outcome = told(await carried_out(tier, source_of(name, bait), limits))
            if name in EXHAUSTING:
                outcome["after"] = told(await carried_out(tier, HONEST, LONG))
            return name, outcome

    reaching = [attack(name, LONG) for name in REACHING]
    long = SOME if isinstance(tier, Wasi) else LONG
    exhausting = [
        attack(name, SHORT if ending is Ending.OUT_OF_TIME else long) for name, (ending, _) in EXHAUSTING.items()
    ]
    return dict(await asyncio.gather(*reaching, *exhausting))


def left_running(toolbox: Toolbox) -> list[str]:
    """Processes that were started from this toolbox and are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(toolbox.folder) in command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def main() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as place:  # of its own, as other tests run at the same time
        Path(place).chmod(0o755)
        tempfile.tempdir = place
        print(json.dumps(besieged(Path(place))))  # noqa: T201 - which the test reads


def besieged(place: Path) -> dict[str, Any]:
    toolbox = make_toolbox()
    tier = TIERS[sys.argv[1]](toolbox, Path(sys.argv[2]))
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        bait = bait_in(stack, Path(folder))
        before = Path(bait.secret).stat()
        obstacle = tier.obstacle() or asyncio.run(weakness(tier))
        outcomes = {} if obstacle else asyncio.run(besiege(tier, bait))
        after = Path(bait.secret).stat()
        said = {
            "obstacle": obstacle,
            "outcomes": outcomes,
            "secret": Path(bait.secret).read_text(),
            "unchanged": (before.st_mode, before.st_mtime) == (after.st_mode, after.st_mtime),
            "in_folder": sorted(path.name for path in Path(folder).iterdir()),
            "running": left_running(toolbox),
            "folders": [path.name for path in place.glob("legwork-sandbox-*")],
        }
    toolbox.remove()
    return said


if __name__ == "__main__":
    main()
