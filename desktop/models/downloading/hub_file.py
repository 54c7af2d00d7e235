"""What the hub says of a file."""

import re
from dataclasses import dataclass
from typing import Final

from desktop.engine import UnknownModel
from desktop.models.gguf_name import SUFFIX, all_parts

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_BROWSED: Final = re.compile(r"^(?:blob|resolve)/main/")
_STEP: Final = re.compile(r"[A-Za-z0-9][\w.+-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """One version of a file, and where its bytes are to be had now."""

    address: str  # where the bytes are; often on another host, and for a short time
    size: int  # bytes
    sha256: str  # hexadecimal
    commit: str  # the version of the repository


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """The files of one model in a repository of the hub; several where it is split."""

    repository: str  # owner/name
    files: tuple[str, ...]  # paths in the repository

    @property
    def key(self) -> str:
        """A name for it that is good for a folder."""
        first = self.files[0].removesuffix(SUFFIX)
        return f"{self.repository}/{first}".replace("/", "--")

    @property
    def address(self) -> str:
        """`owner/name/file`, as a person says it."""
        return f"{self.repository}/{self.files[0]}"


def parse_address(address: str) -> HubModel:
    """The model at `owner/name/file.gguf`, or at that file's address in a browser. Raises `UnknownModel`."""
    owner, _, rest = address.removeprefix("https://huggingface.co/").partition("/")
    name, _, file = rest.partition("/")
    repository, file = f"{owner}/{name}", _BROWSED.sub("", file)
    steps = file.split("/")
    if (
        not _REPOSITORY.fullmatch(repository)
        or not all(_STEP.fullmatch(step) for step in steps)
        or not file.endswith(SUFFIX)
    ):
        raise UnknownModel(
            f"No model is called {address!r} in the catalogue.",
            hint="'legwork models recommend' lists what there is. Any other of the hub is named by its file: "
            f"owner/name/file{SUFFIX}.",
        )
    folder = "".join(f"{step}/" for step in steps[:-1])
    return HubModel(repository=repository, files=tuple(f"{folder}{part}" for part in all_parts(steps[-1])))
