"""Names of GGUF files. A large model may lie in several: `name-00001-of-00003.gguf` and so on."""

import re
from pathlib import Path
from typing import Final

SUFFIX: Final = ".gguf"
OLD_SUFFIXES: Final = (".bin", ".ggml")
"""How files from before GGUF end; so do many others."""
MODEL_SUFFIXES: Final = (SUFFIX, *OLD_SUFFIXES)
_PART: Final = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.DOTALL)
MOST_PARTS: Final = 1_000
_PROJECTORS: Final = ("mmproj", "ggml-vocab")
"""How files begin that go with a model and are none: what reads pictures, and bare vocabularies."""


def all_parts(name: str) -> tuple[str, ...]:
    """The names of all files of the model that has a file of that name; the one name where it lies in one file."""
    match = _PART.fullmatch(name)
    count = 0 if match is None else int(match["count"])
    if match is None or not 1 <= int(match["number"]) <= count <= MOST_PARTS:
        return (name,)
    return tuple(f"{match['stem']}-{number:05}-of-{count:05}{SUFFIX}" for number in range(1, count + 1))


def model_files(path: Path) -> tuple[Path, ...]:
    """All files of the model that has this file, whether they are there or not; the first one is that to load."""
    return tuple(path.with_name(name) for name in all_parts(path.name))


def model_name(path: Path) -> str:
    """What a model in that file is called."""
    match = _PART.fullmatch(path.name)
    return path.stem if match is None else match["stem"]


def begins_model(path: Path) -> bool:
    """Whether a file of that name is a model, or the first part of one."""
    name = path.name
    return name.endswith(SUFFIX) and not name.startswith(_PROJECTORS) and all_parts(name)[0] == name
