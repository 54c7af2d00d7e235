"""What code in a sandbox may read of this machine: the system's programs, a Python, and a few packages for it."""

import importlib.metadata
import os
import shutil
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.engine import Execution, Program

PYTEST: Final = ("pytest", "iniconfig", "packaging", "pluggy", "pygments")
NUMPY: Final = ("numpy",)
SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS: Final = ("/etc/ld.so.cache", "/etc/alternatives")
"""Without them programs start more slowly, or not at all."""

SHELL: Final = "/bin/sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """A virtual environment of its own, which holds links to packages that Legwork runs on.

    Code finds pytest and numpy there and none of Legwork's other packages, so that what runs here runs elsewhere too.
    """

    folder: Path
    readable: tuple[str, ...]  # what the links lead to, and Python itself
    packages: tuple[str, ...]  # "pytest 9.2.0"

    def command(self, execution: Execution) -> tuple[str, ...]:
        """What starts the program."""
        python = str(self.folder / "bin" / "python")
        match execution.program:
            case Program.PYTHON:
                return (python, *execution.arguments)
            case Program.PYTEST:
                return (python, "-m", "pytest", "-p", "no:cacheprovider", *execution.arguments)
            case Program.SHELL:
                return (SHELL, *execution.arguments)

    def environment(self, *, home: str, temporary: str) -> dict[str, str]:
        """All of the variables that the program sees."""
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": home,
            "TMPDIR": temporary,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",  # what was printed before a limit ended it is to be seen
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }

    def remove(self) -> None:
        """Take it from the disk."""
        shutil.rmtree(self.folder, ignore_errors=True)


def make_toolbox() -> Toolbox:
    """Make one in the system's folder for temporary files. Raises `OSError`."""
    folder = Path(tempfile.mkdtemp(prefix="legwork-tools-"))
    folder.chmod(0o755)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / name / "site-packages"
    site.mkdir(parents=True)
    (folder / "bin").mkdir()
    base = Path(sys.base_prefix)
    for link in ("python", "python3"):
        (folder / "bin" / link).symlink_to(base / "bin" / name)
    (folder / "pyvenv.cfg").write_text(f"home = {base / 'bin'}\ninclude-system-site-packages = false\n")
    found = {package: _parts_of(package) for package in (*PYTEST, *NUMPY)}
    parts = [part for each in found.values() for part in each]
    for part in parts:
        (site / part.name).symlink_to(part)
    return Toolbox(
        folder=folder,
        readable=tuple(str(path) for path in (*(() if base.is_relative_to("/usr") else (base,)), *parts)),
        packages=tuple(f"{name} {importlib.metadata.version(name)}" for name in ("pytest", "numpy") if found[name]),
    )


def _parts_of(package: str) -> list[Path]:
    """What an installed package has put into the folder of packages; nothing where it is not installed."""
    try:
        files = importlib.metadata.files(package) or ()
    except importlib.metadata.PackageNotFoundError:
        return []
    site = Path(sysconfig.get_path("purelib"))
    names = sorted({file.parts[0] for file in files} - {"..", "__pycache__"})
    return [path for path in (site / name for name in names) if path.exists()]


def readable_of_system() -> tuple[str, ...]:
    """What there is of the system's programs."""
    return tuple(path for path in (*SYSTEM, *SETTINGS) if os.path.lexists(path))


def python_is_among_private_files() -> str:
    """Why the folder of this Python can't be shown to anybody; empty where it can."""
    base, home = Path(sys.base_prefix), Path.home()
    if home.is_relative_to(base):
        return f"Python is installed in {base}, together with your own files. Install it in a folder of its own."
    return ""
