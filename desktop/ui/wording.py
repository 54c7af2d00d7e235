"""How durations, times, sizes and states are said to a person. Pure functions, in English."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop.engine import (
    Activity,
    Estimate,
    Forecast,
    LoadedModel,
    Machine,
    ModelInfo,
    Progress,
    RuntimeStatus,
    StepProgress,
    StepStatus,
    Task,
    TaskStatus,
    Verdict,
    Verification,
    device_of,
    memory_share,
    memory_size,
    nested,
)

STATUS_WORDS: Final = {
    TaskStatus.QUEUED: "Queued",
    TaskStatus.RUNNING: "Running",
    TaskStatus.WAITING: "Needs you",
    TaskStatus.PAUSED: "Paused",
    TaskStatus.COMPLETED: "Completed",
    TaskStatus.FAILED: "Failed",
    TaskStatus.CANCELLED: "Cancelled",
}
VERDICT_WORDS: Final = {
    Verdict.VERIFIED: "verified",
    Verdict.PARTLY: "partly verified",
    Verdict.NOT_VERIFIED: "unverified",
    Verdict.FAILED: "check failed",
}
ESTIMATING: Final = "estimating…"
WAITS: Final = {Activity.LOADING: "loading the model", Activity.WAITING: "waiting for the model"}
GPU_IDLE: Final = "graphics card not used"
LONG_WAIT_SECONDS: Final = 10.0
"""A run that has not moved for so long says what it waits for instead of promising a time."""


def duration(seconds: float) -> str:
    """How long something took: “2 s”, “1:10”, “7 min 12 s”, “2 h 5 min”."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 300:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def about(estimate: Estimate) -> str:
    """A likely time and its range, as rough as it deserves: “about 4 min (3–7)”, “about 1 min (50–90 s)”."""
    if estimate.high < 100:
        low, high = _tidy_seconds(estimate.low), _tidy_seconds(estimate.high)
        likely = f"{_tidy_seconds(estimate.seconds)} s" if estimate.seconds < 55 else "1 min"
        return f"about {likely} ({_span(low, high)} s)"
    if estimate.seconds < 3600:
        low, high = _minutes(estimate.low), _minutes(estimate.high)
        return f"about {_minutes(estimate.seconds)} min ({_span(low, high)})"
    low_hours, high_hours = estimate.low / 3600, estimate.high / 3600
    return f"about {estimate.seconds / 3600:.1f} h ({low_hours:.1f}–{high_hours:.1f})"


def time_left(estimate: Estimate | None) -> str:
    """How long an unfinished task still needs: “about 2 min left (1–3)”, or “estimating…”."""
    if estimate is None:
        return ESTIMATING
    likely, _, span = about(estimate).partition(" (")
    return f"{likely} left ({span}"


def stalled(progress: Progress) -> str:
    """How long a running task has shown no sign of life: “stalled for 14 s”; empty while it is no reason to worry."""
    return f"stalled for {duration(progress.stalled_seconds)}" if progress.stalled_seconds else ""


def waiting(progress: Progress) -> str:
    """What a running task has waited for so long that it has to be said: “waiting for the model”."""
    return WAITS.get(progress.activity, "") if progress.quiet_seconds >= LONG_WAIT_SECONDS else ""


def tasks_ahead(position: int | None) -> str:
    """Whom a task waits for: “after 1 task ahead”; empty for nobody."""
    if not position:
        return ""
    return f"after {position:,} task{'s' if position > 1 else ''} ahead"


def forecast(promised: Forecast) -> str:
    """What stands beside Start: “about 4 min (3–7), after 1 task ahead”."""
    ahead = tasks_ahead(promised.position)
    return f"{about(promised.estimate)}, {ahead}" if ahead else about(promised.estimate)


