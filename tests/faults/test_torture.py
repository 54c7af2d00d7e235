"""Random tasks, random steering and kill -9 again and again; and that the instrument notices what it is there for."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.conftest import ROOT

KILLS = 25
KILLS_OF_A_MUTANT = 5
DRAWS = 4
SEED_OF_WRITERS, SEED_OF_CRASHES = 5, 42
"""One draws assistants that write, the other ends that fall into commits."""


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


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("mutation", "seed_of_it", "complaint"),
    [
        ("results are forgotten", SEED_OF_WRITERS, "items are said to be finished, the journal has 0"),
        ("the journal is not read", SEED_OF_WRITERS, "were left to do"),
        ("nobody is asked", SEED_OF_WRITERS, "nobody allowed"),
        ("intents are not noted", SEED_OF_WRITERS, "1 times, by the journal 0 times"),
        ("result and event apart", SEED_OF_CRASHES, "items are said to be finished, the journal has"),
        ("everything is done twice", SEED_OF_WRITERS, "was executed 2 times"),
        ("accepted before it is kept", SEED_OF_WRITERS, "was accepted and is lost|was said to be"),
        ("files are cut short", SEED_OF_WRITERS, "is not what the result says"),
    ],
)
def test_a_defect_is_noticed(mutation: str, seed_of_it: int, complaint: str) -> None:
    seen: list[str] = []
    for seed in range(seed_of_it, seed_of_it + DRAWS):  # a kill at the right moment is a matter of luck
        seen += torture(KILLS_OF_A_MUTANT, seed, mutation)["faults"]
        if any(re.search(complaint, fault) for fault in seen):
            return
    raise AssertionError(seen)
