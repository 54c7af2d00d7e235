"""What one line of the list of models shows, and which lines there are in each section."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from desktop.engine import Appraisal, DepotModel, DepotView, DownloadState, DownloadStatus


class Section(Enum):
    """The sections, each with its title."""

    INSTALLED = "Installed"
    RECOMMENDED = "Recommended"
    ALL = "All"
    FOUND = "Found on this machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model, with all that is known of it by now."""

    model: DepotModel
    appraisal: Appraisal | None = None  # None until it is known
    download: DownloadStatus | None = None  # that is not completed
    default_for: tuple[str, ...] = ()  # the kinds of task that use it, as they are called; “everything” first
    is_offered: bool = False  # it can be had from the hub

    @property
    def key(self) -> str:
        """By which the depot knows it."""
        return self.model.key

    @property
    def can_be_appraised(self) -> bool:
        """Whether anybody knows what it takes: nobody does of a download that the catalogue lacks."""
        return self.key != self.model.download

    @property
    def can_be_downloaded(self) -> bool:
        """Whether a download can be begun, or gone on with."""
        if self.download is not None:
            return not self.download.is_moving
        return self.is_offered and not self.model.is_here


def rows_of(view: DepotView, section: Section, recommended: tuple[str, ...]) -> tuple[ModelRow, ...]:
    """The lines of a section, in order. What is on its way stands first among what is installed."""
    under_way = {each.id: each for each in view.downloads if each.state is not DownloadState.COMPLETED}
    offered = {
        model.key: ModelRow(model=model, download=under_way.get(model.download), is_offered=True)
        for model in view.offered
    }
    match section:
        case Section.ALL:
            return tuple(offered.values())
        case Section.RECOMMENDED:
            return tuple(offered[key] for key in recommended if key in offered)
        case Section.FOUND:
            return tuple(ModelRow(model=model) for model in view.found)
        case Section.INSTALLED:
            coming = tuple(_coming(status, offered) for status in under_way.values())
            return coming + tuple(ModelRow(model=model) for model in view.installed)


def named_defaults(view: DepotView, kinds: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """By the names of models: what they are the default for, as it is said to a person."""
    named: dict[str, tuple[str, ...]] = {view.usual: ("everything",)} if view.usual else {}
    for kind, name in view.by_kind.items():
        named[name] = (*named.get(name, ()), kinds.get(kind, kind))
    return named


def _coming(status: DownloadStatus, offered: Mapping[str, ModelRow]) -> ModelRow:
    """A download: of an offered model, or of another one of the hub."""
    for row in offered.values():
        if row.model.download == status.id:
            return row
    model = DepotModel(key=status.id, name=status.name, size=status.total, download=status.id)
    return ModelRow(model=model, download=status, is_offered=True)
