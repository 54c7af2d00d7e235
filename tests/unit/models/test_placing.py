"""A model is loaded as it fits, and smaller where memory runs out all the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine import RuntimeFailed
from desktop.models.fit import Fit, Loading, ModelShape, Room, Wishes, fit, shape_of
from desktop.models.fit.footprint import CacheKind
from desktop.models.gguf import read_gguf
from desktop.models.obstacles import MemoryRanOut
from desktop.models.placing import MOST_STEPS, place
from tests.fakes.architectures import PUBLISHED

GIB = 2**30
CARD = Room(gpu_total=24 * GIB, gpu_free=24 * GIB, host_total=32 * GIB, host_free=32 * GIB)
FOUR = Wishes(slots=4, context_tokens=2_048)


@pytest.fixture
def llama(tmp_path: Path) -> ModelShape:
    return shape_of(read_gguf(PUBLISHED[0].write(tmp_path)))


class Cramped:
    """A runtime that runs out of memory so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.tried: list[Loading] = []

    async def launch(self, found: Fit) -> str:
        self.tried.append(found.loading)
        if len(self.tried) <= self.times:
            raise MemoryRanOut("There is no room.", hint="Make some.")
        return "it runs"


async def test_what_fits_is_loaded_at_once(llama: ModelShape) -> None:
    runtime = Cramped(0)
    launched, placed = await place(runtime.launch, llama, CARD, FOUR)

    assert (launched, placed.given_up) == ("it runs", ())
    assert placed.fit.loading == runtime.tried[0]


@pytest.mark.expected_log("memory ran out")
async def test_context_goes_first_then_slots_then_layers_and_each_is_said(llama: ModelShape) -> None:
    runtime = Cramped(4)
    _, placed = await place(runtime.launch, llama, CARD, Wishes(slots=4, context_tokens=4_096))

    assert placed.given_up == (
        "2,048 tokens of context instead of 4,096",
        "2 instead of 4 answers at the same time",
        "1 instead of 2 answers at the same time",
        "0 instead of 33 layers on the graphics card",
    )
    assert placed.fit.loading == runtime.tried[-1]
    assert placed.fit.loading.gpu_layers == 0
    assert "2k context, 1 slot, " in placed.fit.sentence


@pytest.mark.expected_log("memory ran out")
async def test_it_is_not_tried_for_ever(llama: ModelShape) -> None:
    runtime = Cramped(99)

    with pytest.raises(RuntimeFailed, match="no room") as caught:
        await place(runtime.launch, llama, CARD, FOUR)
    assert type(caught.value) is RuntimeFailed
    assert caught.value.hint == "Make some."
    assert len(runtime.tried) == MOST_STEPS + 1
    assert runtime.tried[-1].gpu_layers == 0 < runtime.tried[-2].gpu_layers


@pytest.mark.expected_log("memory ran out")
async def test_who_gives_up_in_the_end_says_what_was_tried_before(llama: ModelShape) -> None:
    async def launch(found: Fit) -> str:
        if found.loading.gpu_layers:
            raise MemoryRanOut("There is no room.")
        raise RuntimeFailed("It put no layer there.")

    with pytest.raises(RuntimeFailed) as caught:
        await place(launch, llama, CARD, Wishes(slots=4, context_tokens=4_096))
    message = caught.value.message
    assert message.startswith("It put no layer there. Memory had run out before; it was tried with 2,048 tokens")
    assert message.count("answers at the same time") == 2
    assert "0 instead of 33 layers" in message


async def test_another_failure_is_passed_on_as_it_is(llama: ModelShape) -> None:
    async def launch(_found: Fit) -> str:
        raise RuntimeFailed("It broke.")

    with pytest.raises(RuntimeFailed) as caught:
        await place(launch, llama, CARD, FOUR)
    assert caught.value.message == "It broke."


def test_a_cache_is_packed_only_where_all_heads_are_whole_blocks(llama: ModelShape) -> None:
    assert llama.packs_cache
    cramped = range(1, 24)
    rooms = [Room(gpu_total=0, gpu_free=0, host_total=24 * GIB, host_free=free * GIB // 2) for free in cramped]
    kinds = {fit(llama, room, FOUR).loading.cache for room in rooms}
    assert kinds == set(CacheKind)
    odd = replace(llama, packs_cache=False)
    assert {fit(odd, room, FOUR).loading.cache for room in rooms} == {CacheKind.F16}
