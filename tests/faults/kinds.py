"""What a person may ask for in a torture run: a line in `KINDS` for each kind of task.

The model that answers at once (`instant_model`) has to be able to serve it: with whatever fits the schema, or with what
it was asked.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from desktop.engine import Input, TaskRequest


def ships(first: int, count: int) -> str:
    """A sentence for each ship."""
    numbers = range(first, first + count)
    return " ".join(f"Ship {n} left the harbour on day {n} with {n * 3} tons of coal." for n in numbers)


_MODES: Final = {
    "summarise": "Summarise this in {n} points",
    "answer": "Who left the harbour on day {n}?",
    "extract": "Extract the ship and its cargo",
}
_FIELDS: Final = "ship:number, day:number, cargo:text"
LOG: Final = "log.txt"
"""The file in each folder that is given to an assistant."""

LOGS: Final = (ships(1, 3), ships(1, 60))
"""What it holds: so little that it is read at once, or so much that a part of the task may be handed over."""

_ERRAND: Final = {"tools": "list_files, read_file, write_file", "budget": "7 turns"}


@dataclass(frozen=True, slots=True)
class Asking:
    """Draws requests; `folder` is for files."""

    chance: random.Random
    folder: Path

    def request(self) -> TaskRequest:
        """A request of a kind that is drawn by its weight."""
        kinds = tuple(KINDS)
        (kind,) = self.chance.choices(kinds, [KINDS[kind][0] for kind in kinds])
        return TaskRequest(kind=kind, priority=self.chance.randint(0, 9), **KINDS[kind][1](self))

    def documents(self) -> dict[str, Any]:
        """Up to four documents, and one of the modes."""
        mode = self.chance.choice(tuple(_MODES))
        return {
            "goal": _MODES[mode].format(n=self.chance.randint(2, 9)),
            "inputs": tuple(self.text(number) for number in range(self.chance.randint(1, 4))),
            "options": {"mode": mode} | ({"fields": _FIELDS} if mode == "extract" else {}),
        }

    def code(self) -> dict[str, Any]:
        """A program, which the model gets wrong, so that it is tried and mended until nothing is left to try."""
        goal = f"Write a function more(number) that adds {self.chance.randint(2, 9)} to a number."
        return {"goal": goal, "options": {"entry_point": "more"}}

    def research(self) -> dict[str, Any]:
        """A question about up to three documents; the web is off."""
        return {
            "goal": f"Which ship left the harbour on day {self.chance.randint(2, 9)}, and with how much coal?",
            "inputs": tuple(self.text(number) for number in range(self.chance.randint(1, 3))),
            "options": {"depth": self.chance.choice(("quick", "normal"))},
        }

    def assistant(self) -> dict[str, Any]:
        """An errand in a folder of its own, in which it may write, or has to ask."""
        folder = self.folder / f"given-{self.chance.getrandbits(40):010x}"
        folder.mkdir()
        (folder / LOG).write_text(self.chance.choice(LOGS))
        policy = self.chance.choice(({}, {"policy": {"write_file": "allow"}}))
        return {
            "goal": "Write down which ships left the harbour.",
            "inputs": (Input(path=str(folder)),),
            "options": _ERRAND | policy,
        }

    def text(self, number: int) -> Input:
        """A text, a file, or a file that holds none."""
        first = self.chance.randrange(1000)
        count = self.chance.choice((0, 3, 30, 150))
        text = ships(first, count)
        if text and self.chance.random() < 0.5:
            return Input(name=f"{number}.txt", text=text)
        path = self.folder / f"{first}-{count}.txt"
        path.write_text(text)
        return Input(path=str(path))


KINDS: Final[Mapping[str, tuple[int, Callable[[Asking], dict[str, Any]]]]] = {
    "documents": (4, Asking.documents),
    "research": (2, Asking.research),
    "assistant": (3, Asking.assistant),
    "code": (1, Asking.code),  # each takes a dozen runs in the sandbox
}
"""How often each is drawn, and what it asks for."""
