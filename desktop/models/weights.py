"""A model file that has been looked through, with what a runtime needs to know of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.engine import ModelUnavailable
from desktop.models.fit import ModelShape, shape_of
from desktop.models.gguf import CutShort, Gguf, Malformed, OldFormat, PartsMissing, read_gguf

OTHER_MODEL: Final = "Download it again, or choose another model."
NEWER_FILE: Final = "Download a newer file of this model, or choose another one."
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

    @property
    def key(self) -> str:
        """What its loads are remembered under (see `MeasuredLoads`)."""
        return f"{self.path.name}, {self.size} bytes"


def read_weights(path: Path) -> Weights:
    """Look a model file through. Raises `ModelUnavailable`."""
    try:
        gguf = read_gguf(path)
    except FileNotFoundError:
        raise ModelUnavailable(
            f"The model file {path} is missing.", hint="Put it back, or choose another model."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise ModelUnavailable(
            f"The model file {path} can't be read: {reason}.", hint="Check that it is a file that you may read."
        ) from error
    except OldFormat as error:
        raise ModelUnavailable(f"{path} is too old: {error}.", hint=NEWER_FILE) from error
    except PartsMissing as error:
        raise ModelUnavailable(f"The model in {path} is not whole: {error}.", hint=ALL_PARTS) from error
    except CutShort as error:
        raise ModelUnavailable(f"The model file {path} is cut short: {error}.", hint=OTHER_MODEL) from error
    except Malformed as error:
        raise ModelUnavailable(
            f"{path} is no usable GGUF file: {error}.",
            hint="Models run from the GGUF format: download the model's .gguf file, or choose another model.",
        ) from error
    return _weights(gguf)


def _weights(gguf: Gguf) -> Weights:
    path = gguf.parts[0]
    if not gguf.head.architecture or not gguf.tensors:
        raise ModelUnavailable(f"The file {path} holds no language model.", hint=OTHER_MODEL)
    licence = gguf.metadata.get("general.license", "")
    return Weights(
        path=path,
        size=gguf.size,
        shape=shape_of(gguf),
        special_tokens=gguf.head.special_tokens,
        licence=licence if isinstance(licence, str) else "",
    )
