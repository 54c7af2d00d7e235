"""Whether this machine can show a notification at all."""

import shutil
import sys
from collections.abc import Mapping


def find_obstacle(environment: Mapping[str, str], platform: str = sys.platform) -> str:
    """Why no notification can be shown here, with the way out; empty where nothing stands against it."""
    if platform in ("win32", "darwin"):
        return ""
    if not shutil.which("notify-send", path=environment.get("PATH")):
        return "The program notify-send is missing; it comes with the package libnotify-bin (Debian) or libnotify."
    if not (environment.get("DBUS_SESSION_BUS_ADDRESS") or environment.get("XDG_RUNTIME_DIR")):
        return "There is no session bus here; notifications are shown where there is a desktop."
    return ""
