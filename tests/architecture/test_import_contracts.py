"""Every import contract is broken on purpose in a copy: a contract that nobody has seen fail protects nothing."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.checkout import PROJECT

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# contract, module that breaks it, what it should not import
BREACHES = [
    ("Imports point downwards", "engine/lifecycle.py", "desktop.agents"),
    ("Imports point downwards", "agents/__init__.py", "desktop.store"),
    ("Imports point downwards", "store/__init__.py", "desktop.models"),
    ("Imports point downwards", "tools/__init__.py", "desktop.notify"),
    ("Imports point downwards", "store/__init__.py", "desktop.paths"),
    ("Imports point downwards", "settings.py", "desktop.api"),
    ("Imports point downwards", "ui/__init__.py", "desktop.api"),
    ("Imports point downwards", "api/__init__.py", "desktop.headless"),
    ("Imports point downwards", "ui/__init__.py", "desktop.app"),
    ("Qt stays in the window", "engine/lifecycle.py", "PySide6.QtCore"),
    ("Qt stays in the window", "api/__init__.py", "shiboken6"),
    ("Qt stays in the window", "store/__init__.py", "qtawesome"),
    ("Qt stays in the window", "headless.py", "desktop.app"),
    ("The command line reaches Qt only through the application", "cli/__init__.py", "PySide6.QtWidgets"),
    ("Only the application joins Qt's loop with asyncio's", "ui/__init__.py", "qasync"),
    ("Only the store knows the database", "engine/journal.py", "peewee"),
    ("Only the store knows the database", "api/__init__.py", "apsw"),
    ("Only the store knows the database", "headless.py", "playhouse.apsw_ext"),
    ("Only the models package knows a runtime", "agents/__init__.py", "xllamacpp"),
    ("Only the models package knows a runtime", "cli/__init__.py", "ctransformers"),
    ("Only the models package knows a runtime", "api/__init__.py", "huggingface_hub"),
    ("The window knows models by the engine's port alone", "ui/__init__.py", "desktop.models"),
    ("Only the notify package knows the desktop's notifications", "ui/__init__.py", "plyer"),
    ("Only the power package knows how a machine is kept awake", "notify/__init__.py", "wakepy"),
    ("Only the notify package knows mail servers and the keyring", "ui/__init__.py", "keyring"),
    ("Only the notify package knows mail servers and the keyring", "engine/outbox.py", "aiosmtplib"),
    ("Only the tools package knows MCP's SDK", "agents/__init__.py", "mcp"),
    ("Only the tools package knows MCP's SDK", "ui/__init__.py", "mcp_types"),
    ("The engine and the agents open no sockets", "engine/scheduler.py", "aiohttp"),
    ("The engine and the agents open no sockets", "agents/__init__.py", "socket"),
    ("Imports point downwards", "outbound/__init__.py", "desktop.tools"),
    ("Imports point downwards", "agents/__init__.py", "desktop.outbound"),
    ("Requests to addresses that others chose leave by one function", "tools/__init__.py", "aiohttp"),
    ("Requests to addresses that others chose leave by one function", "notify/http_post.py", "requests"),
    ("The engine is entered by its front door", "store/__init__.py", "desktop.engine.lifecycle"),
    ("The engine is entered by its front door", "agents/__init__.py", "desktop.engine.journal"),
]


def lint_imports(folder: Path) -> tuple[int, str]:
    """The exit code and the output of import-linter over the package in a folder."""
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts in a folder of their own."""
    shutil.copytree(PROJECT / "desktop", tmp_path / "desktop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def contract_names() -> set[str]:
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return {contract["name"] for contract in contracts}


def test_the_contracts_hold(copy: Path) -> None:
    code, output = lint_imports(copy)
    assert code == 0, output


@pytest.mark.parametrize(("contract", "module", "imported"), BREACHES)
def test_a_contract_catches_its_breach(copy: Path, contract: str, module: str, imported: str) -> None:
    with (copy / "desktop" / module).open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")
    code, output = lint_imports(copy)
    assert code == 1
    assert f"{contract} BROKEN" in output


def test_a_package_that_no_layer_names_is_noticed(copy: Path) -> None:
    (copy / "desktop" / "stray.py").write_text('"""A module without a layer."""\n', encoding="utf-8")
    code, output = lint_imports(copy)
    assert code == 1
    assert "stray" in output


def test_every_contract_is_broken_by_some_breach() -> None:
    assert contract_names() == {contract for contract, _, _ in BREACHES}
