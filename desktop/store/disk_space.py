"""How much room there is on the disk that holds the data folder."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

from desktop.engine import StorageBlocked
from desktop.store.daemon_thread import DaemonThread
from desktop.store.failures import os_failure

_SECONDS: Final = 5.0
"""A disk that does not say in this time how full it is does not answer at all."""


class DiskSpace:
    """Implements the engine's `Space`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> str:
        """The data folder."""
        return str(self._folder)

    async def free(self) -> int:
        """How many bytes can still be written by this user."""
        thread = DaemonThread("disk-space")
        try:
            asked = asyncio.wrap_future(thread.submit(shutil.disk_usage, self._folder))
            return (await asyncio.wait_for(asked, _SECONDS)).free
        except TimeoutError:
            raise StorageBlocked(f"The disk with {self._folder} does not answer.", hint="Check the disk.") from None
        except OSError as error:
            raise os_failure(error, self._folder) from error
        finally:
            thread.end()
