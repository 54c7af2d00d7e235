"""How far a run has come, kept up to date by its steps and by every piece of text that the model writes."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from desktop.engine.estimate import nominal_seconds
from desktop.engine.plan import PlannedStep, Progress, StepProgress, StepStatus, Work
from desktop.engine.ports import Clock

CHARACTERS_PER_TOKEN = 4.0
"""A token of prose, roughly: only for what is being written; a finished answer brings its own count."""

SPEED_WINDOW = 5.0
"""Seconds over which tokens per second are counted."""

UNFINISHED_LIMIT = 0.95
"""How much of an item the tokens written so far may stand for at most, until it is finished."""


@dataclass(slots=True)
class _LiveStep:
    shown: StepProgress
    started: float | None = None  # monotonic, while running
    in_flight: int = 0
    written: float = 0.0  # tokens written for items that are not finished


@dataclass(slots=True)
class ProgressTracker:
    """The progress of one run. Counts only; records nothing."""

    clock: Clock
    model_size: int
    _steps: dict[str, _LiveStep] = field(default_factory=dict)
    _highest: float = 0.0
    _tokens: float = 0.0
    _pieces: deque[tuple[float, float]] = field(default_factory=deque)

    def restore(self, progress: Progress) -> None:
        """Go on from the progress of an earlier part of the same run."""
        for step in progress.steps:
            status = StepStatus.PENDING if step.status is StepStatus.RUNNING else step.status
            self._steps[step.name] = _LiveStep(replace(step, status=status))
        self._highest, self._tokens = progress.fraction, progress.tokens

    def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Take a plan, or a revised one. Steps that started keep what they did, also where the plan forgot them."""
        known, self._steps = self._steps, {}
        for step in steps:
            live = known.pop(step.name, None) or _LiveStep(_pending(step))
            live.shown = replace(live.shown, title=step.title, work=step.work, total=step.total, unit=step.unit)
            self._steps[step.name] = live
        kept = {name: live for name, live in known.items() if live.shown.status is not StepStatus.PENDING}
        self._steps = kept | self._steps

    def start(self, name: str, total: int | None = None) -> None:
        """A step begins, or goes on; `total` corrects its number of items."""
        live = self._steps.setdefault(name, _LiveStep(_pending(PlannedStep(name=name, title=name, work=Work()))))
        live.started = self.clock.monotonic()
        live.shown = replace(live.shown, status=StepStatus.RUNNING, total=live.shown.total if total is None else total)

    def count(self, name: str, done: int) -> None:
        """That many items of the step are done."""
        live = self._steps[name]
        live.shown = replace(live.shown, done=done)

    def enter_item(self, name: str) -> None:
        """An item of the step is being worked on."""
        self._steps[name].in_flight += 1

    def leave_item(self, name: str) -> None:
        """An item of the step is no longer being worked on; what was written for it no longer counts by itself."""
        live = self._steps[name]
        live.written *= (live.in_flight - 1) / live.in_flight
        live.in_flight -= 1

    def stop(self, name: str, status: StepStatus) -> float:
        """The step ends with that status; returns the seconds that it ran in all."""
        live = self._steps[name]
        done = live.shown.total if status is StepStatus.DONE else live.shown.done
        live.shown = replace(live.shown, status=status, done=done, seconds=self._seconds(live))
        live.started = None
        return live.shown.seconds

    def hear(self, name: str, characters: int) -> None:
        """The model wrote that many characters for a step."""
        tokens = characters / CHARACTERS_PER_TOKEN
        self._tokens += tokens
        self._pieces.append((self.clock.monotonic(), tokens))
        if name in self._steps:
            self._steps[name].written += tokens

    def correct(self, characters: int, tokens: int) -> None:
        """An answer of `characters` turned out to have that many tokens."""
        self._tokens += tokens - characters / CHARACTERS_PER_TOKEN

    def fractions(self) -> list[float]:
        """How much of each step is done, 0 to 1, in the order of the plan."""
        return [_fraction(live) for live in self._steps.values()]

    def snapshot(self) -> Progress:
        """The progress as it is now."""
        steps = tuple(replace(live.shown, seconds=self._seconds(live)) for live in self._steps.values())
        nominal = [nominal_seconds(step.work, self.model_size) for step in steps]
        total = sum(nominal)
        done = sum(n * f for n, f in zip(nominal, self.fractions(), strict=True))
        self._highest = max(self._highest, min(done / total, 1.0) if total else 0.0)
        return Progress(
            fraction=self._highest, steps=steps, tokens=max(round(self._tokens), 0), tokens_per_second=self._speed()
        )

    def _seconds(self, live: _LiveStep) -> float:
        running = 0.0 if live.started is None else self.clock.monotonic() - live.started
        return live.shown.seconds + running

    def _speed(self) -> float:
        now = self.clock.monotonic()
        while self._pieces and self._pieces[0][0] < now - SPEED_WINDOW:
            self._pieces.popleft()
        if not self._pieces:
            return 0.0
        return sum(tokens for _, tokens in self._pieces) / max(now - self._pieces[0][0], 1.0)


def _pending(step: PlannedStep) -> StepProgress:
    return StepProgress(name=step.name, title=step.title, work=step.work, total=step.total, unit=step.unit)


def _fraction(live: _LiveStep) -> float:
    step = live.shown
    if step.status is StepStatus.DONE:
        return 1.0
    total = max(step.total, 1)
    finished = min(step.done / total, 1.0)
    if not step.work.output_tokens:
        return finished
    expected_an_item = step.work.output_tokens / total
    unfinished = min(live.written / expected_an_item, live.in_flight * UNFINISHED_LIMIT)
    return min((step.done + unfinished) / total, 1.0)
