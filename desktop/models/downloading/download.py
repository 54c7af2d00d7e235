"""The download of one model, in one file or several, from the first question to the finished file in its place."""

import asyncio
import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from desktop.engine import RESERVED_BYTES, Clock, DownloadState, DownloadStatus
from desktop.models.downloading.errors import DownloadFailed, Interrupted, Mismatch, NoRoom
from desktop.models.downloading.hub import Hub, RevisionGone
from desktop.models.downloading.hub_file import HubFile
from desktop.models.downloading.part_file import PartFile
from desktop.models.downloading.record import Record, RecordFolder
from desktop.models.downloading.retrying import Patience, Retrying
from desktop.models.downloading.speedometer import Speedometer
from desktop.models.downloading.transfer import Transfer, read_again
from desktop.models.downloading.waiting import in_thread

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
SIGN_SECONDS: Final = 0.25


class Download:
    """One model on its way. `on_change` is called on the loop with every change, some times a second at most."""

    def __init__(
        self,
        folder: RecordFolder,
        record: Record,
        hub: Hub,
        *,
        clock: Clock,
        patience: Patience,
        on_change: Callable[[DownloadStatus], None],
    ) -> None:
        self._folder = folder
        self._record = record
        self._hub = hub
        self._clock = clock
        self._retrying = Retrying(clock, patience, self._interrupted)
        self._on_change = on_change
        self._speedometer = Speedometer()
        self._done_before = 0  # bytes of files that are whole
        self._part: PartFile | None = None
        self._waits = False  # for the next try, after an interruption

    async def run(self) -> Path:
        """Do it; the path of the model. Raises `DownloadFailed`. A cancellation keeps what is there."""
        with self._told_disk_errors(), self._folder.held():
            signs = asyncio.create_task(self._give_signs(), name=f"signs of {self._folder.key}")
            try:
                return await self._carry_out()
            finally:
                signs.cancel()
                await asyncio.wait([signs])

    async def _carry_out(self) -> Path:
        self._tell(DownloadState.STARTING)
        found = await self._looked_up()
        await in_thread(self._check_room, found)
        for file, wanted in zip(self._record.files, found, strict=True):
            await self._bring(file, wanted)
        return await in_thread(self._place)

    async def _looked_up(self) -> list[HubFile]:
        """All files as the hub has them, in the version that was begun with, or the newest where that one is gone."""
        try:
            found = [await self._look_up(file) for file in self._record.files]
        except RevisionGone:
            self._record.commit = ""
            found = [await self._look_up(file) for file in self._record.files]
        self._record.total = sum(file.size for file in found)
        await in_thread(self._folder.write, self._record)
        return found

    async def _look_up(self, file: str) -> HubFile:
        found = await self._retrying.insist(lambda: self._ask(file))
        self._record.commit = self._record.commit or found.commit
        return found

    async def _ask(self, file: str) -> HubFile:
        return await self._hub.look_up(self._record.repository, file, self._record.commit)

    def _check_room(self, found: list[HubFile]) -> None:
        """Raise unless everything fits on the disk, and none of it would take the place of something else."""
        for file, wanted in zip(self._record.files, found, strict=True):
            target = self._folder.target(file)
            if target.exists() and target.stat().st_size != wanted.size:
                raise DownloadFailed(
                    f"There is another file {target.name} in {target.parent}. Nothing was downloaded.",
                    hint="Rename it, or remove it with 'legwork models remove'.",
                )
        missing = max(0, self._record.total - self._folder.kept(self._record))
        free = shutil.disk_usage(self._folder.models_folder).free
        if missing + RESERVED_BYTES > free:
            raise _no_room(self._folder.models_folder, missing + RESERVED_BYTES - free)

    async def _bring(self, file: str, wanted: HubFile) -> None:
        if not self._folder.target(file).exists():
            await self._load(file, wanted)
        self._done_before += wanted.size

    async def _load(self, file: str, wanted: HubFile) -> None:
        part = PartFile(self._folder.part(file), wanted)
        try:
            await read_again(part)
            self._part = part
            if not part.is_checked:
                transfer = Transfer(
                    part, lambda: self._ask(file), self._hub, retrying=self._retrying, on_piece=self._moved
                )
                await transfer.run(wanted)
        finally:
            self._part = None
            await in_thread(part.close)

    def _place(self) -> Path:
        """Give all files their names, the first one last: a model shows once its first file is there."""
        for file in reversed(self._record.files):
            part = self._folder.part(file)
            if part.exists():
                part.replace(self._folder.target(file))
        self._folder.remove()
        return self._folder.target(self._record.files[0])

    def _interrupted(self, error: Interrupted) -> None:
        self._waits = True
        self._speedometer.clear()
        self._tell(DownloadState.RETRYING, error)

    def _moved(self) -> None:
        self._waits = False

    async def _give_signs(self) -> None:
        """Tell how it stands while bytes come, and while they should: a speed that sinks to nothing is a sign too."""
        while True:
            await self._clock.sleep(SIGN_SECONDS)
            if self._part is not None and not self._waits:
                self._speedometer.note(self._clock.monotonic(), self._done)
                self._tell(DownloadState.RUNNING)

    @property
    def _done(self) -> int:
        return self._done_before + (0 if self._part is None else self._part.size)

    def _tell(self, state: DownloadState, error: DownloadFailed | None = None) -> None:
        speed, total = self._speedometer.speed, self._record.total
        done = self._folder.kept(self._record) if state is DownloadState.STARTING else self._done
        self._on_change(
            DownloadStatus(
                id=self._folder.key,
                name=self._record.name,
                state=state,
                done=done,
                total=total,
                speed=speed,
                seconds_left=(total - done) / speed if speed else None,
                problem="" if error is None else error.message,
                hint="" if error is None else error.hint,
            )
        )

    @contextlib.contextmanager
    def _told_disk_errors(self) -> Iterator[None]:
        folder = self._folder.models_folder
        try:
            yield
        except Mismatch:
            self._record.commit = ""  # the next start takes the newest
            self._folder.write(self._record)
            raise
        except OSError as error:
            if error.errno in _FULL:
                raise _no_room(folder, max(0, self._record.total - self._folder.kept(self._record))) from error
            raise DownloadFailed(
                f"{folder} can't be written ({error.strerror or error}). What was loaded is kept.",
                hint="See that the folder is writable.",
            ) from error


def _no_room(folder: Path, lacking: int) -> NoRoom:
    return NoRoom(
        f"The disk with {folder} lacks {_in_gb(lacking)} for this model. What was loaded is kept.",
        hint=f"Free {_in_gb(lacking)} or more, or choose a smaller model; the download then goes on where it was.",
    )


def _in_gb(count: int) -> str:
    return f"{count / 10**9:.1f} GB" if count >= 10**8 else f"{max(1, round(count / 10**6))} MB"
