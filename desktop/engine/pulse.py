"""What is done several times a second: runs are looked after, listeners hear of progress, the machine stays awake."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from desktop.engine.events import Event
from desktop.engine.forecaster import Forecaster
from desktop.engine.live_task import LiveTask
from desktop.engine.ports import Clock, Wakefulness
from desktop.engine.scheduler import Scheduler
from desktop.engine.task import TaskStatus

PULSE_SECONDS: Final = 0.25
"""How often listeners hear of progress between events."""

LINE_SHOWN: Final = 50
"""Queued tasks whose place and time are kept up to date for listeners."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """Beats as long as the engine works; `record` writes an event of a task without holding up the next beat."""

    scheduler: Scheduler
    forecaster: Forecaster
    wakefulness: Wakefulness
    clock: Clock
    record: Callable[[LiveTask, Event], None]

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.clock.sleep(PULSE_SECONDS)
            self._beat()

    def end(self) -> None:
        """Nothing is to be done any more: the machine may sleep."""
        self.wakefulness.keep_awake(False)

    def _beat(self) -> None:
        works = False
        for running in self.scheduler.running:
            if running.live.shown.status is not TaskStatus.RUNNING:  # one that is held neither moves nor stalls
                continue
            works = True
            if running.run is not None:
                for event in running.run.vigil.look():
                    self.record(running.live, event)
                running.live.announce()
        self.wakefulness.keep_awake(works)
        self.scheduler.go_on()
        self._refresh_line()

    def _refresh_line(self) -> None:
        line = self.scheduler.next_in_line(LINE_SHOWN)
        running = [running.live.task for running in self.scheduler.running]
        estimates = self.forecaster.queue_estimates(running, [live.task for live in line])
        for number, (live, estimate) in enumerate(zip(line, estimates, strict=True)):
            position = len(running) + number
            waits = self.scheduler.waits_for(live.task.task_id)
            if (position, estimate, waits) != (live.task.position, live.task.estimate, live.task.waits):
                live.show(position=position, estimate=estimate, waits=waits)
                live.announce()
