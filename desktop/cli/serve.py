"""`legwork serve`: the engine without a window, until it is told to end."""

import asyncio
import contextlib
import signal

from desktop.api.outer_door import OuterDoor
from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal
from desktop.headless import opened_engine
from desktop.paths import Paths
from desktop.settings import Settings


async def serve(
    paths: Paths, settings: Settings, terminal: Terminal, port: int, outer: OuterDoor | None = None
) -> ExitCode:
    """Carry out what other processes hand over. Tasks that run when it ends go on at the next start."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C cancels this coroutine instead
                loop.add_signal_handler(getattr(signal, name), ended.set)
    async with opened_engine(paths, settings, serve_port=port, outer=outer):
        terminal.say(f"Legwork serves {paths.data}. Its address and token are in {paths.engine.name} there.")
        if outer is not None:
            _say_who_may_come(outer, terminal)
        terminal.say("End it with Ctrl-C; tasks that still run go on at the next start.")
        with contextlib.suppress(asyncio.CancelledError):
            await ended.wait()
    return ExitCode.COMPLETED


def _say_who_may_come(outer: OuterDoor, terminal: Terminal) -> None:
    reading = "" if outer.certificate else " Whoever shares that network can read all of it, the token too."
    terminal.say(
        f"Other machines reach it at {outer.url(outer.port)}: whoever has the token may hand in tasks, read every "
        f"result, and have files read in the folders that `allowed_folders` in the settings names.{reading}"
    )
