"""What a person does with models: look at them, bring them here, take them away, choose which one is used.

The engine itself needs none of it. It declares the port, and hands it on, so that the window and other faces know no
adapter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from desktop.engine.inference import ModelInfo


class DownloadState(StrEnum):
    """Where a download stands."""

    STARTING = "starting"  # the hub is asked, and what is there from before is read
    RUNNING = "running"
    RETRYING = "retrying"  # broke off; goes on by itself
    PAUSED = "paused"  # until it is started again
    FAILED = "failed"  # until it is started again; `problem` and `hint` say why
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadStatus:
    """A download as it stands now."""

    id: str
    name: str  # of the model, for a person
    state: DownloadState
    done: int = 0  # bytes
    total: int = 0  # bytes; 0 until the hub has said
    speed: float = 0.0  # bytes a second, lately
    seconds_left: float | None = None  # None while there is no basis to tell
    problem: str = ""
    hint: str = ""
    path: str = ""  # of the model, once it is completed

    @property
    def is_moving(self) -> bool:
        """Whether somebody works at it now."""
        return self.state in (DownloadState.STARTING, DownloadState.RUNNING, DownloadState.RETRYING)


DownloadListener: TypeAlias = Callable[[DownloadStatus], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What the removal of a model came to."""

    name: str
    freed: int  # bytes; 0 where it was only forgotten
    kept_at: str = ""  # where the file still is, if it was only forgotten


class Fits(StrEnum):
    """Whether a model goes into a machine's memory; the value is how a person is told."""

    WELL = "fits"
    TIGHTLY = "tight"  # with little context, slowly, or when nothing else runs
    NOT = "does not fit"
    UNKNOWN = "can't be read"  # what it takes is not known, since its file could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What a model would take of this machine, with a context of 8,192 tokens where it has as much."""

    fits: Fits
    need: int = 0  # bytes
    memory: int = 0  # bytes that there are, of the graphics card where it would run there, else of the machine
    where: str = ""  # whose memory that is, for a person: "RTX 4070", "memory"
    note: str = ""  # what there is to know besides, for a person; empty where there is nothing
    family: str = ""  # as its file says, "llama"; empty where nobody does
    licence: str = ""  # likewise
    context: int = 0  # tokens at most, likewise; 0 where nobody does


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotModel:
    """A model that is here, or that could be."""

    key: str  # by which it is downloaded, added, removed or chosen
    name: str
    size: int  # bytes on disk; approximate while it is not here
    source: str = ""  # where it came from, for a person
    path: str = ""  # of its file, where it is here
    licence: str = ""
    about: str = ""  # what it is good for, for a person
    parameters: float = 0.0  # billions; 0 where nobody says
    context: int = 0  # tokens at most; 0 where nobody says
    kinds: tuple[str, ...] = ()  # of tasks that it does well
    download: str = ""  # the identifier that a download of it has
    is_here: bool = False
    is_removable: bool = False
    is_linked: bool = False  # stays where it is; removing it frees nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotView:
    """All that there is, at the time of looking."""

    installed: tuple[DepotModel, ...]  # the default one first
    offered: tuple[DepotModel, ...]  # for download, from the weakest to the strongest
    found: tuple[DepotModel, ...]  # that other programs keep on this machine
    downloads: tuple[DownloadStatus, ...]
    usual: str = ""  # the model of whoever names none, by name; empty where there is none here
    by_kind: Mapping[str, str] = field(default_factory=dict)  # by the kinds of task that have one of their own
    disk_free: int = 0  # bytes, where models are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What suits this machine."""

    machine: str  # what there is, for a person: "RTX 4070, 12 GB · 8 cores, 32 GB"
    advice: str  # why no graphics card is used and what to do; empty where one is
    keys: tuple[str, ...]  # of offered models, the best one first


class ModelDefaults(Protocol):
    """Which model a task uses that names none."""

    def usual(self) -> str | None:
        """The one of whatever kind has none of its own; None where nobody chose any."""

    def by_kind(self) -> Mapping[str, str]:
        """Those that were chosen for one kind of task, by that kind."""

    def choose(self, kind: str | None, model: str | None) -> None:
        """Use that model (None: none in particular) from now on, for that kind of task or (None) as the usual one.

        Waits for the disk. Raises `StorageFailed`.
        """


class ModelDepot(Protocol):
    """The models of a data folder. Of the engine's loop, which it never holds."""

    async def look(self) -> DepotView:
        """What is here, what is offered, what was found, and what is on its way."""

    async def by_kind(self) -> Mapping[str, str]:
        """The names of the models that kinds of task have of their own, by the kind; quicker than a look at all."""

    async def recommend(self) -> Recommendation:
        """What suits this machine. The first time it asks drivers, which takes a second or more. Never raises."""

    async def appraise(self, key: str) -> Appraisal:
        """What that model would take of this machine. Reads its file's head. Raises `UnknownModel`."""

    async def download(self, key: str) -> DownloadStatus:
        """Begin to download it, or go on with it: an offered model, `owner/name/file.gguf`, or a download.

        Raises `UnknownModel`.
        """

    async def pause(self, download_id: str) -> DownloadStatus:
        """Stop until it is started again; what was loaded is kept. Raises `UnknownModel` and others of their kind."""

    async def add(self, path: Path) -> ModelInfo:
        """Use a model file where it lies, without a copy.

        Raises `ModelUnavailable`, `UnknownModel` where its name is taken, and `StorageFailed`.
        """

    async def remove(self, key: str) -> Removal:
        """Take a model away, or give up its download; it is nobody's default any more.

        Raises `UnknownModel`, `StorageFailed`, or a `LegworkError` where it is in use.
        """

    async def choose(self, kind: str | None, key: str | None) -> None:
        """Let tasks of that kind (None: all that have no model of their own) use that model from now on.

        `key` None lets go of the choice. Raises `UnknownModel` and `StorageFailed`.
        """

    def listen(self, listener: DownloadListener) -> Callable[[], None]:
        """Call `listener` on the loop with every change of any download; what is returned ends that."""
