"""Every attack in every tier, by root and by an ordinary user: nothing gets out, and the host is unharmed."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from desktop.engine import Ending
from desktop.sandbox.confine import landlock_version
from tests.architecture.checkout import PROJECT
from tests.unit.sandbox.attacks import EXHAUSTING, REACHING
from tests.unit.sandbox.view import as_user, users

TIERS = ["bubblewrap", *(["landlock"] if landlock_version() else [])]
SIEGES = [(tier, user) for tier in TIERS for user in users()]


@cache
def siege(tier: str, user: int) -> dict[str, Any]:
    """What came of all attacks; they are carried out once."""
    command, environment = as_user(user, sys.executable, "-m", "tests.unit.sandbox.siege", tier)
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert not said["obstacle"], said["obstacle"]
    return said


@pytest.mark.parametrize(("tier", "user"), SIEGES)
@pytest.mark.parametrize("attack", REACHING)
def test_an_attack_reaches_nothing(tier: str, user: int, attack: str) -> None:
    outcome = siege(tier, user)["outcomes"][attack]
    assert outcome["ending"] == Ending.ENDED, outcome
    assert "OUT" not in outcome["stdout"], outcome
    assert outcome["code"] == 0, outcome


@pytest.mark.parametrize(("tier", "user"), SIEGES)
@pytest.mark.parametrize("attack", EXHAUSTING)
def test_an_attack_is_ended_for_what_it_takes(tier: str, user: int, attack: str) -> None:
    outcome = siege(tier, user)["outcomes"][attack]
    full = outcome["code"] == 1 and "No space left on device" in outcome["stderr"]  # and it ended before anybody looked
    assert outcome["ending"] == EXHAUSTING[attack][0] or (full and EXHAUSTING[attack][0] is Ending.OUT_OF_DISK), outcome
    assert len(outcome["stdout"]) + len(outcome["stderr"]) <= 20_000


@pytest.mark.parametrize(("tier", "user"), SIEGES)
def test_the_next_honest_program_runs(tier: str, user: int) -> None:
    after = {name: outcome["after"] for name, outcome in siege(tier, user)["outcomes"].items() if "after" in outcome}
    assert {
        name: each for name, each in after.items() if (each["stdout"], each["files"]) != ("well\n", {"sum": 2})
    } == {}


@pytest.mark.parametrize(("tier", "user"), SIEGES)
def test_nothing_is_left_and_nothing_outside_was_touched(tier: str, user: int) -> None:
    said = siege(tier, user)
    assert (said["secret"], said["unchanged"], said["in_folder"]) == ("secret", True, ["secret", "socket"])
    assert (said["running"], said["folders"]) == ([], [])


@pytest.mark.parametrize(("tier", "user"), SIEGES)
def test_odd_files_are_left_out_and_plain_ones_handed_over(tier: str, user: int) -> None:
    outcome = siege(tier, user)["outcomes"]["leave odd files"]
    assert outcome["files"] == {"plain": 3}
    assert outcome["left_out"]
