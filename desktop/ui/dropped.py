"""What is dragged over the window: documents, or models."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData

MODEL_SUFFIX: Final = ".gguf"


def dropped_paths(mime: QMimeData) -> list[Path]:
    """The files and folders of this machine among what is dragged."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def dropped_models(mime: QMimeData) -> list[Path]:
    """Those of them that are models."""
    return [path for path in dropped_paths(mime) if is_model(path)]


def is_model(path: Path) -> bool:
    """Whether a file is a model, by its name."""
    return path.suffix.lower() == MODEL_SUFFIX
