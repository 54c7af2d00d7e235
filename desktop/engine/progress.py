"""How far a run has come, kept up to date by its steps and by every sign that the model gives."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from desktop.engine.estimate import nominal_seconds
from desktop.engine.model_call import ItemInFlight, ModelCall
from desktop.engine.plan import Activity, PlannedStep, Progress, StepProgress, StepStatus, Work
from desktop.engine.ports import Clock
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.spent import Spent
from desktop.engine.step_parts import with_parts
from desktop.engine.token_meter import TokenMeter
from desktop.engine.usage_meter import UsageMeter

UNFINISHED_LIMIT = 0.95
"""How much of an item the tokens read and written so far may stand for at most, until it is finished."""


@dataclass(slots=True)
class _LiveStep:
    shown: StepProgress
    started: float | None = None  # by the tracker's watch, while running
    items: set[ItemInFlight] = field(default_factory=set)


@dataclass(slots=True)
class ProgressTracker:
    """The progress of one run. Counts only; records nothing.

    Its watch stands still while the model is being loaded, while the run is held, and in time that is left out: what
    that takes has nothing to do with the run's work, and would spoil what is expected of the rest.
    """

    clock: Clock
    model_size: int
    meter: TokenMeter = field(init=False)
    life: SignsOfLife = field(default_factory=SignsOfLife)
    usage: UsageMeter = field(init=False)
    _steps: dict[str, _LiveStep] = field(default_factory=dict)
    _calls: set[ModelCall] = field(default_factory=set)
    _highest: float = 0.0
    _loads: int = 0
    _stops: int = 0  # of the watch: it goes on after the last
    _stopped_at: float = 0.0
    _left_out: float = 0.0  # seconds in which the watch stood still

    def __post_init__(self) -> None:
        self.meter = TokenMeter(clock=self.clock)
        self.usage = UsageMeter(clock=self.clock)

    def restore(self, progress: Progress) -> None:
        """Go on from the progress of an earlier part of the same run."""
        made_of_others = {step.within for step in progress.steps}  # how they stand follows from those
        for step in progress.steps:
            begins = step.status is StepStatus.RUNNING or step.name in made_of_others
            status = StepStatus.PENDING if begins else step.status
            self._steps[step.name] = _LiveStep(replace(step, status=status))
        self._highest, self.meter.total = progress.fraction, progress.tokens

    def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Take a plan, or a revised one. Steps that started keep what they did, also where the plan forgot them."""
        known, self._steps = self._steps, {}
        for step in steps:
            live = known.pop(step.name, None) or _LiveStep(_pending(step))
            live.shown = replace(
                live.shown, title=step.title, work=step.work, total=step.total, unit=step.unit, within=step.within
            )
            self._steps[step.name] = live
        kept = {name: live for name, live in known.items() if live.shown.status is not StepStatus.PENDING}
        self._steps = _nested(kept | self._steps)

    def expects(self, name: str) -> bool:
        """Whether the step is planned and not done yet."""
        live = self._steps.get(name)
        return live is not None and live.shown.status is not StepStatus.DONE

    def start(self, name: str, total: int | None = None) -> None:
        """A step begins, or goes on; `total` corrects its number of items. One that was done is done anew."""
        live = self._steps.setdefault(name, _LiveStep(_pending(PlannedStep(name=name, title=name, work=Work()))))
        live.started = self._watch()
        if live.shown.status is StepStatus.DONE:
            live.shown = replace(live.shown, done=0, reused=0)
        self.life.give()
        live.shown = replace(live.shown, status=StepStatus.RUNNING, total=live.shown.total if total is None else total)

    def count(self, name: str, done: int) -> None:
        """That many items of the step are done."""
        live = self._steps[name]
        self.life.give()
        live.shown = replace(live.shown, done=done, reused=min(live.shown.reused, done))

    def stop(self, name: str, status: StepStatus) -> float:
        """The step ends with that status; returns the seconds that it ran in all."""
        live = self._steps[name]
        done = live.shown.total if status is StepStatus.DONE else live.shown.done
        live.shown = replace(live.shown, status=status, done=done, seconds=self._seconds(live))
        live.started = None
        self.life.give()
        return live.shown.seconds

    @contextmanager
    def item(self, name: str) -> Iterator[ItemInFlight]:
        """An item of the step, or the step itself, is worked on while the block lasts."""
        item = ItemInFlight()
        items = self._steps[name].items
        items.add(item)
        self.life.give()
        try:
            yield item
        finally:
            items.remove(item)
            self.life.give()

    @contextmanager
    def call(self, item: ItemInFlight) -> Iterator[ModelCall]:
        """The model is asked something for an item while the block lasts."""
        call = ModelCall(item, self.meter, self.life, self.usage)
        self._calls.add(call)
        try:
            yield call
        finally:
            call.end()
            self._calls.remove(call)
            self.life.give()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """The model is being loaded while the block lasts."""
        self._loads += 1
        try:
            with self.standing_still():
                yield
        finally:
            self._loads -= 1

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """What passes while the block lasts counts for no step."""
        if not self._stops:
            self._stopped_at = self.clock.monotonic()
        self._stops += 1
        try:
            yield
        finally:
            self._stops -= 1
            if not self._stops:
                self._left_out += self.clock.monotonic() - self._stopped_at

    def leave_out(self, seconds: float) -> None:
        """The last seconds don't count: nothing could be done in them."""
        if not self._stops:  # else they don't count as it is
            self._left_out += seconds

    def fractions(self) -> list[float]:
        """How much of each step is done, 0 to 1, in the order of the plan."""
        return [self._fraction(live) for live in self._steps.values()]

    def snapshot(self, *, model_reads: bool = False) -> Progress:
        """The progress as it is now; `model_reads` says whether the model reads a prompt, no matter for whom."""
        steps = with_parts(replace(live.shown, seconds=self._seconds(live)) for live in self._steps.values())
        nominal = [nominal_seconds(step.work, self.model_size) for step in steps]
        total = sum(nominal)
        done = sum(n * f for n, f in zip(nominal, self.fractions(), strict=True))
        self._highest = max(self._highest, min(done / total, 1.0) if total else 0.0)
        return Progress(
            fraction=self._highest,
            steps=steps,
            tokens=max(round(self.meter.total), 0),
            tokens_per_second=self.meter.speed(),
            activity=self.activity(model_reads=model_reads),
        )

    def spent(self) -> Spent:
        """What the run has used so far: seconds of its steps, and tokens of all its questions."""
        usage = self.usage.usage()
        return Spent(
            seconds=sum(self._seconds(live) for live in self._steps.values()),
            tokens=usage.prompt_tokens - usage.cached_tokens + usage.output_tokens,
        )

    def activity(self, *, model_reads: bool = False) -> Activity:
        """What the model does for the run; all that is written waits while a prompt is read, whoever's it is."""
        activities = {call.activity for call in self._calls}
        if Activity.READING in activities:
            return Activity.READING
        if Activity.WRITING in activities and not model_reads:
            return Activity.WRITING
        if activities:
            return Activity.WAITING
        return Activity.LOADING if self._loads else Activity.NONE

    def _watch(self) -> float:
        """Monotonic seconds, without those that don't count."""
        now = self.clock.monotonic()
        return now - self._left_out - (now - self._stopped_at if self._stops else 0.0)

    def _seconds(self, live: _LiveStep) -> float:
        running = 0.0 if live.started is None else self._watch() - live.started
        return live.shown.seconds + running

    def _fraction(self, live: _LiveStep) -> float:
        step = live.shown
        if step.status is StepStatus.DONE:
            return 1.0
        total = max(step.total, 1)
        expected = nominal_seconds(step.work, self.model_size) / total
        unfinished = sum(min(self._spent(item) / expected, UNFINISHED_LIMIT) for item in live.items) if expected else 0
        return min((step.done + unfinished) / total, 1.0)

    def _spent(self, item: ItemInFlight) -> float:
        return nominal_seconds(Work(prompt_tokens=item.read, output_tokens=item.written), self.model_size)


def _nested(steps: dict[str, _LiveStep]) -> dict[str, _LiveStep]:
    """Each step followed by those within it, else in the order that there is."""
    ordered: dict[str, _LiveStep] = {}

    def add(name: str) -> None:
        ordered[name] = steps[name]
        for inner, live in steps.items():
            if live.shown.within == name:
                add(inner)

    for name, live in steps.items():
        if live.shown.within not in steps:
            add(name)
    return ordered


def _pending(step: PlannedStep) -> StepProgress:
    return StepProgress(
        name=step.name, title=step.title, work=step.work, total=step.total, unit=step.unit, within=step.within
    )