def moment(at: datetime, now: datetime) -> str:
    """A time in the past, as near as it is: “10:42”, “yesterday”, “Monday”, “14 Oct”, “14 Oct 2025”."""
    local, today = at.astimezone(), now.astimezone()
    days = (today.date() - local.date()).days
    if days <= 0:
        return f"{local:%H:%M}"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{local:%A}"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def size(count: int) -> str:
    """A number of bytes: “512 B”, “96 KB”, “5.1 GB”."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("KB", "MB", "GB"):
        amount /= 1000
        if amount < 999.5 or unit == "GB":
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    raise AssertionError("unreachable")


def current_step(progress: Progress) -> StepProgress | None:
    """The step that runs; where several do, the innermost of the last one, its title after that of what it is in."""
    lines = nested(progress.steps)
    running = next((n for n in reversed(range(len(lines))) if lines[n].step.status is StepStatus.RUNNING), None)
    if running is None:
        return None
    step = lines[running].step
    above = next((line.step for line in lines if step.within and line.step.name == step.within), None)
    return step if above is None else replace(step, title=f"{above.title}: {step.title}")


def checks(verification: Verification) -> str:
    """What the check of a result found: “verified · 31 of 31 quotations found”."""
    word = VERDICT_WORDS[verification.verdict]
    counted = [f"{check.passed:,} of {check.total:,} {check.name}" for check in verification.checks if check.total]
    return " · ".join([word, *counted])


def standing(task: Task) -> str:
    """Where a task stands, in a few words, for the second line of its row."""
    match task.status:
        case TaskStatus.RUNNING:
            step = current_step(task.progress)
            if step is None:
                return "getting ready"
            return f"{step.title} · {step.done:,} of {step.total:,}" if step.total > 1 else step.title
        case TaskStatus.QUEUED:
            return task.waits or tasks_ahead(task.position) or "starts next"
        case TaskStatus.WAITING:
            return task.question.text if task.question else "waiting for your answer"
        case TaskStatus.PAUSED:
            return f"goes on by itself · {task.hold}" if task.hold else f"paused at {percent(task.progress.fraction)}"
        case TaskStatus.COMPLETED:
            return checks(task.result.verification) if task.result else "no result is stored"
        case TaskStatus.FAILED:
            return task.failure.message if task.failure else "failed"
        case TaskStatus.CANCELLED:
            return f"cancelled at {percent(task.progress.fraction)}"


def kept(task: Task, left: timedelta, now: datetime) -> str:
    """How long an ended task is kept: “kept until 3 January”, “pinned”, “in Trash, gone in 5 days”; else empty.

    `left` is the time that it still has where it is in Trash.
    """
    if task.trashed is not None:
        days = -(-left // timedelta(days=1))
        return f"in Trash, gone in {days} day{'s' if days != 1 else ''}" if left else "in Trash, about to go"
    if task.pinned:
        return "pinned"
    if task.finished_at is None:
        return ""
    until = task.expires_at.astimezone()
    year = "" if until.year == now.astimezone().year else f" {until.year}"
    return f"kept until {until.day} {until:%B}{year}"


def timing(task: Task, now: datetime) -> str:
    """When a task will be done, or was: the right end of its second line."""
    if task.status is TaskStatus.RUNNING:
        return stalled(task.progress) or waiting(task.progress) or time_left(task.estimate)
    if task.status is TaskStatus.WAITING:
        return ""
    if task.status is TaskStatus.QUEUED:
        return ESTIMATING if task.estimate is None else about(task.estimate)
    at = moment(task.finished_at or task.created_at, now)
    if task.status is TaskStatus.COMPLETED and task.progress.seconds:
        return f"{at} · {duration(task.progress.seconds)}"
    return at


def percent(fraction: float) -> str:
    """A fraction as “46 %”; never 100 % before the end."""
    return f"{min(int(fraction * 100), 99) if fraction < 1 else 100} %"


def model_choice(model: ModelInfo) -> str:
    """A model to choose: one elsewhere is never taken for one on this machine."""
    return f"{model.name} (at {model.host})" if model.host else model.name


def runtime(
    status: RuntimeStatus, tokens_per_second: float = 0.0, machine: Machine | None = None, default: str = ""
) -> str:
    """What the runtime does, for the status line: “Qwen3-4B · RTX 4070, 33/33 layers · 5.1 of 12 GB · 61 tok/s”.

    Of a model elsewhere it says at which host. `default` is the model that the next task uses unless it names another;
    empty where that is not known.
    """
    if status.loading:
        return f"Loading {status.loading}…"
    if status.problem:
        return status.problem
    idle = [GPU_IDLE] if machine is not None and idles(status, machine) else []
    if status.model is None:
        return " · ".join([f"No model is loaded; the first task loads {default or 'one'}", *idle])
    where = ", ".join([device_of(status.model), *idle])
    return " · ".join(
        part for part in (status.model.name, where, held(status, machine), speed(tokens_per_second)) if part
    )


def runtime_in_full(status: RuntimeStatus, machine: Machine | None) -> list[str]:
    """What there is to know beside it, a sentence or two each: how the model lies in memory, why there, and advice."""
    model = status.model
    said = [] if model is None else [model.fit, model.reason]
    if model is not None and model.given_up:
        said.append(f"Loaded with less: {'; '.join(model.given_up)}.")
    if model is not None and model.lacks:
        said.append(f"Can’t do: {', '.join(model.lacks)}.")
    if machine is not None and idles(status, machine):
        said.append(machine.advice)
    return [each for each in said if each]


def idles(status: RuntimeStatus, machine: Machine) -> bool:
    """Whether there is a graphics card that models can't use as it is; what runs elsewhere would not use it anyway."""
    model = status.model
    return machine.has_idle_gpu and (model is None or not (model.gpu_layers or _is_elsewhere(model)))


