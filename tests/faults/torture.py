"""Torture: random tasks, steered at random, the application killed again and again, until all have ended.

    python -m tests.faults.torture --kills 200 --seed 1

After each kill it looks at what is on the disk (see `inspection`). Prints its figures and what did not fit as one JSON
line; the exit code is 1 where something did not. The same seed draws the same tasks, acts and moments; how far the
processes have come by then depends on the machine.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, get_args

from desktop.api.client import RunningEngine
from desktop.engine import Interrupted
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.executions import Counter
from tests.faults.image import debris, lost_files, take
from tests.faults.inspection import compare, inspect, repeated
from tests.faults.launch import Crash, Launch, Moment
from tests.faults.person import Person
from tests.faults.written import WriteCounter, misdone

INSTANT: Final = "tests.faults.instant_model:models"
PACE: Final = 0.001
LONGEST_LIFE: Final = 2.5  # seconds from the start of a process to its end from outside
MOST_OF: Final[dict[Moment, int]] = {"before_commit": 60, "within_commit": 60, "after_commit": 60, "within_file": 12}
"""Commits or files of a process that kills itself at the next one."""

MOST_REST: Final = 0.1  # seconds between two acts


class Torture:
    """One run of it. `faults` says what did not fit."""

    def __init__(self, folder: Path, seed: int, mutation: str = "") -> None:
        self.faults: list[str] = []
        self.kills: Tally[str] = Tally()
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._counter = Counter(folder / "executed")
        self._written = WriteCounter.beside(self._counter.path)
        self._application = Application(folder / "data")
        self._image = take(self._application.paths)
        self._counted = 0  # executions before the present life
        (folder / "inputs").mkdir()
        self._person = Person(random.Random(seed), folder / "inputs")  # noqa: S311 - repeatable, not secret
        self._launch = Launch(
            seed=seed, models=INSTANT, pace=PACE, executions=str(self._counter.path), mutation=mutation
        )

    def run(self, kills: int) -> None:
        """Kill it so often, then let everything come to its end."""
        with self._application:
            for number in range(kills):
                self._live(number)
            self._finish(kills)

    def figures(self) -> dict[str, Any]:
        """What happened."""
        tasks = self._image.tasks.values()
        events = [event for recorded in self._image.events.values() for _, event in recorded]
        executed = self._counter.read()
        remembered = sum(entry.is_work for entry in self._image.journal)
        return {
            "seed": self._seed,
            "kills": self.kills.total(),
            **dict(sorted(self.kills.items())),
            "tasks": len(tasks),
            "kinds": dict(sorted(Tally(f"{task.request.kind} {task.status}" for task in tasks).items())),
            "runs": sum(task.run for task in tasks),
            "ended": dict(sorted(Tally(task.status.value for task in tasks).items())),
            "acts": dict(sorted(self._person.acts.items())),
            "unanswered": self._person.unanswered,
            "interrupted": sum(isinstance(event, Interrupted) for event in events),
            "events": len(events),
            "journal": remembered,
            "executed": len(executed),
            "in_parts": sum("/" in execution.key.step for execution in executed),
            "written": len(self._written.read()),
            "executed_but_not_kept": len(executed) - remembered,
            "faults": self.faults,
        }

    def _live(self, number: int) -> None:
        """One process, from its start to its violent end."""
        crash = self._draw_crash()
        longest = LONGEST_LIFE * 3 if crash else self._chance.uniform(0.05, LONGEST_LIFE)
        self._application.launch = replace(self._launch, crash=crash, seed=self._seed + number)
        self._application.start()
        self._let_act(time.monotonic() + longest)
        if self._application.lives:
            self._application.kill()
            self.kills["from_outside"] += 1
        else:
            self._application.wait_killed()
            self.kills[crash.moment if crash else "by_itself"] += 1
        self._look(f"life {number}")

    def _draw_crash(self) -> Crash | None:
        if self._chance.random() < 0.5:
            return None
        moment = self._chance.choice(get_args(Moment))
        return Crash(moment=moment, number=self._chance.randint(1, MOST_OF[moment]))

    def _let_act(self, until: float) -> None:
        while self._application.lives and time.monotonic() < until:
            engine = self._application.engine()
            if engine is not None:
                self._person.act(engine)
            time.sleep(self._chance.uniform(0.0, MOST_REST))

    def _finish(self, number: int) -> None:
        """A life in which everything comes to its end, and that ends in order."""
        self._application.launch = replace(self._launch, seed=self._seed + number)
        engine = self._application.started()
        self._person.resume_all(engine)
        until(lambda: self._all_ended(engine) or None)
        code = self._application.stop()
        if code != 0:
            self.faults.append(f"it ended with {code}")
        self._look("the end")
        self.faults += lost_files(self._image, self._application.paths)
        self.faults += debris(self._application.paths)

    def _all_ended(self, engine: RunningEngine) -> bool:
        self._person.answer_all(engine)
        _, health = self._application.ask("GET", "/health")
        return not any(health["tasks"][status] for status in ("queued", "running", "waiting", "paused"))

    def _look(self, when: str) -> None:
        before, self._image = self._image, take(self._application.paths)
        executed = self._counter.read()
        found = [
            *inspect(self._image),
            *compare(before, self._image),
            *repeated(before, executed[self._counted :], self._image),
            *self._person.take_in(self._image),
            *misdone(self._image, self._written.read()),
        ]
        self.faults += [f"{when}: {fault}" for fault in found]
        self._counted = len(executed)


def main(words: Sequence[str]) -> int:
    """Torture it, and say how that went."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.torture", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutation", default="", help="a defect to put in, see tests/faults/mutations.py")
    given = parser.parse_args(words)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="legwork-torture-") as folder:
        torture = Torture(Path(folder), given.seed, given.mutation)
        torture.run(given.kills)
        row = torture.figures() | {"seconds": round(time.monotonic() - began, 1)}
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return int(bool(torture.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
