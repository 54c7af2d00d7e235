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

_MODES: Final = {
    "summarise": "Summarise this in {n} points",
    "answer": "Who left the harbour on day {n}?",
    "extract": "Extract the ship and its cargo",
}
_FIELDS: Final = "ship:number, day:number, cargo:text"


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

    def text(self, number: int) -> Input:
        """A text, a file, or a file that holds none."""
        first = self.chance.randrange(1000)
        count = self.chance.choice((0, 3, 30, 150))
        text = " ".join(
            f"Ship {n} left the harbour on day {n} with {n * 3} tons of coal." for n in range(first, first + count)
        )
        if text and self.chance.random() < 0.5:
            return Input(name=f"{number}.txt", text=text)
        path = self.folder / f"{first}-{count}.txt"
        path.write_text(text)
        return Input(path=str(path))


KINDS: Final[Mapping[str, tuple[int, Callable[[Asking], dict[str, Any]]]]] = {
    "documents": (4, Asking.documents),
    "code": (1, Asking.code),  # each takes a dozen runs in the sandbox
}
"""How often each is drawn, and what it asks for."""
