"""The token that programs come with. It outlives the engine, so that what a person set up once goes on working."""

import logging
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

TOKEN_BYTES: Final = 32
_CHARACTERS: Final = len(secrets.token_urlsafe(TOKEN_BYTES))


def kept_token(path: Path) -> str:
    """The token in that file; a new one where there is none, or others can read it. Raises `OSError`."""
    kept = _read(path)
    return _made(path) if kept is None else kept


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="ascii") as file:
            rights = os.fstat(file.fileno()).st_mode
            kept = file.read(_CHARACTERS + 1).strip()
    except (OSError, ValueError):  # a UnicodeDecodeError is a ValueError
        return None
    if sys.platform != "win32" and rights & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("others could read the token of the API, so there is a new one")
        return None
    return kept if len(kept) == _CHARACTERS else None


def _made(path: Path) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(token)
    partial.replace(path)
    return token
