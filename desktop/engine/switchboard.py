"""Puts questions from outside of any task through to a model, in one line with the questions of the tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from desktop.engine.identifiers import TaskId
from desktop.engine.inference import Answer, Prompt, Sign
from desktop.engine.model_call import ItemInFlight, ModelCall
from desktop.engine.model_desk import ModelDesk
from desktop.engine.ports import Clock
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.token_meter import TokenMeter
from desktop.engine.usage_meter import UsageMeter

SOMEBODY_WAITS: Final = 10
"""The priority of a question whose asker waits for every word: higher than any that a task can have."""

_NO_TASK: Final = TaskId("")


@dataclass(slots=True, eq=False, kw_only=True)
class OverheardCall(ModelCall):
    """A question whose signs its asker hears too."""

    on_sign: Callable[[Sign], None]

    def hear(self, sign: Sign) -> None:
        """Take in what the model lets hear, and pass it on."""
        ModelCall.hear(self, sign)
        self.on_sign(sign)


class Switchboard:
    """Asks models for those who wait for the answer."""

    def __init__(self, desk: ModelDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    async def ask(self, name: str | None, prompt: Prompt, on_sign: Callable[[Sign], None]) -> Answer:
        """The answer of the model of that name. A question under way is not disturbed: this one gets the next slot."""
        model = self._desk.open(name)
        await model.load()
        call = OverheardCall(
            item=ItemInFlight(),
            meter=TokenMeter(clock=self._clock),
            life=SignsOfLife(),
            usage=UsageMeter(clock=self._clock),
            on_sign=on_sign,
        )
        return await model.answer(prompt, call, SOMEBODY_WAITS, _NO_TASK)
