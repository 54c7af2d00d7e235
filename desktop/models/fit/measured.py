"""What loads took on this machine, over what was expected of them: kept in a file, so that estimates get better."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec

logger = logging.getLogger(__name__)

FILE: Final = "measured_loads.json"
LEAST_FACTOR: Final = 0.8
MOST_FACTOR: Final = 1.5
"""What lies outside was disturbed: by memory that was swapped out, or by others."""

Factor = Annotated[float, msgspec.Meta(ge=LEAST_FACTOR, le=MOST_FACTOR)]


class MeasuredLoads:
    """The factors by model, in a folder (None: in memory only). A file that can't be read or written counts as none."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = None if folder is None else folder / FILE
        self._factors: dict[str, float] = dict(self._read())

    def factor(self, model: str) -> float:
        """By which the estimate for a model is to be multiplied; 1 before it was ever loaded."""
        return self._factors.get(model, 1.0)

    def learn(self, model: str, *, expected: int, measured: int) -> None:
        """A load was expected to take so many bytes, by the plain estimate, and took others. News counts by half."""
        if expected <= 0 or measured <= 0:
            return
        told = min(max(measured / expected, LEAST_FACTOR), MOST_FACTOR)
        before = self._factors.get(model)
        self._factors[model] = told if before is None else (before + told) / 2
        self._write()

    def _read(self) -> Mapping[str, float]:
        if self._path is None:
            return {}
        with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Factor])
        return {}

    def _write(self) -> None:
        if self._path is None:
            return
        try:
            self._path.write_bytes(msgspec.json.format(msgspec.json.encode(self._factors)))
        except OSError as error:
            logger.info("what a load took can't be remembered: %s", error)
