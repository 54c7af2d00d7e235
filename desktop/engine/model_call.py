"""A question on its way through the model, and what it adds to the piece of work that it belongs to."""

from dataclasses import dataclass

from desktop.engine.inference import Answer, Sign
from desktop.engine.plan import Activity
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.token_meter import TokenMeter
from desktop.engine.usage_meter import UsageMeter

CHARACTERS_PER_TOKEN = 4.0
"""A token of prose, roughly: only for what is being written; a finished answer brings its own count."""


@dataclass(slots=True, eq=False)
class ItemInFlight:
    """An item that is being worked on, or a step without items: the tokens that the model has spent on it."""

    read: float = 0.0  # of prompts; what was found in the cache costs nothing
    written: float = 0.0


@dataclass(slots=True, eq=False)
class ModelCall:
    """A question from the moment when it stands in line: the gate and the model tell it how far it has come."""

    item: ItemInFlight
    meter: TokenMeter
    life: SignsOfLife
    usage: UsageMeter
    activity: Activity = Activity.WAITING
    _prompt: int = 0  # read so far, what was found in the cache among it
    _cached: int = 0
    _written: float = 0.0

    def begin(self) -> None:
        """It is this question's turn."""
        self.life.give()
        self._turn_to(Activity.READING)

    def hear(self, sign: Sign) -> None:
        """Take in what the model lets hear."""
        self.life.give()
        if isinstance(sign, str):
            self._turn_to(Activity.WRITING)
            tokens = len(sign) / CHARACTERS_PER_TOKEN
            self.meter.hear(tokens)
            self._count(self._prompt, self._cached, self._written + tokens)
        else:
            self._count(sign.tokens, sign.cached, self._written)

    def finish(self, answer: Answer) -> None:
        """Put what was heard right by the answer's own count."""
        self.meter.correct(answer.output_tokens - self._written)
        self._count(answer.prompt_tokens, answer.cached_tokens, answer.output_tokens)

    def end(self) -> None:
        """Nothing more comes, whether it was answered or given up."""
        self._turn_to(Activity.NONE)

    def _turn_to(self, activity: Activity) -> None:
        self.usage.move(self.activity, activity)
        self.activity = activity

    def _count(self, prompt: int, cached: int, written: float) -> None:
        self.item.read += (prompt - cached) - (self._prompt - self._cached)
        self.item.written += written - self._written
        self.usage.count(prompt - self._prompt, cached - self._cached, written - self._written)
        self._prompt, self._cached, self._written = prompt, cached, written
