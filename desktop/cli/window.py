"""`legwork` without a command: open the window, or bring the one that is open to the front."""

import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from desktop.api.ownership import in_use, is_owned
from desktop.cli.display import find_display_problem
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal
from desktop.engine import Engine
from desktop.paths import Paths
from desktop.settings import Settings

if TYPE_CHECKING:
    from desktop.api.client import RunningEngine

_WITHOUT_WINDOW: Final = (
    "Without a window: 'legwork run documents \"What to do\" FILE' runs a task and prints its result, "
    "'legwork serve' runs the engine for other programs."
)
_LISTING_SECONDS: Final = 1.0
"""The time that the window has to list its tasks before the server is imported: a second start can wait for that."""


def open_window(paths: Paths, settings: Settings, terminal: Terminal) -> ExitCode:
    """Show the window until the person leaves it, or the one of the Legwork that owns the folder."""

    def here() -> ExitCode:
        if is_owned(paths):
            raise in_use(paths)
        return _open(paths, settings, terminal)

    def there(engine: "RunningEngine") -> ExitCode:
        engine.raise_window()
        terminal.say("Legwork is open already; its window was brought to the front.")
        return ExitCode.COMPLETED

    return here_or_there(paths, Patience(), here, there)


def _open(paths: Paths, settings: Settings, terminal: Terminal) -> ExitCode:
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
            gc.freeze()  # all threads wait for a full collection: let it pass over what stays till the end anyhow
            yield engine

    return ExitCode.COMPLETED if app.main(open_engine) == 0 else ExitCode.FAILED


def _no_window(terminal: Terminal, problem: str) -> ExitCode:
    terminal.say(f"legwork: The window can't be opened: {problem}")
    terminal.say(_WITHOUT_WINDOW)
    return ExitCode.FAILED
