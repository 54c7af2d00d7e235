"""Legwork with a watch on its window: run as a program, it starts as `legwork` does and tells how that went.

    python -m tests.bench.watched_start BEGAN [ACTS]

BEGAN is the monotonic clock at the moment of the spawn. ACTS names a generator function (`module:function`) that goes
on with the window when it can be used; see `tests.bench.window_watch`. Without one, the window is left at once. The
watch is put on when the application has been imported, so that the program's own order of imports stays as it is.
"""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

APPLICATION: Final = "desktop.app"
SECONDS: Final = 120


def start(folder: Path, acts: str = "", seconds: float = SECONDS) -> list[str]:
    """Start Legwork on that data folder, warm and offscreen, and wait for its end; the lines that the watch printed.

    Python may keep compiled modules, as it does for whoever starts Legwork twice.
    """
    environment = os.environ | {"LEGWORK_DATA_DIR": str(folder)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", __name__, repr(time.monotonic()), *([acts] if acts else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the window did not open ({done.returncode}): {done.stderr[-2000:]}")
    return done.stdout.splitlines()


class AfterImport(MetaPathFinder):
    """Calls `then` with the module of that name as soon as it has been imported."""

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._then = then

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec, with a loader that calls `then` in the end."""
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_tell(module: ModuleType) -> None:
            execute(module)
            self._then(module)

        spec.loader.exec_module = execute_and_tell  # type: ignore[method-assign]
        return spec


def main(began: float, acts: str) -> int:
    """Start as `legwork` does; the exit code."""

    def watch(application: ModuleType) -> None:
        from tests.bench.window_watch import put_on

        put_on(application, began, acts)

    sys.meta_path.insert(0, AfterImport(APPLICATION, watch))
    from desktop.cli import main as legwork

    return legwork([])


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), "".join(sys.argv[2:])))
