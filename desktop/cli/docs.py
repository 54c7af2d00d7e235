"""`legwork docs`: the HTTP API on a page, for a browser, which can't send the token that `/docs` needs."""

from desktop.api.announcement import read_announcement
from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone
from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal
from desktop.engine import StorageFailed
from desktop.paths import Paths


def write_docs(paths: Paths, terminal: Terminal) -> ExitCode:
    """Write the page of the running Legwork into the data folder and print its address.

    Raises `EngineGone` where none runs, `StorageFailed` where the page can't be written.
    """
    announcement = read_announcement(paths.engine)
    if announcement is None:
        raise EngineGone(
            f"No Legwork runs on {paths.data}; nothing was written.", hint="Start 'legwork serve', and try again."
        )
    content = RunningEngine(announcement).docs()
    page = paths.data / "docs.html"
    try:
        page.write_bytes(content)
    except OSError as error:
        raise StorageFailed(
            f"The page could not be written to {page} ({error.strerror}); all else is as it was.",
            hint="See that the data folder is writable and its disk not full.",
        ) from error
    terminal.print(page.as_uri())
    return ExitCode.COMPLETED