def share(status: RuntimeStatus, machine: Machine | None) -> tuple[int, int]:
    """Bytes that the model takes, and of how many: the graphics card's where it runs there.

    Both are 0 where nobody knows, and for one elsewhere: what else is loaded here is not its own.
    """
    if status.model is not None and _is_elsewhere(status.model):
        return 0, 0
    if status.model is not None and status.model.gpu_total:
        return status.model.gpu_memory, status.model.gpu_total
    return status.memory, 0 if machine is None else machine.memory_total


def held(status: RuntimeStatus, machine: Machine | None) -> str:
    """How much memory the model takes: “5.1 of 12 GB”; empty where it takes none."""
    taken, total = share(status, machine)
    if not taken:
        return ""
    return memory_share(taken, total) if total else memory_size(taken)


def _is_elsewhere(model: LoadedModel) -> bool:
    return model.runtime == "endpoint"


def speed(tokens_per_second: float) -> str:
    """How fast models write now: “61 tok/s”; empty while they are silent."""
    return f"{tokens_per_second:.0f} tok/s" if tokens_per_second >= 0.5 else ""


def workload(running: int, queued: int, last_seconds: float | None, now: datetime) -> str:
    """The right end of the status line: “2 running · 1 queued · done at about 10:51”."""
    if not running and not queued:
        return "Nothing is running"
    parts = [f"{running:,} running"] if running else []
    if queued:
        parts.append(f"{queued:,} queued")
    if last_seconds is not None:
        parts.append(f"done at about {moment(now + timedelta(seconds=last_seconds), now)}")
    return " · ".join(parts)


def need_you(waiting: int) -> str:
    """How many tasks wait for an answer: “2 need you”; empty for none."""
    return f"{waiting:,} need{'s' if waiting == 1 else ''} you" if waiting else ""


def _tidy_seconds(seconds: float) -> int:
    return max(1, round(seconds)) if seconds < 10 else round(seconds / 5) * 5


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))


def _span(low: int, high: int) -> str:
    return f"{low}–{high}" if low != high else f"{low}"
