"""Every test here has one source of chance: the fixture `seed`, which `--fault-seed N` repeats."""

import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.application import Application


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The test's seed; a failing test shows it."""
    given: int | None = request.config.getoption("--fault-seed")
    chosen = secrets.randbelow(2**32) if given is None else given
    request.node.add_report_section("setup", "seed", f"repeat it with --fault-seed {chosen}")
    return chosen


@pytest.fixture
def chance(seed: int) -> random.Random:
    """The test's randomness."""
    return random.Random(seed)  # noqa: S311 - repeatable, not secret


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """The program itself on a fresh data folder; set `launch` to have it put together for the test."""
    with Application(tmp_path / "data") as made:
        yield made
