"""What is told to a person of how a run used models: the same words in the window and on the command line."""

from collections.abc import Iterator
from typing import Final

from desktop.engine.inference import LoadedModel
from desktop.engine.usage import Figures

GIB: Final = 2**30
MIB: Final = 2**20

Told = tuple[str, str]
"""What it is about, and what is to be said of it."""


def how_it_ran(figures: Figures) -> tuple[Told, ...]:
    """What is known, the most important first; nothing where nothing is."""
    return (*_places(figures.ran_on), *_tokens(figures), *_memory(figures))


def device_name(loaded: LoadedModel) -> str:
    """What a model runs on, as a person calls it: “RTX 4070”."""
    return loaded.device.removeprefix("NVIDIA ").removeprefix("GeForce ")


def device_of(loaded: LoadedModel) -> str:
    """The same with how much of the model is there: “RTX 4070, 33/33 layers”."""
    name = device_name(loaded)
    return f"{name}, {loaded.gpu_layers}/{loaded.layers} layers" if loaded.gpu_layers else name


def memory_size(count: int) -> str:
    """So much memory, as it is sold: “480 MB”, “5.1 GB”."""
    return f"{count / GIB:.1f} GB" if count >= GIB else f"{count / MIB:.0f} MB"


def memory_share(taken: int, total: int) -> str:
    """A part of it: “5.1 of 12 GB”."""
    return f"{taken / GIB:.1f} of {total / GIB:.0f} GB"


def _places(ran_on: tuple[LoadedModel, ...]) -> Iterator[Told]:
    if not ran_on:
        return
    *earlier, loaded = ran_on
    yield "Ran on", _place(loaded)
    for each in reversed(earlier):
        yield "Before", _place(each)
    if loaded.reason:
        yield "Why there", loaded.reason
    slots = f"{loaded.slots} slot{'' if loaded.slots == 1 else 's'}"
    yield "Context", f"{loaded.context_tokens:,} tokens · {slots}"
    if loaded.given_up:
        yield "Did without", "; ".join(loaded.given_up)
    if loaded.lacks:
        yield "Can’t do", ", ".join(loaded.lacks)


def _place(loaded: LoadedModel) -> str:
    return " · ".join(part for part in (loaded.name, device_of(loaded), loaded.runtime) if part)


def _tokens(figures: Figures) -> Iterator[Told]:
    if figures.prompt_tokens:
        cached = f", {figures.cached_tokens:,} of them found in the cache" if figures.cached_tokens else ""
        yield "Read", f"{figures.prompt_tokens:,} tokens{cached}{_speed(figures.prompt_tokens_per_second)}"
    if figures.output_tokens:
        yield "Wrote", f"{figures.output_tokens:,} tokens{_speed(figures.tokens_per_second)}"


def _speed(tokens_per_second: float) -> str:
    return f" · {tokens_per_second:,.{0 if tokens_per_second >= 9.5 else 1}f} tok/s" if tokens_per_second else ""


def _memory(figures: Figures) -> Iterator[Told]:
    parts = [f"{memory_size(figures.peak_memory)} at most"] if figures.peak_memory else []
    on_card = max(figures.ran_on, key=lambda loaded: loaded.gpu_memory, default=None)
    if on_card is not None and on_card.gpu_memory:
        parts.append(f"{memory_share(on_card.gpu_memory, on_card.gpu_total)} of the graphics card’s")
    if parts:
        yield "Memory", " · ".join(parts)
