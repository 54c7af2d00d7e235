"""All that a person does with the models of a data folder, in one place for window, API and command line."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop.engine import (
    Appraisal,
    DepotView,
    DownloadListener,
    DownloadState,
    DownloadStatus,
    ModelDefaults,
    ModelInfo,
    Recommendation,
    Removal,
    UnknownModel,
)
from desktop.models import stock
from desktop.models.appraiser import Appraiser
from desktop.models.catalogue import catalogue, in_catalogue
from desktop.models.downloading import Downloads
from desktop.models.local_models import LocalModels


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKeeper:
    """What lies on the shelf, and what is on its way there: implements `ModelDepot`. Of the engine's loop."""

    models: LocalModels
    downloads: Downloads
    defaults: ModelDefaults
    appraiser: Appraiser
    home: Path | None = None  # where other programs keep theirs; None: the person's home folder

    async def look(self) -> DepotView:
        """What is here, what is offered, what was found, and what is on its way."""
        return await asyncio.to_thread(self._look, self.downloads.list())

    async def by_kind(self) -> Mapping[str, str]:
        """The names of the models that kinds of task have of their own."""
        return await asyncio.to_thread(lambda: self._by_kind(self.models.installed()))

    async def recommend(self) -> Recommendation:
        """What suits this machine."""
        return await self.appraiser.recommend()

    async def appraise(self, key: str) -> Appraisal:
        """What that model would take of this machine. Raises `UnknownModel`."""
        entry = in_catalogue(key)
        if entry is not None:
            return await self.appraiser.offered(entry)
        model = await asyncio.to_thread(self._known, key)
        entry = stock.entry_of(model.path)
        return await self.appraiser.of_file(Path(model.path), entry.active if entry else 0.0)

    async def download(self, key: str) -> DownloadStatus:
        """Begin to download it, or go on with it. Raises `UnknownModel`."""
        return self.downloads.start(key)

    async def pause(self, download_id: str) -> DownloadStatus:
        """Stop until it is started again; what was loaded is kept. Raises like `Downloads.pause`."""
        return await self.downloads.pause(download_id)

    async def add(self, path: Path) -> ModelInfo:
        """Use a model file where it lies, without a copy. Raises like `LocalModels.add`."""
        return await asyncio.to_thread(self._add, path)

    async def remove(self, key: str) -> Removal:
        """Take a model off the shelf, or give up its download. Raises like `LocalModels.remove`."""
        for download in self.downloads.list():
            if key in (download.id, download.name) and download.state is not DownloadState.COMPLETED:
                return Removal(name=download.name, freed=await self.downloads.discard(download.id))
        return await asyncio.to_thread(self._remove, key)

    async def choose(self, kind: str | None, key: str | None) -> None:
        """Let tasks of that kind (None: all others) use that model. Raises `UnknownModel` and `StorageFailed`."""
        await asyncio.to_thread(self._choose, kind, key)

    def listen(self, listener: DownloadListener) -> Callable[[], None]:
        """Call `listener` on the loop with every change of any download; what is returned ends that."""
        return self.downloads.listen(listener)

    def _look(self, downloads: tuple[DownloadStatus, ...]) -> DepotView:
        here = self.models.installed()
        usual = self.models.usual()
        files = frozenset(Path(model.path).name for model in here)
        return DepotView(
            installed=tuple(stock.installed(model) for model in here),
            offered=tuple(stock.offered(entry, files) for entry in catalogue()),
            found=tuple(stock.found(model) for model in self.models.found_elsewhere(self.home)),
            downloads=downloads,
            usual="" if usual is None else usual.name,
            by_kind=self._by_kind(here),
            disk_free=self._disk_free(),
        )

    def _by_kind(self, here: tuple[ModelInfo, ...]) -> Mapping[str, str]:
        """The names of the chosen models; the person may have named files."""
        names = {model.path: model.name for model in here}
        return {kind: names.get(chosen, chosen) for kind, chosen in self.defaults.by_kind().items()}

    def _disk_free(self) -> int:
        try:
            return shutil.disk_usage(self.downloads.folder).free
        except OSError:
            return 0

    def _add(self, path: Path) -> ModelInfo:
        """Under the name that another program has for it, where one keeps it: its files may be called by numbers."""
        known = next((model for model in self.models.found_elsewhere(self.home) if Path(model.path) == path), None)
        return self.models.add(path, None if known is None else known.name)

    def _remove(self, key: str) -> Removal:
        paths = {model.path for model in self.models.installed() if key in (model.name, model.path)}
        removal = self.models.remove(key)
        if self.defaults.usual() in (removal.name, *paths):
            self.defaults.choose(None, None)
        for kind, chosen in tuple(self.defaults.by_kind().items()):
            if chosen in (removal.name, *paths):
                self.defaults.choose(kind, None)
        return removal

    def _choose(self, kind: str | None, key: str | None) -> None:
        if key is None:
            self.defaults.choose(kind, None)
            return
        here = self.models.installed()
        model = _named(key, here)
        is_alone = sum(each.name == model.name for each in here) == 1
        self.defaults.choose(kind, model.name if is_alone else model.path)

    def _known(self, key: str) -> ModelInfo:
        try:
            return _named(key, self.models.installed())
        except UnknownModel:
            return _named(key, self.models.found_elsewhere(self.home))


def _named(key: str, models: tuple[ModelInfo, ...]) -> ModelInfo:
    for model in models:
        if key in (model.path, model.name):
            return model
    raise UnknownModel(f"There is no model {key} (any more).", hint="Look at the list again.")
