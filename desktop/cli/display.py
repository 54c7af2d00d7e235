"""Whether there is a display to open a window on. Qt itself ends the process where it finds none."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_X_SOCKETS: Final = "/tmp/.X11-unix/X"  # noqa: S108 - where every X server listens
_X_FIRST_PORT: Final = 6000
_CONNECT_SECONDS: Final = 2.0


def find_display_problem(environment: Mapping[str, str], platform: str = sys.platform) -> str:
    """Why no window can be opened here; empty where it can."""
    if platform in ("win32", "darwin") or environment.get("QT_QPA_PLATFORM"):
        return ""
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if wayland and _wayland_answers(wayland, environment):
        return ""
    if not x11:
        return f"the display {wayland} does not answer." if wayland else "there is no display here."
    return "" if _x_answers(x11) else f"the display {x11} does not answer."


def _wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    return _connects(socket.AF_UNIX, str(Path(environment.get("XDG_RUNTIME_DIR", "/")) / name))


def _x_answers(display: str) -> bool:
    """Connect as a client would: `[HOST]:NUMBER[.SCREEN]`."""
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix"):
        path = f"{_X_SOCKETS}{number}"
        return _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, f"\0{path}")
    return _connects(socket.AF_INET, (host, _X_FIRST_PORT + int(number)))


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(_CONNECT_SECONDS)
            client.connect(address)
            return True
    except (OSError, OverflowError):
        return False
