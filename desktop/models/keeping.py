"""Adding models to the shelf and removing them."""

from pathlib import Path

from desktop.engine import LegworkError, ModelInfo, ModelUnavailable, Removal, StorageFailed, UnknownModel
from desktop.models import shelf
from desktop.models.gguf_name import all_parts, model_files, model_name
from desktop.models.links import Link, Links
from desktop.models.weights import read_weights


class ModelInUse(LegworkError):
    """A model is not removed while it is loaded."""


def add_model(folder: Path, path: Path, name: str | None = None) -> ModelInfo:
    """Put a model file on the shelf where it lies; adding it again changes nothing.

    `name` is what it is called (None: after the file). Raises `ModelUnavailable` for what is no model,
    `UnknownModel` for a name that is taken, and `StorageFailed`.
    """
    first = model_files(path.expanduser().absolute())[0]
    missing = [part.name for part in model_files(first) if not part.is_file()]
    if missing and len(all_parts(first.name)) > 1:
        raise ModelUnavailable(
            f"The model {model_name(first)} is not whole: {missing[0]} is missing. It was not added.",
            hint=f"Put all {len(all_parts(first.name))} files into one folder.",
        )
    read_weights(first)
    there = shelf.added_models(folder)
    for model in there:
        if Path(model.path) == first:
            return model
    wanted = name or model_name(first)
    if any(model.name == wanted for model in there) or any(link.name == wanted for link in Links(folder).read()):
        raise UnknownModel(
            f"There is another model called {wanted} already. Nothing was added.", hint="Give this one another name."
        )
    link = Link(name=wanted, path=str(first))
    Links(folder).add(link)
    return shelf.linked_model(link)


def remove_model(folder: Path, name: str) -> Removal:
    """Take a model off the shelf: its files go, unless it was only added by its path.

    Raises `UnknownModel` where none is called so or it came with Legwork, and `StorageFailed`.
    """
    for link in Links(folder).read():
        if name in (link.name, link.path):
            Links(folder).remove(link.name)
            return Removal(name=link.name, freed=0, kept_at=link.path)
    model = next((model for model in shelf.added_models(folder) if name in (model.name, model.path)), None)
    if model is None:
        raise _not_removable(name)
    files = model_files(Path(model.path))
    try:
        for file in files:  # the first one first: without it nobody takes the rest for a model
            file.unlink()
    except OSError as error:
        raise StorageFailed(
            f"The model {model.name} can't be removed ({error.strerror or error}).",
            hint=f"See that no other program uses it, and that you may write in {folder}.",
        ) from error
    return Removal(name=model.name, freed=model.size)


def _not_removable(name: str) -> UnknownModel:
    starter = shelf.starter_model()
    if starter is not None and name in (starter.name, starter.path):
        return UnknownModel(f"{starter.name} came with Legwork and stays.", hint="It is part of the program.")
    return UnknownModel(f"No model is called {name!r}.", hint="'legwork models list' names those that there are.")
