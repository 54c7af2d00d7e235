"""Every attack in every tier, by root and by an ordinary user: nothing gets out, and the host is unharmed.

One test is a whole siege: sieges take long, and are to be laid once.
"""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from desktop.engine import Ending
from desktop.sandbox.confine import landlock_version
from tests.architecture.checkout import PROJECT
from tests.unit.sandbox.attacks import EXHAUSTING, REACHING
from tests.unit.sandbox.view import as_user, users

TIERS = ["bubblewrap", *(["landlock"] if landlock_version() else [])]
SIEGES = [*((tier, user) for tier in TIERS for user in users()), ("wasi", os.geteuid())]
CACHE = PROJECT / ".pytest_cache" / "d" / "wasi"
"""Kept from run to run: a compiler's work, and nothing else."""

Outcome = dict[str, Any]


def siege(tier: str, user: int) -> dict[str, Any]:
    """What came of all attacks."""
    command, environment = as_user(user, sys.executable, "-m", "tests.unit.sandbox.siege", tier, str(CACHE))
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert not said["obstacle"], said["obstacle"]
    return said


def reached_nothing(outcome: Outcome) -> bool:
    """It ended by itself, which shows that it had its chance."""
    return outcome["ending"] == Ending.ENDED and outcome["code"] == 0 and "OUT" not in outcome["stdout"]


def was_ended(tier: str, attack: str, outcome: Outcome) -> bool:
    """For what it took; or it gave up before anybody looked, or as there was nothing to attack."""
    expected = EXHAUSTING[attack][0]
    gave_up = outcome["ending"] == Ending.ENDED and outcome["code"] == 1
    accepted = gave_up and (tier == "wasi" or (expected is Ending.OUT_OF_DISK and "No space" in outcome["stderr"]))
    too_slow = tier == "wasi" and outcome["ending"] == Ending.OUT_OF_TIME  # on a busy machine, before anything is full
    return outcome["ending"] == expected or accepted or too_slow


def is_well(outcome: Outcome) -> bool:
    """Whether the honest program, which came after an attack, did as always."""
    return (outcome["stdout"], outcome["files"]) == ("well\n", {"sum": 2})


# What runs Python in WebAssembly is compiled first, which takes minutes on a busy machine.
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("tier", "user"), SIEGES)
def test_no_attack_gets_out_or_harms_the_host(tier: str, user: int) -> None:
    said = siege(tier, user)
    outcomes = said["outcomes"]
    assert set(outcomes) == set(REACHING) | set(EXHAUSTING)
    assert {name: outcomes[name] for name in REACHING if not reached_nothing(outcomes[name])} == {}
    assert {name: outcomes[name] for name in EXHAUSTING if not was_ended(tier, name, outcomes[name])} == {}
    assert {name: outcomes[name]["after"] for name in EXHAUSTING if not is_well(outcomes[name]["after"])} == {}
    assert (said["secret"], said["unchanged"], said["in_folder"]) == ("secret", True, ["secret", "socket"])
    assert (said["running"], said["folders"]) == ([], [])
    if tier != "wasi":  # in which files can't be odd
        assert (outcomes["leave odd files"]["files"], outcomes["leave odd files"]["left_out"]) == ({"plain": 3}, True)


HARMLESS = [
    "read a file outside",
    "write a file outside",
    "follow a link out",
    "leave by dots",
    "reach a server on this machine",
    "reach an abstract socket",
    "reach a socket by its path",
    "see the processes",
    "make memory that nobody counts",
    "watch a folder",
]


def test_attacks_get_through_where_there_is_no_sandbox() -> None:
    """Else that they fail in one would prove nothing."""
    command = [sys.executable, "-m", "tests.unit.sandbox.unprotected", *HARMLESS]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert {name: told for name, told in json.loads(done.stdout).items() if "OUT" not in told} == {}
