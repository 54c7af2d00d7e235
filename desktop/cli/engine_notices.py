"""What the engine that runs on a data folder wants a person to know, said beside what was asked for."""

import contextlib
from typing import Final

from desktop.api.announcement import read_announcement
from desktop.api.ownership import is_owned
from desktop.cli.terminal import Terminal, one_line
from desktop.paths import Paths

_SECONDS: Final = 2.0
"""A list does not wait longer for an engine that is busy."""


def say_notices(paths: Paths, terminal: Terminal) -> None:
    """One line on standard error for each notice; nothing where no engine runs, or it does not answer."""
    announcement = read_announcement(paths.engine)
    if announcement is None or not is_owned(paths, wait_seconds=0):
        return
    from desktop.api.client import RunningEngine  # no list of an engine that rests needs the HTTP client
    from desktop.api.errors import HandoverFailed

    with contextlib.suppress(HandoverFailed):
        for notice in RunningEngine(announcement, _SECONDS).notices():
            terminal.say(one_line(f"! {notice}"))
