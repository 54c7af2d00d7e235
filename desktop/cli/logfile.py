"""The log: one rotating file in the data folder. It holds what the program did, no text of documents and no secrets.

It is written on a thread of its own, so that no disk that hangs holds up who only has something to say.
"""

import logging
import logging.handlers
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from desktop.paths import Paths

_BYTES: Final = 1_000_000
_OLDER_FILES: Final = 3
_STOP_SECONDS: Final = 2.0
"""How long the end of the program waits for the last lines."""


class _Log(logging.handlers.QueueHandler):
    """Hands each record to the thread that writes it."""

    def __init__(self, writer: logging.Handler) -> None:
        super().__init__(SimpleQueue[Any]())
        self._writer = writer
        self._listener = logging.handlers.QueueListener(self.queue, writer)
        self._listener.start()

    def close(self) -> None:
        """Write what is left, unless the disk hangs."""
        stopping = Thread(target=self._listener.stop, name="log-end", daemon=True)
        stopping.start()
        stopping.join(_STOP_SECONDS)
        if not stopping.is_alive():
            self._writer.close()
        super().close()


def start_log(paths: Paths) -> None:
    """Send the log to its file. Where that can't be written nothing is logged: the command itself says what's wrong."""
    root = logging.getLogger()
    try:
        paths.log.parent.mkdir(mode=0o700, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            paths.log, maxBytes=_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", delay=True
        )
        paths.log.touch(mode=0o600)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root.addHandler(_Log(handler))
    root.setLevel(logging.WARNING)
    logging.getLogger("desktop").setLevel(logging.INFO)
    logging.raiseExceptions = False  # a full disk must not print tracebacks from the log over the live line


def stop_log() -> None:
    """Close the log file and forget it."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _Log):
            root.removeHandler(handler)
            handler.close()
