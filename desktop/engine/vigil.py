"""Looks after a run: what moves in it, what is given up, and what is shown of its progress and time left."""

from dataclasses import dataclass, field, replace
from typing import Final

from desktop.engine.attempts import Attempts
from desktop.engine.estimate import Ratio, remaining_estimate, stalled_estimate
from desktop.engine.events import Event, TaskRevived, TaskStalled
from desktop.engine.live_task import LiveTask
from desktop.engine.model_desk import GatedModel
from desktop.engine.plan import Activity
from desktop.engine.ports import Clock
from desktop.engine.progress import ProgressTracker
from desktop.engine.stall_watch import GIVE_UP_SECONDS, StallWatch

MAY_WAIT: Final = frozenset({Activity.LOADING, Activity.WAITING, Activity.READING})
"""What a model does while a run has nothing to show, as long as the model itself shows life."""


@dataclass(slots=True, kw_only=True)
class Vigil:
    """The vigil of one run."""

    live: LiveTask
    model: GatedModel
    clock: Clock
    tracker: ProgressTracker
    attempts: Attempts
    prior: Ratio
    watch: StallWatch = field(init=False)
    _heard_before: int = 0  # what the model had let hear when the run was found stalled

    def __post_init__(self) -> None:
        self.watch = StallWatch(clock=self.clock)

    def look(self) -> tuple[Event, ...]:
        """See what moves, give up what has not for long, and bring progress and time left up to date, in memory.

        Whoever calls it, several times a second, records the events.
        """
        before = self.watch.stalled
        activity = self.tracker.activity(model_reads=self.model.reads)
        waits = activity in MAY_WAIT
        if activity is not Activity.NONE:
            self.tracker.usage.see_memory(self.model.model.memory)
        self.watch.look(self.tracker.life.count, self.model.pulse if waits else -1)
        self.tracker.leave_out(self.watch.lost)
        self.refresh()
        now = self.watch.stalled
        if before < GIVE_UP_SECONDS <= now:
            self._give_up()
        if now and not before:
            self._heard_before = self.model.heard.count
            return (self.live.event(TaskStalled, seconds=now),)
        if before and not now:
            return (self.live.event(TaskRevived, seconds=before),)
        return ()

    def _give_up(self) -> None:
        """Let go of the attempts, and of a runtime that nobody else heard anything of either."""
        silence = f"{GIVE_UP_SECONDS / 60:.0f} minutes"
        asked = self.tracker.activity() is not Activity.NONE
        if asked and self.model.heard.count == self._heard_before:
            self.model.model.drop(f"gave no sign of work for {silence}")
        self.attempts.give_up(f"Nothing moved for {silence}, and the attempt was given up.")

    def rest(self) -> None:
        """Bring the progress up to date for the last time: nothing is waited for any more."""
        self.watch = StallWatch(clock=self.clock)
        self.refresh()

    def refresh(self) -> None:
        """Bring the task's progress, usage and time left up to date, in memory."""
        progress = replace(
            self.tracker.snapshot(model_reads=self.model.reads),
            quiet_seconds=float(round(self.watch.quiet)),
            stalled_seconds=float(round(self.watch.stalled)),
        )
        size = self.model.model.info.size
        estimate = remaining_estimate(progress.steps, self.tracker.fractions(), size, self.prior)
        self.live.show(
            progress=progress,
            usage=self.tracker.usage.usage(),
            estimate=stalled_estimate(estimate, self.watch.stalled, GIVE_UP_SECONDS),
        )
