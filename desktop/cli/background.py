"""An engine in the background, for a person who hands a task over and walks away.

It is `legwork serve --until-done` in a process of its own, which outlives the terminal. Any number may be started: the
data folder's lock lets one of them run, and the others end.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from desktop.api.errors import HandoverFailed
from desktop.api.ownership import is_owned
from desktop.paths import DATA_VARIABLE, Paths

PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("background_program.py")))
_LOOK_SECONDS: Final = 0.1
_MAX_LOG_BYTES: Final = 1_000_000


class BackgroundEngine:
    """Sees to it that an engine runs on the data folder."""

    def __init__(self, paths: Paths, program: tuple[str, ...] = PROGRAM) -> None:
        self._paths = paths
        self._program = program
        self.process: subprocess.Popen[bytes] | None = None
        """The one that was started here, if one was. Nobody waits for its end."""

    @property
    def log(self) -> Path:
        """What it prints; where it works, next to nothing."""
        return self._paths.log.with_name("background.log")

    def ensure(self) -> None:
        """Start one unless one runs, and return when the folder is taken. Raises `HandoverFailed` where that fails."""
        if is_owned(self._paths):
            return
        self.process = self._start()
        while not is_owned(self._paths):
            code = self.process.poll()
            if code == 0:  # another one was there, and has ended since
                self.process = self._start()
            elif code is not None:
                raise self._ended(code)
            time.sleep(_LOOK_SECONDS)

    def _start(self) -> "subprocess.Popen[bytes]":
        try:
            self.log.parent.mkdir(mode=0o700, exist_ok=True)
            with _opened_log(self.log) as log:
                return subprocess.Popen(  # noqa: S603 - our own program
                    self._program,
                    cwd=self._paths.data,  # no other folder is kept busy for as long as it lives
                    env={**os.environ, DATA_VARIABLE: str(self._paths.data)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    **_detached(),
                )
        except OSError as error:
            raise HandoverFailed(
                f"No Legwork could be started in the background ({error.strerror}). Nothing was handed over.",
                hint="'legwork serve' in another terminal does the same.",
            ) from error

    def _ended(self, code: int) -> HandoverFailed:
        return HandoverFailed(
            f"Legwork was started in the background and ended at once (exit code {code}). Nothing was handed over.",
            hint=f"What it said is at the end of {self.log}. 'legwork doctor' looks for the cause.",
        )


def _opened_log(path: Path) -> Any:
    """The end of the file, which only its owner may read; a long one is begun anew."""
    anew = path.exists() and path.stat().st_size > _MAX_LOG_BYTES
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if anew else os.O_APPEND)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _detached() -> dict[str, Any]:
    """What keeps a process alive when the terminal that started it is closed."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
