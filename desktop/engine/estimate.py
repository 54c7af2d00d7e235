"""How long it will take: planned work, at the speed that this machine has shown.

A plan's work is first turned into *nominal* seconds with a rule of thumb for the model's size. What a run really took,
divided by its nominal seconds, is its *ratio*. Earlier runs of the same kind on the same model give the ratio to expect
and how far it strays; the run itself replaces that expectation as it goes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from desktop.engine.plan import Estimate, StepProgress, StepStatus, Work
from desktop.engine.ports import Measurement

READ_BYTES_PER_SECOND = 8e9
"""Memory bandwidth that a modest machine has: every token that is written reads the whole model once."""

PROMPT_SPEEDUP = 4.0
"""Prompts are read in batches, some times faster than answers are written."""

PRIOR_WEIGHT = 0.1
"""What earlier runs count for in a running one, as a part of its planned work."""

CERTAIN_SPREAD = 1.15
"""Even a run that is nearly done is not sure of its last seconds."""

SILENCE_REACH = 4.0
"""How many times as long as a silence has lasted it may still last, four times out of five."""

LONGEST = 1e9
"""Seconds, some thirty years: what would come out longer, or as no number at all, is taken for this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Real seconds for each nominal one: to be expected, and the range that holds four times out of five."""

    expected: float
    low: float
    high: float


UNKNOWN_RATIO = Ratio(expected=1.0, low=0.4, high=2.5)
"""Before anything was measured."""


UNKNOWN_SIZE = 250_000_000
"""Bytes of a model that answers as quickly as those on other people's servers do, until it was measured."""


def nominal_seconds(work: Work, model_size: int) -> float:
    """Seconds for the work on a model of `model_size` bytes (0: nobody knows), by the rule of thumb."""
    output_rate = READ_BYTES_PER_SECOND / (model_size or UNKNOWN_SIZE)
    seconds = work.output_tokens / output_rate + work.prompt_tokens / (output_rate * PROMPT_SPEEDUP) + work.seconds
    return _bounded(seconds)


def _bounded(figure: float) -> float:
    """The figure between 0 and `LONGEST`. Of two figures `min` keeps the first where they don't compare: NaN goes."""
    return max(0.0, min(LONGEST, figure))


def _estimate(seconds: float, low: float, high: float) -> Estimate:
    return Estimate(seconds=_bounded(seconds), low=_bounded(low), high=_bounded(high))


def measured_ratio(measurements: Iterable[Measurement]) -> Ratio:
    """What earlier runs tell. With fewer than five of them the range stays wider than they are apart."""
    counted = (m for m in measurements if m.planned_seconds > 0 and m.seconds > 0)
    ratios = sorted(_bounded(m.seconds / m.planned_seconds) for m in counted)
    if not ratios:
        return UNKNOWN_RATIO
    expected = median(ratios)
    widening = 1 + 1 / len(ratios)
    return Ratio(
        expected=expected,
        low=_quantile(ratios, 0.1) / widening,
        high=_quantile(ratios, 0.9) * widening,
    )


def _quantile(ordered: Sequence[float], fraction: float) -> float:
    return ordered[round((len(ordered) - 1) * fraction)]


def first_estimate(planned_seconds: float, ratio: Ratio) -> Estimate:
    """The estimate before a run starts, from its nominal seconds."""
    return _estimate(planned_seconds * ratio.expected, planned_seconds * ratio.low, planned_seconds * ratio.high)


def after(ahead: Iterable[Estimate], own: Estimate) -> Estimate:
    """The estimate of what has to wait for others: the runtime is shared, so their time is added."""
    together = (own, *ahead)
    return _estimate(sum(e.seconds for e in together), sum(e.low for e in together), sum(e.high for e in together))


def load_estimate(seconds: float) -> Estimate:
    """How long it takes to load a model that took so many seconds the last time: sooner, with its file in memory."""
    return _estimate(seconds, seconds / 2, seconds * 2)


def remaining_estimate(steps: Sequence[StepProgress], fractions: Sequence[float], size: int, prior: Ratio) -> Estimate:
    """Seconds left of a running plan. `fractions` says how much of each step is done (0 to 1)."""
    nominal = [nominal_seconds(step.work, size) for step in steps]
    total = sum(nominal)
    done = sum(n * f for n, f in zip(nominal, fractions, strict=True))
    if total <= 0:
        return Estimate(seconds=0, low=0, high=0)
    elapsed = sum(step.seconds for step in steps if step.status is not StepStatus.PENDING)
    reused = sum(
        n * min(step.reused / max(step.total, 1), f) for n, step, f in zip(nominal, steps, fractions, strict=True)
    )
    weight = PRIOR_WEIGHT * total
    ratio = (weight * prior.expected + elapsed) / max(weight + done - reused, 1e-9)
    left = (total - done) * ratio
    doubt = 1 - done / total
    return _estimate(
        left,
        left / _spread(prior.expected / max(prior.low, 1e-9), doubt),
        left * _spread(prior.high / max(prior.expected, 1e-9), doubt),
    )


def stalled_estimate(estimate: Estimate, silence: float, limit: float) -> Estimate:
    """The estimate of a run that has shown no sign of life for `silence` seconds; at `limit` it is begun again.

    Nothing is known of what holds it up. For waits of any length, the chance that one goes on for k times as long as
    it has lasted is 1 / k: as likely as not it is over in as long again, four times out of five in four times as long.
    """
    return _estimate(
        estimate.seconds + min(silence, limit), estimate.low, estimate.high + min(SILENCE_REACH * silence, limit)
    )


def _spread(prior_spread: float, doubt: float) -> float:
    return CERTAIN_SPREAD + (max(prior_spread, 1.0) - 1) * doubt
