"""A disk of a few megabytes that is really there, and really gets full: a file system in memory of its own."""

import errno
import os
import subprocess
from io import FileIO
from pathlib import Path

import pytest

SIZE = "32m"  # a data folder on a disk with less than 16 MB of room counts as full from the start


class SmallDisk:
    """Mounted on a folder. That takes root, as which continuous integration runs; for others the test is skipped."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root may mount a disk")
        self.folder = folder
        folder.mkdir()
        self._mount("-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "legwork-test")
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("ab", buffering=0) as out:
            for size in (1 << 20, 1 << 12, 1):
                with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                    _write_on(out, bytes(size))

    def make_room(self) -> None:
        """Take away what `fill` put there."""
        self._ballast.unlink()

    def allow_only_reading(self) -> None:
        """From now on nothing can be written."""
        self._mount("-o", "remount,ro")

    def close(self) -> None:
        """Unmount it."""
        subprocess.run(["/usr/bin/env", "umount", "--lazy", self.folder], check=True)

    def _mount(self, *words: str) -> None:
        done = subprocess.run(
            ["/usr/bin/env", "mount", *words, self.folder], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"this test needs a machine on which it may mount a disk: {done.stderr}"


def _write_on(out: FileIO, content: bytes) -> None:
    while True:
        out.write(content)
