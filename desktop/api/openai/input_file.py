"""A file that comes in a request itself, in base64."""

import base64
import binascii
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from desktop.api.openai.response_body import FilePart
from desktop.api.uploads import safe_name
from desktop.engine import InvalidRequest

_PLAIN_TEXT: Final = frozenset({"", ".log", ".markdown", ".md", ".text", ".txt"})
"""Ends of names whose files say all in their text; the others have a reader of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file's name, one path component that is safe to use, and its content."""

    name: str
    content: bytes

    @property
    def text(self) -> str | None:
        """The content as text; None where it is none."""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text.removeprefix("\ufeff")

    @property
    def plain_text(self) -> str | None:
        """The content where it can be read just as it stands; None where a reader has to open the file."""
        return self.text if PurePosixPath(self.name).suffix.lower() in _PLAIN_TEXT else None


def input_file(part: FilePart) -> InputFile:
    """The file of a part. Raises `InvalidRequest`."""
    media_type, encoded = "", part.file_data
    if encoded.startswith("data:"):
        head, _, encoded = encoded.partition(",")
        media_type = head.removeprefix("data:").partition(";")[0]
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(
            f"The content of the file {part.filename!a} is not in base64; nothing was started.",
            hint="Put the file's bytes into `file_data` in base64, by themselves or as a data URL.",
        ) from error
    return InputFile(name=safe_name(part.filename or "", media_type), content=content)
