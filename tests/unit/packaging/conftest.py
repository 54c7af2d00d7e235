"""The set-up scripts as modules, and a small project to set up."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"


def load(name: str) -> ModuleType:
    """A script of packaging/, which is no package, as a fresh module."""
    spec = importlib.util.spec_from_file_location(f"legwork_{name}", PACKAGING / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bootstrap() -> ModuleType:
    return load("bootstrap")


@pytest.fixture
def refresh() -> ModuleType:
    return load("refresh_constraints")
