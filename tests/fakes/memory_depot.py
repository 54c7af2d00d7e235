"""A depot of models in memory: implements `ModelDepot`. A test moves its downloads by `tell`."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from desktop.engine import (
    Appraisal,
    DepotModel,
    DepotView,
    DownloadListener,
    DownloadState,
    DownloadStatus,
    Fits,
    LegworkError,
    ModelInfo,
    ModelUnavailable,
    Recommendation,
    Removal,
    UnknownModel,
)
from tests.fakes.memory_defaults import MemoryDefaults

GB = 10**9
STARTER = DepotModel(
    key="/program/starter.gguf",
    name="starter",
    size=94_000_000,
    source="comes with Legwork",
    path="/program/starter.gguf",
    about="Very small.",
    is_here=True,
)


def offer(key: str, *, size: int = 2_500_000_000, **facts: object) -> DepotModel:
    """A model that can be downloaded."""
    model = DepotModel(key=key, name=key.capitalize(), size=size, licence="Apache-2.0", download=f"maker--{key}")
    return dataclasses.replace(model, **facts)  # type: ignore[arg-type]


class MemoryDepot:
    """The starter, two models on offer, and what a test puts there."""

    def __init__(self, *, is_empty: bool = False) -> None:
        self.installed: list[DepotModel] = [] if is_empty else [STARTER]
        self.offers = [offer("small", size=GB), offer("large", size=20 * GB)]
        self.found: list[DepotModel] = []
        self.downloads: dict[str, DownloadStatus] = {}
        self.defaults = MemoryDefaults()
        self.recommended: tuple[str, ...] = ("small",)
        self.machine = "Test Card, 12 GB · 16 GB of memory"
        self.advice = ""
        self.appraisals: dict[str, Appraisal] = {}
        self.appraised: list[str] = []
        self.refusal: LegworkError | None = None  # what the next call that changes something raises
        self.added: list[Path] = []
        self._listeners: list[DownloadListener] = []

    async def look(self) -> DepotView:
        """All that there is."""
        here = {model.name for model in self.installed}
        ordered = sorted(self.installed, key=lambda model: model.name != self.defaults.usual())
        return DepotView(
            installed=tuple(ordered),
            offered=tuple(dataclasses.replace(model, is_here=model.name in here) for model in self.offers),
            found=tuple(self.found),
            downloads=tuple(self.downloads.values()),
            usual=ordered[0].name if ordered else "",
            by_kind=dict(self.defaults.by_kind()),
            disk_free=100 * GB,
        )

    async def by_kind(self) -> Mapping[str, str]:
        """What was chosen."""
        return self.defaults.by_kind()

    async def recommend(self) -> Recommendation:
        """What the test says."""
        return Recommendation(machine=self.machine, advice=self.advice, keys=self.recommended)

    async def appraise(self, key: str) -> Appraisal:
        """What the test says; else that it fits."""
        model = self._named(key)
        self.appraised.append(key)
        usual = Appraisal(fits=Fits.WELL, need=round(model.size * 1.3), memory=12 * 2**30, where="Test Card")
        return self.appraisals.get(key, usual)

    async def download(self, key: str) -> DownloadStatus:
        """It is on its way, and stays there until the test moves it."""
        self._check()
        known = self.downloads.get(key)
        if known is None:
            model = next((model for model in self.offers if key in (model.key, model.download)), None)
            if model is None:
                raise UnknownModel(f"No model is called {key!r} in the catalogue.", hint="Look there.")
            fresh = DownloadStatus(id=model.download, name=model.name, state=DownloadState.STARTING, total=model.size)
            known = self.downloads.get(model.download, fresh)
        return self.tell(dataclasses.replace(known, state=DownloadState.STARTING))

    async def pause(self, download_id: str) -> DownloadStatus:
        """It stands still."""
        self._check()
        known = self.downloads.get(download_id)
        if known is None:
            raise UnknownModel(f"No download is called {download_id!r}.", hint="Look there.")
        return self.tell(dataclasses.replace(known, state=DownloadState.PAUSED, speed=0.0, seconds_left=None))

    async def add(self, path: Path) -> ModelInfo:
        """Any file that is there, under the name of the file."""
        self._check()
        self.added.append(path)
        if not _is_there(path):
            raise ModelUnavailable(f"The model file {path} is missing.", hint="Put it back.")
        key, name = str(path), path.stem
        if not any(model.key == key for model in self.installed):
            self.installed.append(
                DepotModel(key=key, name=name, size=1000, path=key, is_here=True, is_removable=True, is_linked=True)
            )
            self.found = [model for model in self.found if model.key != key]
        return ModelInfo(name=name, path=key, size=1000)

    async def remove(self, key: str) -> Removal:
        """Whatever is called so."""
        self._check()
        if key in self.downloads:
            gone = self.downloads.pop(key)
            return Removal(name=gone.name, freed=gone.done)
        model = next((model for model in self.installed if key in (model.key, model.name)), None)
        if model is None or not model.is_removable:
            raise UnknownModel(f"No model is called {key!r}.", hint="Look there.")
        self.installed.remove(model)
        for kind in (None, *self.defaults.by_kind()):
            if (self.defaults.usual() if kind is None else self.defaults.by_kind()[kind]) == model.name:
                self.defaults.choose(kind, None)
        return Removal(
            name=model.name, freed=0 if model.is_linked else model.size, kept_at=model.path if model.is_linked else ""
        )

    async def choose(self, kind: str | None, key: str | None) -> None:
        """That one from now on."""
        self._check()
        here = {model.key: model.name for model in self.installed}
        if key is not None and key not in here:
            raise UnknownModel(f"There is no model {key}.", hint="Look there.")
        self.defaults.choose(kind, None if key is None else here[key])

    def listen(self, listener: DownloadListener) -> Callable[[], None]:
        """Tell `listener` of every change."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, status: DownloadStatus) -> DownloadStatus:
        """A download stands so by now. To be called on the loop."""
        self.downloads[status.id] = status
        if status.state is DownloadState.COMPLETED:
            model = next(model for model in self.offers if model.download == status.id)
            path = f"/models/{model.key}.gguf"
            here = dataclasses.replace(model, key=path, path=path, is_here=True, is_removable=True, download="")
            self.installed.append(here)
        for listener in list(self._listeners):
            listener(status)
        return status

    def _named(self, key: str) -> DepotModel:
        for model in (*self.installed, *self.offers, *self.found):
            if key in (model.key, model.name):
                return model
        raise UnknownModel(f"There is no model {key}.", hint="Look there.")

    def _check(self) -> None:
        refusal, self.refusal = self.refusal, None
        if refusal is not None:
            raise refusal


def _is_there(path: Path) -> bool:
    return path.is_file()
