"""The power fails while the store works, at hundreds of moments of what a recorded disk was asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = 400
SEEDS = (20260301, 7)


def seen(seed: int, *words: str) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.faults.power_failure", "--seed", str(seed), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sys.stderr.write(done.stderr)
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_was_acknowledged_is_lost_and_every_image_is_sound(seed: int) -> None:
    found = seen(seed, "--images", str(IMAGES))
    assert (found["images"], found["unsound"], found["lost"]) == (IMAGES, 0, 0)


def test_the_same_look_sees_losses_where_the_disk_is_not_waited_for() -> None:
    found = seen(7, "--images", "60", "--synchronous", "normal")
    assert found["images"] == 60
    assert found["lost"] > 0
