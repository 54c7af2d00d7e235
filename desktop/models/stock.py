"""What there is to show of each model: of those that are here, that are offered, and that other programs keep."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from desktop.engine import DepotModel, ModelInfo
from desktop.models.catalogue import CatalogueModel, catalogue
from desktop.models.downloading.hub_file import parse_address
from desktop.models.shelf import LINKED, STARTER

_STARTER_ABOUT: Final = "Very small: shows how everything works, and writes short summaries in English."


def entry_of(path: str) -> CatalogueModel | None:
    """The model of the catalogue that a file is, by the file's name."""
    name = Path(path).name
    return next((entry for entry in catalogue() if Path(entry.file).name == name), None)


def installed(model: ModelInfo) -> DepotModel:
    """A model that is here."""
    return _described(
        DepotModel(
            key=model.path,
            name=model.name,
            size=model.size,
            source=model.source,
            path=model.path,
            about=_STARTER_ABOUT if model.source == STARTER else "",
            is_here=True,
            is_removable=model.source != STARTER,
            is_linked=model.source == LINKED,
        )
    )


def found(model: ModelInfo) -> DepotModel:
    """A model that another program keeps."""
    return _described(
        DepotModel(key=model.path, name=model.name, size=model.size, source=model.source, path=model.path)
    )


def offered(entry: CatalogueModel, here: frozenset[str]) -> DepotModel:
    """A model of the catalogue; `here` has the names of the files on the shelf."""
    return _with_entry(
        DepotModel(
            key=entry.id,
            name=entry.name,
            size=entry.bytes,
            download=parse_address(entry.address).key,
            is_here=Path(entry.file).name in here,
        ),
        entry,
    )


def _described(model: DepotModel) -> DepotModel:
    entry = entry_of(model.path)
    return model if entry is None else _with_entry(model, entry)


def _with_entry(model: DepotModel, entry: CatalogueModel) -> DepotModel:
    return replace(
        model,
        licence=entry.licence,
        about=entry.about,
        parameters=entry.parameters,
        context=entry.context,
        kinds=entry.kinds,
    )
