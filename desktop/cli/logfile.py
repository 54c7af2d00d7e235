"""The log: one rotating file in the data folder. It holds what the program did, no text of documents and no secrets."""

import logging
import logging.handlers
from typing import Final

from desktop.paths import Paths

_BYTES: Final = 1_000_000
_OLDER_FILES: Final = 3


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
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("desktop").setLevel(logging.INFO)
    logging.raiseExceptions = False  # a full disk must not print tracebacks from the log over the live line


def stop_log() -> None:
    """Close the log file and forget it."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, (logging.handlers.RotatingFileHandler, logging.NullHandler)):
            root.removeHandler(handler)
            handler.close()
