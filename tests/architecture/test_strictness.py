"""What tests/conftest.py promises, seen to be kept by tests that break it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import PROJECT

SAMPLE = """
import logging, threading
import pytest

def test_fine():
    pass

def test_skipped():
    pytest.skip("no reason at all")

@pytest.mark.xfail(strict=True)
def test_known_fault():
    raise AssertionError

def test_noisy():
    logging.getLogger("legwork").warning("the disk is nearly full")

@pytest.mark.expected_log("nearly full")
def test_noisy_on_purpose():
    logging.getLogger("legwork").warning("the disk is nearly full")

def test_leaves_a_thread():
    threading.Thread(target=threading.Event().wait, name="left-behind", daemon=True).start()

@pytest.fixture(scope="module")
def server():
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="of-the-module")
    thread.start()
    yield
    end.set()
    thread.join()

def test_uses_a_thread_of_its_module(server):
    pass

def test_closes_what_it_starts():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
"""


def run_sample(folder: Path, **variables: str) -> str:
    """The outcome of every test of the sample, under this project's settings."""
    shutil.copy(PROJECT / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    shutil.copy(PROJECT / "tests" / "conftest.py", folder / "tests")
    (folder / "tests" / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("COV")}
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.fixture(scope="module")
def in_ci(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run_sample(tmp_path_factory.mktemp("ci"), CI="true")


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("test_fine", "PASSED"),
        ("test_skipped", "FAILED"),
        ("test_known_fault", "XFAIL"),
        ("test_noisy", "ERROR"),
        ("test_noisy_on_purpose", "PASSED"),
        ("test_leaves_a_thread", "ERROR"),
        ("test_uses_a_thread_of_its_module", "PASSED"),
        ("test_closes_what_it_starts", "PASSED"),
    ],
)
def test_each_has_its_outcome_in_continuous_integration(in_ci: str, test: str, outcome: str) -> None:
    lines = [line.split(" - ")[0] for line in in_ci.splitlines()]
    assert f"{outcome} tests/test_sample.py::{test}" in lines, in_ci
    if outcome == "PASSED":
        assert f"ERROR tests/test_sample.py::{test}" not in lines, in_ci


def test_the_complaints_name_what_was_left(in_ci: str) -> None:
    assert "left running: left-behind" in in_ci
    assert "WARNING legwork: the disk is nearly full" in in_ci


def test_at_home_a_skip_is_a_skip(tmp_path: Path) -> None:
    assert "1 skipped" in run_sample(tmp_path)
