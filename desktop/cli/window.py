"""`legwork` without a command: open the window, or bring the one that is open to the front."""

import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from desktop.api.announcement import read_announcement
from desktop.api.errors import EngineGone, HandoverFailed
from desktop.api.ownership import is_owned, owner_in_words
from desktop.cli.display import find_display_problem
from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal
from desktop.engine import Engine
from desktop.paths import Paths
from desktop.settings import Settings

_WITHOUT_WINDOW: Final = (
    "Without a window: 'legwork run documents \"What to do\" FILE' runs a task and prints its result, "
    "'legwork serve' runs the engine for other programs."
)
_ANSWER_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.2
_LISTING_SECONDS: Final = 1.0
"""The time that the window has to list its tasks before the server is imported: a second start can wait for that."""


def open_window(paths: Paths, settings: Settings, terminal: Terminal) -> ExitCode:
    """Show the window until the person leaves it."""
    if is_owned(paths):
        return _raise_other(paths, terminal)
    problem = find_display_problem(os.environ)
    if problem:
        return _no_window(terminal, problem)
    try:
        from desktop import app
    except ImportError as error:
        return _no_window(terminal, f"Qt can't be loaded ({error}). 'python3 packaging/bootstrap.py' sets it up.")

    @asynccontextmanager
    async def open_engine(on_raise: Callable[[], None]) -> AsyncIterator[Engine]:
        from desktop.headless import opened_engine  # store, models and server are imported behind the first paint

        async with opened_engine(paths, settings, on_raise=on_raise, serve_after=_LISTING_SECONDS) as engine:
            yield engine

    return ExitCode.COMPLETED if app.main(open_engine) == 0 else ExitCode.FAILED


def _no_window(terminal: Terminal, problem: str) -> ExitCode:
    terminal.say(f"legwork: The window can't be opened: {problem}")
    terminal.say(_WITHOUT_WINDOW)
    return ExitCode.FAILED


def _raise_other(paths: Paths, terminal: Terminal) -> ExitCode:
    """Ask the Legwork that owns the folder to show its window. Just started, it takes a moment to answer."""
    from desktop.api.client import RunningEngine  # no first start needs the HTTP client

    until = time.monotonic() + _ANSWER_SECONDS
    while is_owned(paths):
        announcement = read_announcement(paths.engine)
        if announcement is not None:
            with contextlib.suppress(EngineGone):
                RunningEngine(announcement).raise_window()
                terminal.say("Legwork is open already; its window was brought to the front.")
                return ExitCode.COMPLETED
        if time.monotonic() > until:
            break
        time.sleep(_LOOK_SECONDS)
    raise HandoverFailed(
        f"Legwork runs already ({owner_in_words(paths)}), and does not answer. Nothing was changed.",
        hint="End that process and start Legwork again.",
    )
