"""`legwork models get`: downloads a model here, beside an engine that may run, and pauses on Ctrl-C."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import duration, size
from desktop.engine import DownloadState, DownloadStatus
from desktop.headless import model_downloads
from desktop.models.downloading import DownloadFailed, Downloads, Patience
from desktop.paths import Paths
from desktop.settings import Settings

_TRIES: Final = 10
_SECONDS_BETWEEN_LINES: Final = 5.0


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
        return asyncio.run(self._get(model))

    async def _get(self, model: str) -> ExitCode:
        downloads = model_downloads(self.paths, lambda: self.settings, Patience(tries=_TRIES))
        downloads.listen(_Display(self.terminal, as_json=self.as_json, now=self.now).show)
        download_id = downloads.start(model).id
        try:
            ended = await downloads.wait(download_id)
        except asyncio.CancelledError:  # Ctrl-C
            return await self._pause(downloads, download_id, model)
        if ended.state is DownloadState.FAILED:
            raise DownloadFailed(ended.problem, hint=ended.hint)
        if not self.as_json:
            self.terminal.print(one_line(f"{ended.name} is here: {ended.path}"))
        return ExitCode.COMPLETED

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
