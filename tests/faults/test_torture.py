"""Random tasks, random steering and kill -9 again and again; and that the instrument notices what it is there for."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.conftest import ROOT

KILLS = 25
KILLS_OF_A_MUTANT = 5
SEED_OF_MUTANTS = 5


def torture(kills: int, seed: int, mutation: str = "") -> dict[str, Any]:
    """What a torture run found."""
    words = ("--kills", str(kills), "--seed", str(seed), "--mutation", mutation)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.torture", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.stdout, done.stderr
    row: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == int(bool(row["faults"]))
    return row


@pytest.mark.timeout(300)
def test_nothing_is_lost_torn_or_done_twice(seed: int) -> None:
    row = torture(KILLS, seed)
    assert row["faults"] == [], row
    assert row["kills"] == KILLS
    assert row["ended"].get("completed", 0) > 0
    assert row["interrupted"] > 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("mutation", "complaint"),
    [
        ("results are forgotten", "items are said to be finished, the journal has 0"),
        ("the journal is not read", "were left to do"),
        ("nobody is asked", "nobody allowed"),
        ("intents are not noted", "1 times, by the journal 0 times"),
        ("result and event apart", "items are said to be finished, the journal has"),
        ("everything is done twice", "was executed 2 times"),
        ("accepted before it is kept", "was accepted and is lost"),
        ("files are cut short", "is not what the result says"),
    ],
)
def test_a_defect_is_noticed(mutation: str, complaint: str) -> None:
    faults = torture(KILLS_OF_A_MUTANT, SEED_OF_MUTANTS, mutation)["faults"]
    assert any(complaint in fault for fault in faults), faults
