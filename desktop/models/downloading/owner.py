"""All downloads of a data folder: they run beside each other on one loop, and go on at the next start."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from desktop.engine import Clock, DownloadListener, DownloadState, DownloadStatus, SystemClock, UnknownModel
from desktop.models.catalogue import in_catalogue
from desktop.models.downloading.errors import DownloadFailed
from desktop.models.downloading.hub import Hub
from desktop.models.downloading.hub_file import parse_address
from desktop.models.downloading.record import Record, RecordFolder, all_records
from desktop.models.downloading.retrying import Patience
from desktop.models.downloading.waiting import in_thread
from desktop.models.gguf_name import model_name

logger = logging.getLogger(__name__)

_BEGUN_AT_ONCE: Final = 2


class Downloads:
    """Starts, pauses and lists downloads into one `folder`. Of one event loop.

    `make_hub` gives the hub at each start of a download, so that a new address in the settings holds at once; it may
    raise `DownloadFailed`.
    """

    def __init__(
        self,
        folder: Path,
        make_hub: Callable[[], Hub] = Hub,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.folder = folder
        self._make_hub = make_hub
        self._clock = clock or SystemClock()
        self._patience = patience or Patience()
        self._states: dict[str, DownloadStatus] = {}
        self._records: dict[str, Record] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[DownloadListener] = []
        self._turn = asyncio.Semaphore(_BEGUN_AT_ONCE)

    def listen(self, listener: DownloadListener) -> Callable[[], None]:
        """Call `listener` on the loop with every change of any download; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def list(self) -> tuple[DownloadStatus, ...]:
        """Every download that is not completed, and those that were since the start."""
        waiting = {key: self._at_rest(key, record) for key, record in all_records(self.folder).items()}
        news = {
            key: status
            for key, status in self._states.items()
            if key in waiting or status.is_moving or status.state is DownloadState.COMPLETED
        }
        return tuple(status for _, status in sorted((waiting | news).items()))

    def status(self, download_id: str) -> DownloadStatus:
        """One of them. Raises `UnknownModel`."""
        for status in self.list():
            if status.id == download_id:
                return status
        raise UnknownModel(f"No download is called {download_id!r}.", hint="'legwork models list' shows them.")

    def id_of(self, name: str) -> str:
        """The identifier that a download of that name has, begun or not. Raises `UnknownModel`."""
        return self._record_of(name)[0]

    def start(self, name: str) -> DownloadStatus:
        """Begin to download a model, or go on with it.

        `name` is an identifier of the catalogue, `owner/name/file.gguf`, or that of a download. One that runs is left
        alone. Raises `UnknownModel`.
        """
        if name in self._running:
            return self._states[name]
        key, record = self._record_of(name)
        if key not in self._running:
            self._records[key] = record
            self._states[key] = self._at_rest(key, record, DownloadState.STARTING)
            aio_task = asyncio.create_task(self._run(key, record), name=f"download {key}")
            aio_task.add_done_callback(lambda _: self._running.pop(key))  # one may be cancelled before it begins
            self._running[key] = aio_task
        return self._states[key]

    async def pause(self, download_id: str) -> DownloadStatus:
        """Stop until it is started again; what was loaded is kept, and nothing starts it but the person.

        Raises `UnknownModel`, or `DownloadFailed` where another process works at it.
        """
        await self._stop(download_id)
        folder = RecordFolder(self.folder, download_id)
        record = folder.read() or self._records.get(download_id)
        if record is None:
            return self.status(download_id)  # there is nothing to pause (any more)
        with folder.held():
            record.wanted = False
            folder.write(record)
        return self._tell(self._at_rest(download_id, record, DownloadState.PAUSED))

    async def discard(self, download_id: str) -> int:
        """Give a download up, and remove what was loaded; how many bytes that frees.

        Raises `UnknownModel`, or `DownloadFailed` where another process works at it.
        """
        await self._stop(download_id)
        folder = RecordFolder(self.folder, download_id)
        record = folder.read()
        if record is None:
            self._states.pop(download_id, None)
            raise UnknownModel(f"No download is called {download_id!r}.", hint="'legwork models list' shows them.")
        with folder.held():
            freed = sum(path.stat().st_size for path in folder.path.glob("*.part"))
            folder.remove()
        self._states.pop(download_id, None)
        return freed

    def resume(self) -> None:
        """Go on with all that nobody paused; called once, at the start."""
        for key, record in all_records(self.folder).items():
            if record.wanted:
                self.start(key)

    async def wait(self, download_id: str) -> DownloadStatus:
        """How a download ended that was started here: completed, failed or paused."""
        aio_task = self._running.get(download_id)
        if aio_task is not None:
            await asyncio.wait([aio_task])
        return self._states[download_id]

    async def close(self) -> None:
        """Stop all of them; at the next start they go on."""
        for key in tuple(self._running):
            await self._stop(key)

    async def _stop(self, key: str) -> None:
        aio_task = self._running.get(key)
        if aio_task is not None:
            aio_task.cancel()
            await asyncio.wait([aio_task])

    def _record_of(self, name: str) -> tuple[str, Record]:
        known = all_records(self.folder).get(name)
        if known is not None:
            return name, known
        entry = in_catalogue(name)
        model = parse_address(name if entry is None else entry.address)
        shown = model_name(Path(model.files[0])) if entry is None else entry.name
        folder = RecordFolder(self.folder, model.key)
        return model.key, folder.read() or Record(name=shown, repository=model.repository, files=model.files)

    async def _run(self, key: str, record: Record) -> None:
        from desktop.models.downloading.download import Download  # with its HTTP client; no start waits for that

        folder = RecordFolder(self.folder, key)
        try:
            record.wanted = True
            await in_thread(folder.write, record)
            async with self._turn:
                download = Download(
                    folder,
                    record,
                    self._make_hub(),
                    clock=self._clock,
                    patience=self._patience,
                    on_change=self._hear,
                )
                path = await download.run()
            del self._records[key]
            done = self._at_rest(key, record, DownloadState.COMPLETED)
            self._tell(dataclasses.replace(done, done=record.total, path=str(path)))
        except asyncio.CancelledError:
            self._tell(self._at_rest(key, record, DownloadState.PAUSED))
            raise
        except DownloadFailed as error:
            self._fail(key, record, error)
        except Exception as error:
            logger.exception("a defect ended a download")
            self._fail(key, record, DownloadFailed(f"Something went wrong inside Legwork ({type(error).__name__})."))

    def _fail(self, key: str, record: Record, error: DownloadFailed) -> None:
        logger.info("the download %s failed: %s", key, error.message)
        failed = self._at_rest(key, record, DownloadState.FAILED)
        self._tell(dataclasses.replace(failed, problem=error.message, hint=error.hint))

    def _at_rest(self, key: str, record: Record, state: DownloadState = DownloadState.PAUSED) -> DownloadStatus:
        kept = RecordFolder(self.folder, key).kept(record)
        return DownloadStatus(id=key, name=record.name, state=state, done=kept, total=record.total)

    def _hear(self, status: DownloadStatus) -> None:
        self._tell(status)

    def _tell(self, status: DownloadStatus) -> DownloadStatus:
        self._states[status.id] = status
        for listener in tuple(self._listeners):
            listener(status)
        return status
