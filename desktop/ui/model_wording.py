"""How models, what they take and their downloads are said to a person. Pure functions, in English."""

from typing import Final

from desktop.engine import Appraisal, DownloadState, DownloadStatus, Fits, Removal
from desktop.ui.model_row import ModelRow
from desktop.ui.wording import percent, size

FIT_WORDS: Final = {
    Fits.WELL: "Fits",
    Fits.TIGHTLY: "Tight",
    Fits.NOT: "Does not fit",
    Fits.UNKNOWN: "Can't be read",
}
GIB: Final = 2**30
_GROUP: Final = 1024
MOST_CHARACTERS: Final = 60
"""Of what a file says of itself, which may be anything."""


def facts(row: ModelRow) -> str:
    """The second line: “4 B · Apache-2.0 · 2.5 GB · 256k context · from Ollama”."""
    model, appraisal = row.model, row.appraisal or Appraisal(fits=Fits.UNKNOWN)
    licence = model.licence or short(appraisal.licence)
    context = model.context or appraisal.context
    parts = [
        f"{model.parameters:g} B" if model.parameters else short(appraisal.family),
        licence,
        size(model.size) if model.size else "",
        f"{thousands(context)} context" if context else "",
        model.source,
    ]
    return " · ".join(part for part in parts if part)


def badge(row: ModelRow) -> str:
    """What a model is here: “default for everything”, “installed”; empty for others."""
    if row.default_for:
        return f"default for {', '.join(row.default_for)}"
    return "installed" if row.is_offered and row.model.is_here else ""


def fit(appraisal: Appraisal | None) -> str:
    """Whether a model goes into the memory, in a word or two; empty where nobody knows yet."""
    return "" if appraisal is None else FIT_WORDS[appraisal.fits]


def amount(appraisal: Appraisal | None) -> str:
    """How much a model would take: “3.4 of 12 GB”; empty where nobody knows."""
    if appraisal is None or not appraisal.memory:
        return ""
    return f"{appraisal.need / GIB:.1f} of {appraisal.memory / GIB:.0f} GB"


def whose_memory(appraisal: Appraisal) -> str:
    """The same in sentences: “Fits: takes about 3.4 of 12 GB (RTX 4070).”, with what there is to know besides."""
    if not appraisal.memory:
        return appraisal.note
    return f"{fit(appraisal)}: takes about {amount(appraisal)} ({appraisal.where}). {appraisal.note}".rstrip()


def download(status: DownloadStatus) -> str:
    """Where a download stands: “45 % · 1.1 of 2.5 GB · 12 MB/s · about 2 min left”."""
    there = f"{size(status.done)} of {size(status.total)}" if status.total else size(status.done)
    match status.state:
        case DownloadState.STARTING:
            return f"starting… · {there}" if status.done else "starting…"
        case DownloadState.RUNNING:
            parts = [percent(status.done / status.total) if status.total else "", there]
            parts.append(f"{size(round(status.speed))}/s" if status.speed else "")
            if status.seconds_left is not None:
                parts.append(f"about {_roughly(status.seconds_left)} left")
            return " · ".join(part for part in parts if part)
        case DownloadState.RETRYING:
            return f"broken off, goes on by itself · {there} · {status.problem}"
        case DownloadState.PAUSED:
            return f"paused · {there}"
        case DownloadState.FAILED:
            return f"stopped · {there} · {status.problem}"
        case DownloadState.COMPLETED:
            return f"here · {there}"


def spoken(row: ModelRow) -> str:
    """All that a line shows, for whoever hears it."""
    fits = "" if row.appraisal is None else f"{fit(row.appraisal)} {amount(row.appraisal)}"
    under_way = "" if row.download is None else f"download {download(row.download)}"
    return ", ".join(part for part in (row.model.name, badge(row), facts(row), fits.strip(), under_way) if part)


def about(row: ModelRow) -> str:
    """What stands below the list of the chosen model."""
    trouble = row.download
    parts = [
        row.model.about,
        whose_memory(row.appraisal) if row.appraisal else "",
        f"{trouble.problem} {trouble.hint}".strip() if trouble is not None else "",
    ]
    return "\n".join(part for part in parts if part)


def removed(removal: Removal) -> str:
    """What a removal came to."""
    if removal.kept_at:
        return f"{removal.name} is no longer used; its file stays where it is."
    return f"{removal.name} is removed, {size(removal.freed)} are free again."


def thousands(tokens: int) -> str:
    """A number of tokens: “32k”, “512”."""
    return f"{tokens / _GROUP:.3g}k" if tokens >= _GROUP else str(tokens)


def short(text: str) -> str:
    """What a file says of itself, on one line and no longer than it may be."""
    flat = " ".join("".join(each if each.isprintable() else " " for each in text[: 4 * MOST_CHARACTERS]).split())
    return flat if len(flat) <= MOST_CHARACTERS else f"{flat[: MOST_CHARACTERS - 1]}…"


def _roughly(seconds: float) -> str:
    """A time as rough as an estimate deserves: “20 s”, “7 min”, “1.5 h”."""
    if seconds < 60:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    return f"{round(seconds / 60)} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
