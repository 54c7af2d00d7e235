"""Models that lie in several files: `name-00001-of-00003.gguf` and so on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from desktop.models.gguf.head import GgufHead, Value, read_head
from desktop.models.gguf.refusals import Malformed, PartsMissing
from desktop.models.gguf.tensors import Tensor

NUMBER: Final = "split.no"
COUNT: Final = "split.count"
TENSORS: Final = "split.tensors.count"
MOST_PARTS: Final = 1_000
SAME: Final = ("general.architecture", "general.name", "general.file_type")
"""What later parts may state as well, and then the same."""
_NAME: Final = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf")


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


def is_later_part(path: Path) -> bool:
    """Whether the file's name says that it is a part of a model, and not the first."""
    return first_part(path) != path


def first_part(path: Path) -> Path:
    """The file that stands for the model to which a file belongs by its name: itself for all but later parts."""
    found = _NAME.fullmatch(path.name)
    return path if found is None else path.with_name(f"{found['stem']}-{1:05}-of-{found['count']}.gguf")


def named_parts(path: Path) -> tuple[Path, ...]:
    """All files of a model by the name of its first one, whether they are there or not."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return (path,)
    count = min(int(found["count"]), MOST_PARTS)
    return tuple(
        path.with_name(f"{found['stem']}-{number:05}-of-{found['count']}.gguf") for number in range(1, count + 1)
    )


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
    parts = named_parts(path)
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
