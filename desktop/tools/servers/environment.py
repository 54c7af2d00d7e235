"""What a server's program finds in its environment: what it needs to run at all, and what the person gave it."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from desktop.tools.servers.choice import ServerChoice, check_server
from desktop.tools.servers.failure import ServerRefused

LEGWORK: Final = "LEGWORK_"
"""How the variables begin that are for Legwork alone."""
_ON_WINDOWS: Final = (
    "APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATH PATHEXT PROCESSOR_ARCHITECTURE PROGRAMDATA PROGRAMFILES "
    "SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR"
)
_ELSEWHERE: Final = (
    "HOME LANG LC_ALL LC_CTYPE LOGNAME PATH SHELL TMPDIR TZ USER XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME"
)
_USUAL: Final = frozenset((_ON_WINDOWS if sys.platform == "win32" else _ELSEWHERE).split())


def server_environment(environment: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The few variables of this process that a program needs, and those that the person gave the server.

    Nothing else: keys and passwords of other programs come that way. Nothing of Legwork's, whoever gives it.
    """
    usual = {name: value for name, value in environment.items() if name.upper() in _USUAL}
    return {name: value for name, value in (usual | dict(given)).items() if not name.upper().startswith(LEGWORK)}


def folder_of(choice: ServerChoice) -> Path:
    """The folder that the program runs in."""
    return Path(choice.cwd or "~").expanduser()


def program_of(choice: ServerChoice, environment: Mapping[str, str]) -> str:
    """The program's file: where the search path leads, or at its own path, which may begin at its folder.

    Raises `ServerRefused` where there is none.
    """
    command = choice.command.strip()
    path = Path(command).expanduser()
    search = server_environment(environment, choice.env).get("PATH")
    found = shutil.which(command, path=search) if len(path.parts) == 1 else shutil.which(str(folder_of(choice) / path))
    if found is None:
        raise ServerRefused(
            f"The tool server {choice.name} can't be started: there is no program “{command}”.",
            hint="Install it, or give the whole path of its file in the settings.",
        )
    return found


def check_startable(choice: ServerChoice, named: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Raise `ServerRefused` where the server can't be had, as far as it shows without starting or asking anybody."""
    check_server(choice, named)
    if choice.command and choice.enabled:
        program_of(choice, environment)
