"""Counts what a run uses, while it does."""

from dataclasses import dataclass, field, replace

from desktop.engine.inference import LoadedModel
from desktop.engine.plan import Activity
from desktop.engine.ports import Clock
from desktop.engine.usage import Usage


@dataclass(slots=True, kw_only=True)
class Stopwatch:
    """Seconds in which at least one of several is at it."""

    clock: Clock
    _seconds: float = 0.0
    _at_it: int = 0
    _since: float = 0.0

    @property
    def seconds(self) -> float:
        """Until now."""
        return self._seconds + (self.clock.monotonic() - self._since if self._at_it else 0.0)

    def enter(self) -> None:
        """One more is at it."""
        if not self._at_it:
            self._since = self.clock.monotonic()
        self._at_it += 1

    def leave(self) -> None:
        """One of them is not any more."""
        self._seconds, self._since = self.seconds, self.clock.monotonic()
        self._at_it -= 1


@dataclass(slots=True, kw_only=True)
class UsageMeter:
    """Adds up what all questions of a run cost, on top of what its earlier sittings did."""

    clock: Clock
    earlier: Usage = field(default_factory=Usage)
    _ran_on: tuple[LoadedModel, ...] = ()
    _prompt: int = 0
    _cached: int = 0
    _output: float = 0.0
    _peak: int = 0
    _watches: dict[Activity, Stopwatch] = field(init=False)

    def __post_init__(self) -> None:
        self._watches = {each: Stopwatch(clock=self.clock) for each in (Activity.READING, Activity.WRITING)}

    def restore(self, earlier: Usage) -> None:
        """Go on from what earlier sittings of the same run used."""
        self.earlier, self._ran_on = earlier, earlier.ran_on

    def load(self, loaded: LoadedModel) -> None:
        """The run uses the model as it is loaded now."""
        way = _way(loaded)
        self._ran_on = (*(each for each in self._ran_on if _way(each) != way), loaded)

    def move(self, before: Activity, after: Activity) -> None:
        """A question goes from one activity to another."""
        if before in self._watches:
            self._watches[before].leave()
        if after in self._watches:
            self._watches[after].enter()

    def count(self, prompt: int, cached: int, output: float) -> None:
        """So many tokens more of prompts, found in the cache, and written; or fewer, where too many were counted."""
        self._prompt += prompt
        self._cached += cached
        self._output += output

    def see_memory(self, held: int) -> None:
        """The runtime's process holds so many bytes now."""
        self._peak = max(self._peak, held)

    def usage(self) -> Usage:
        """All of it, as it stands."""
        before = self.earlier
        return Usage(
            ran_on=self._ran_on,
            prompt_tokens=before.prompt_tokens + self._prompt,
            cached_tokens=before.cached_tokens + self._cached,
            output_tokens=before.output_tokens + round(self._output),
            reading_seconds=before.reading_seconds + self._watches[Activity.READING].seconds,
            writing_seconds=before.writing_seconds + self._watches[Activity.WRITING].seconds,
            peak_memory=max(before.peak_memory, self._peak),
        )


def _way(loaded: LoadedModel) -> LoadedModel:
    """What makes a difference of how a model is loaded: not how much memory was free, nor how that is put."""
    return replace(loaded, fit="", reason="", lacks=(), gpu_memory=0, gpu_total=0)
