"""`legwork` without a command: open the window, or bring the one that is open to the front."""

import gc
import importlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from desktop.api.errors import EngineGone, Refused
from desktop.api.ownership import in_use, is_owned
from desktop.api.second_start import SecondStart
from desktop.cli.display import find_display_problem
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal
from desktop.engine import Engine
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.settings_file import SettingsFile

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

    patience = Patience()
    opening = _Opening(paths, settings, terminal, patience)
    return here_or_there(paths, patience, opening.here, opening.there)


class _Opening:
    """Finds out whose window is shown. An engine without one gives way, and programs find the next at its port."""

    def __init__(self, paths: Paths, settings: Settings, terminal: Terminal, patience: Patience) -> None:
        self._paths, self._settings, self._terminal = paths, settings, terminal
        self._patience = patience
        self._port = 0  # any

    def here(self) -> ExitCode:
        if is_owned(self._paths):
            raise in_use(self._paths)
        return _open(self._paths, self._settings, self._terminal, self._port)

    def there(self, engine: "RunningEngine") -> ExitCode:
        try:
            engine.raise_window()
        except Refused:  # it has none
            problem = find_display_problem(os.environ) or _qt_problem()
            if problem:
                return _no_window(self._terminal, problem)
            if not self._port:  # it may take as long to end in order as to answer
                self._patience.renew()
            self._port = urlsplit(engine.address).port or 0
            engine.give_way()
            raise EngineGone("The engine without a window ends.", hint="Wait a moment.") from None
        self._terminal.say("Legwork is open already; its window was brought to the front.")
        return ExitCode.COMPLETED


def _open(paths: Paths, settings: Settings, terminal: Terminal, port: int) -> ExitCode:
    problem = find_display_problem(os.environ)
    if problem:
        return _no_window(terminal, problem)
    problem = _qt_problem()
    if problem:
        return _no_window(terminal, problem)
    from desktop import app

    @asynccontextmanager
    async def open_engine(on_raise: Callable[[], None]) -> AsyncIterator[Engine]:
        from desktop.api.server import free_port
        from desktop.headless import opened_engine  # store, models and server are imported behind the first paint

        async with opened_engine(
            paths,
            settings,
            second_start=SecondStart(raise_window=on_raise),
            serve_port=free_port(port),
            serve_after=_LISTING_SECONDS,
        ) as engine:
            gc.freeze()  # all threads wait for a full collection: let it pass over what stays till the end anyhow
            yield engine

    return ExitCode.COMPLETED if app.main(open_engine, SettingsFile(paths.settings, settings)) == 0 else ExitCode.FAILED


def _qt_problem() -> str:
    try:
        importlib.import_module("desktop.app")
    except ImportError as error:
        return f"Qt can't be loaded ({error}). 'python3 packaging/bootstrap.py' sets it up."
    return ""


def _no_window(terminal: Terminal, problem: str) -> ExitCode:
    terminal.say(f"legwork: The window can't be opened: {problem}")
    terminal.say(_WITHOUT_WINDOW)
    return ExitCode.FAILED
