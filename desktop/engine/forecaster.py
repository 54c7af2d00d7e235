"""What a task is going to take, from its outline and from what earlier tasks took."""

from collections.abc import Iterable, Sequence

from desktop.engine.estimate import (
    UNKNOWN_RATIO,
    Ratio,
    after,
    first_estimate,
    load_estimate,
    measured_ratio,
    nominal_seconds,
)
from desktop.engine.line import Load, Sort
from desktop.engine.model_desk import ModelDesk
from desktop.engine.plan import Estimate, PlannedStep
from desktop.engine.ports import Store
from desktop.engine.task import Task, TaskRequest


class Forecaster:
    """Keeps the ratios of each kind of task on each model at hand."""

    def __init__(self, store: Store, desk: ModelDesk) -> None:
        self._store = store
        self._desk = desk
        self._ratios: dict[tuple[str, str], Ratio] = {}  # by the model's name
        self._latest: dict[tuple[str, str | None], Ratio] = {}  # by the model that requests name

    async def ratio(self, request: TaskRequest) -> Ratio:
        """Real seconds for each nominal one, by the latest runs of this kind on this model. Raises `UnknownModel`."""
        key = request.kind, self._desk.open_for(request).model.info.name
        if key not in self._ratios:
            self._ratios[key] = measured_ratio(await self._store.measurements(*key))
        ratio = self._latest[request.kind, request.model] = self._ratios[key]
        return ratio

    def forget(self, kind: str) -> None:
        """There is a new measurement of this kind of task: look its ratios up again."""
        self._ratios = {key: ratio for key, ratio in self._ratios.items() if key[0] != kind}

    def planned_seconds(self, request: TaskRequest, outline: Sequence[PlannedStep]) -> float:
        """Nominal seconds of an outline on the model that the request names. Raises `UnknownModel`."""
        size = self.model_size(request)
        return sum(nominal_seconds(step.work, size) for step in outline)

    def model_size(self, request: TaskRequest) -> int:
        """Bytes of the model that the request names. Raises `UnknownModel`."""
        return self._desk.open_for(request).model.info.size

    def own_estimate(self, task: Task) -> Estimate:
        """How long the rest of a task will run once it does, by the ratio that was looked up last.

        Asked for the whole line several times a second: it looks for no file, and the model may be gone.
        """
        left = task.planned_seconds * (1 - task.progress.fraction)
        return first_estimate(left, self._last_ratio(task.request.kind, task.request.model))

    def load_estimate(self, sort: Sort, load: Load) -> Estimate:
        """How long the queued tasks of that sort will run together, as `own_estimate` says it for one."""
        return first_estimate(load.planned_seconds, self._last_ratio(sort.kind, sort.model))

    def _last_ratio(self, kind: str, model: str | None) -> Ratio:
        return self._latest.get((kind, model), UNKNOWN_RATIO)

    def queue_estimates(self, running: Iterable[Task], queued: Iterable[Task]) -> list[Estimate]:
        """How long each queued task will take until its end, in the order given; waiting included.

        So is loading a model, where it was loaded before and is not now, or the task ahead is for another one.
        """
        ahead = [task.estimate or self.own_estimate(task) for task in running]
        estimates: list[Estimate] = []
        at_hand = self._desk.loaded
        for task in queued:
            path = self._desk.path(task.request)
            if path is not None and path not in at_hand:
                ahead.append(load_estimate(self._desk.load_seconds(path)))
                at_hand = frozenset((path,))
            estimates.append(after(ahead, self.own_estimate(task)))
            ahead = [estimates[-1]]
        return estimates
