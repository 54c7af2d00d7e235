"""Models that lie in several files: `name-00001-of-00003.gguf` and so on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from desktop.models.gguf.head import GgufHead, Value, read_head
from desktop.models.gguf.refusals import Malformed, PartsMissing
from desktop.models.gguf.tensors import Tensor
from desktop.models.gguf_name import MOST_PARTS, model_files

NUMBER: Final = "split.no"
COUNT: Final = "split.count"
TENSORS: Final = "split.tensors.count"
SAME: Final = ("general.architecture", "general.name", "general.file_type")
"""What later parts may state as well, and then the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gguf:
    """A whole model, in one file or several; what its head says, and where its parts are."""

    head: GgufHead  # of the first part
    parts: tuple[Path, ...]  # all files, the first one is given to the runtime
    tensors: tuple[Tensor, ...] = field(repr=False)  # of all parts
    size: int  # bytes of all files

    @property
    def metadata(self) -> Mapping[str, Value]:
        """The properties of the model."""
        return self.head.metadata


def first_part(path: Path) -> Path:
    """The file that stands for the model to which a file belongs by its name: itself for all but later parts."""
    return model_files(path)[0]


def read_gguf(path: Path) -> Gguf:
    """Read the heads of a model, from its file or any of its parts. Raises like `read_head`, and `PartsMissing`."""
    path = first_part(path)
    head = read_head(path)
    count = head.whole(COUNT, 1)
    if count <= 1:
        return Gguf(head=head, parts=(path,), tensors=head.tensors, size=head.size)
    parts = _expected_parts(path, count)
    heads = [head, *map(_read_part, parts[1:])]
    for number, part in enumerate(heads):
        _check_part(part, number, head)
    tensors = tuple(tensor for part in heads for tensor in part.tensors)
    _check_all(tensors, head)
    return Gguf(head=head, parts=parts, tensors=tensors, size=sum(part.size for part in heads))


def _expected_parts(path: Path, count: int) -> tuple[Path, ...]:
    if count > MOST_PARTS:
        raise Malformed(f"it is one of {count:,} parts, which are more than any model has")
    parts = model_files(path)
    if len(parts) != count:
        raise PartsMissing(
            f"it is one of {count} parts, and its name must say so: …-00001-of-{count:05}.gguf, as it was when it was "
            "downloaded"
        )
    return parts


def _read_part(path: Path) -> GgufHead:
    try:
        return read_head(path)
    except FileNotFoundError:
        raise PartsMissing(f"its part {path.name} is not beside it") from None
    except Malformed as error:
        raise type(error)(f"of its part {path.name}: {error}") from error


def _check_part(part: GgufHead, number: int, first: GgufHead) -> None:
    same = all(part.metadata.get(key, first.metadata.get(key)) == first.metadata.get(key) for key in SAME)
    counted = all(part.metadata.get(key) == first.metadata.get(key) for key in (COUNT, TENSORS))
    if part.metadata.get(NUMBER) != number or not same or not counted:
        raise PartsMissing(f"its part {number + 1} belongs to another model, or to another place in it")


def _check_all(tensors: tuple[Tensor, ...], first: GgufHead) -> None:
    stated = first.metadata.get(TENSORS, len(tensors))
    if stated != len(tensors) or len({tensor.name for tensor in tensors}) != len(tensors):
        raise PartsMissing("its parts do not make up one model together")
