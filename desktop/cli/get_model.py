"""`legwork models get`: downloads a model here, beside an engine that may run, and pauses on Ctrl-C.

Where that engine works at the very download already, it is followed instead.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from desktop.api.announcement import read_announcement
from desktop.api.errors import EngineGone, Refused
from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import duration, size
from desktop.engine import DownloadState, DownloadStatus
from desktop.headless import model_downloads
from desktop.models.downloading import DownloadFailed, Downloads, Patience
from desktop.paths import Paths
from desktop.settings import Settings

if TYPE_CHECKING:
    from desktop.api.client import RunningEngine

_TRIES: Final = 10
_SECONDS_BETWEEN_LINES: Final = 5.0
_SECONDS_BETWEEN_LOOKS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class GetModel:
    """Downloads one model."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    as_json: bool
    now: Callable[[], float] = field(default=time.monotonic)

    def execute(self, model: str) -> ExitCode:
        """Download it to the end. Raises `UnknownModel` or `DownloadFailed`."""
        with contextlib.suppress(EngineGone, Refused):  # then nobody works at it, or nobody who would say so
            announcement = read_announcement(self.paths.engine)
            if announcement is not None:
                from desktop.api.client import RunningEngine

                followed = self._follow(RunningEngine(announcement), model)
                if followed is not None:
                    return self._end(followed)
        return asyncio.run(self._get(model))

    def _follow(self, engine: "RunningEngine", model: str) -> DownloadStatus | None:
        """How the engine's download of it ended; None where it works at none. Ctrl-C leaves it to the engine."""
        download_id = model_downloads(self.paths, lambda: self.settings).id_of(model)
        display, status = self._display(), _of(engine, download_id)
        if status is None or not status.is_moving:
            return None
        try:
            while status is not None and status.is_moving:
                display.show(status)
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                status = _of(engine, download_id)
        except KeyboardInterrupt:
            self.terminal.say(f"It goes on in the Legwork that is open. 'legwork models get {model}' follows it again.")
            raise
        if status is not None:
            display.show(status)
        return status

    async def _get(self, model: str) -> ExitCode:
        downloads = model_downloads(self.paths, lambda: self.settings, Patience(tries=_TRIES))
        downloads.listen(self._display().show)
        download_id = downloads.start(model).id
        try:
            ended = await downloads.wait(download_id)
        except asyncio.CancelledError:  # Ctrl-C
            return await self._pause(downloads, download_id, model)
        return self._end(ended)

    def _end(self, ended: DownloadStatus) -> ExitCode:
        """Say how it ended: completed, failed, or paused by somebody else."""
        if ended.state is DownloadState.FAILED:
            raise DownloadFailed(ended.problem, hint=ended.hint)
        if ended.state is DownloadState.PAUSED:
            self.terminal.say(f"Somebody paused it at {_amount(ended)}.")
            return ExitCode.CANCELLED
        if not self.as_json:
            self.terminal.print(one_line(f"{ended.name} is here: {ended.path}"))
        return ExitCode.COMPLETED

    def _display(self) -> "_Display":
        return _Display(self.terminal, as_json=self.as_json, now=self.now)

    async def _pause(self, downloads: Downloads, download_id: str, model: str) -> ExitCode:
        paused = await downloads.pause(download_id)
        self.terminal.say(
            f"Paused at {_amount(paused)}. 'legwork models get {model}' goes on there, 'legwork models remove "
            f"{download_id}' gives it up."
        )
        return ExitCode.CANCELLED


class _Display:
    """A live line on a terminal; a line now and then into a pipe; every change with --json."""

    def __init__(self, terminal: Terminal, *, as_json: bool, now: Callable[[], float]) -> None:
        self._terminal = terminal
        self._as_json = as_json
        self._now = now
        self._shown_at = float("-inf")
        self._shown: tuple[DownloadState, str] | None = None

    def show(self, status: DownloadStatus) -> None:
        """Show the download as it stands."""
        if self._as_json:
            self._terminal.print_json(status)
        elif self._terminal.err_is_live:
            self._terminal.show_live_line(progress_line(status))
        elif (status.state, status.problem) != self._shown or self._now() - self._shown_at >= _SECONDS_BETWEEN_LINES:
            self._shown, self._shown_at = (status.state, status.problem), self._now()
            self._terminal.say(one_line(progress_line(status)))


def _of(engine: "RunningEngine", download_id: str) -> DownloadStatus | None:
    return next((status for status in engine.downloads() if status.id == download_id), None)


def progress_line(status: DownloadStatus) -> str:
    """Where a download stands, in one line."""
    parts = [status.name, status.state.value]
    if status.total:
        parts.append(f"{status.done / status.total:.0%} · {_amount(status)}")
    if status.speed:
        parts.append(f"{size(round(status.speed))}/s")
    if status.seconds_left is not None:
        parts.append(f"about {duration(status.seconds_left)} left")
    if status.problem:
        parts.append(status.problem)
    return " · ".join(parts)


def _amount(status: DownloadStatus) -> str:
    return f"{size(status.done)} of {size(status.total)}" if status.total else size(status.done)
