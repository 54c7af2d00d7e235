"""A model file that has been looked through, with what a runtime needs to know of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.engine import ModelUnavailable
from desktop.models.fit import ModelShape, shape_of
from desktop.models.ggml import ggml_shape, read_ggml
from desktop.models.gguf import CutShort, Gguf, Malformed, OldFormat, PartsMissing, read_gguf
from desktop.models.old_chat import MARKERS

OTHER_MODEL: Final = "Download it again, or choose another model."
NEWER_FILE: Final = "Download a newer file of this model, or choose another one."
FIRST_GGUF: Final = 1
OLD_ARCHITECTURES: Final = frozenset({"llama", "falcon"})
"""Of early GGUF files, the families that the runtime for old models reads."""
ALL_PARTS: Final = (
    "Put all parts into one folder under the names with which they were downloaded, or choose another model."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A model file that may be loaded."""

    path: Path  # of the first part, where there are several
    size: int  # bytes, of all parts
    shape: ModelShape
    special_tokens: frozenset[str]  # texts that would steer the model if they were read as tokens
    licence: str = ""  # as the file says it, which may be anything; empty where it says nothing
    family: str = "gguf"  # as the runtime for old models calls it
    is_old: bool = False  # only that runtime reads it

    @property
    def key(self) -> str:
        """What its loads are remembered under (see `MeasuredLoads`)."""
        return f"{self.path.name}, {self.size} bytes"


def read_weights(path: Path) -> Weights:
    """Look a model file through. Raises `ModelUnavailable`."""
    try:
        return _read(path)
    except FileNotFoundError:
        raise ModelUnavailable(
            f"The model file {path} is missing.", hint="Put it back, or choose another model."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise ModelUnavailable(
            f"The model file {path} can't be read: {reason}.", hint="Check that it is a file that you may read."
        ) from error
    except PartsMissing as error:
        raise ModelUnavailable(f"The model in {path} is not whole: {error}.", hint=ALL_PARTS) from error
    except CutShort as error:
        raise ModelUnavailable(f"The model file {path} is cut short: {error}.", hint=OTHER_MODEL) from error
    except Malformed as error:
        raise ModelUnavailable(
            f"{path} is no usable GGUF file: {error}.",
            hint="Models run from the GGUF format: download the model's .gguf file, or choose another model.",
        ) from error


def _read(path: Path) -> Weights:
    try:
        return _weights(read_gguf(path))
    except OldFormat:
        return _old_weights(path)


def _old_weights(path: Path) -> Weights:
    """What there is to know of a file from before GGUF."""
    try:
        head = read_ggml(path)
    except CutShort:
        raise
    except Malformed as error:
        raise ModelUnavailable(
            f"{path} is of a format from before GGUF, and can't be used: {error}.", hint=NEWER_FILE
        ) from error
    return Weights(
        path=path,
        size=head.size,
        shape=ggml_shape(head),
        special_tokens=MARKERS,
        family=head.family,
        is_old=True,
    )


def _weights(gguf: Gguf) -> Weights:
    path = gguf.parts[0]
    is_old = gguf.head.version == FIRST_GGUF
    if not gguf.head.architecture or not gguf.tensors:
        raise ModelUnavailable(f"The file {path} holds no language model.", hint=OTHER_MODEL)
    if is_old and gguf.head.architecture not in OLD_ARCHITECTURES:
        raise ModelUnavailable(
            f"{path} is too old: of version 1 of GGUF only files of the families LLaMA and Falcon can be read, and "
            f"this one is of {gguf.head.architecture}.",
            hint=NEWER_FILE,
        )
    licence = gguf.metadata.get("general.license", "")
    return Weights(
        path=path,
        size=gguf.size,
        shape=shape_of(gguf),
        special_tokens=gguf.head.special_tokens | (MARKERS if is_old else frozenset()),
        licence=licence if isinstance(licence, str) else "",
        is_old=is_old,
    )
