"""Which models can be in memory at the same time."""

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.models import LocalModels
from desktop.models.fit import Footprint, ModelShape, Room, Wishes, fit, shape_of
from desktop.models.gguf import read_gguf
from desktop.models.programs import llama_server
from desktop.models.side_by_side import Candidate, fit_side_by_side, without
from tests.fakes.architectures import PUBLISHED
from tests.fakes.fixed_hardware import FixedHardware, gpu, machine
from tests.fakes.odd_server import write_server
from tests.fakes.tiny_gguf import write_tiny_model

GIB, MIB = 2**30, 2**20
CARD = Room(gpu_total=24 * GIB, gpu_free=24 * GIB, host_total=32 * GIB, host_free=32 * GIB)
HOST = Room(gpu_total=0, gpu_free=0, host_total=64 * GIB, host_free=64 * GIB)
FOUR = Wishes(slots=4, context_tokens=2_048)


@pytest.fixture
def llama(tmp_path: Path) -> ModelShape:
    return shape_of(read_gguf(PUBLISHED[0].write(tmp_path)))


def most_beside(shape: ModelShape, room: Room) -> int:
    """How many of the same model fit beside each other."""
    return next(
        count for count in range(20) if not fit_side_by_side([Candidate(shape=shape)] * (count + 1), room, FOUR)
    )


@pytest.mark.parametrize("room", [CARD, HOST, replace(CARD, is_shared=True)], ids=["card", "host", "shared"])
def test_as_many_models_fit_as_their_footprints_add_up_to(llama: ModelShape, room: Room) -> None:
    takes = fit(llama, room, FOUR).takes
    host = takes.host - takes.reclaimable + (takes.gpu if room.is_shared else 0)
    by_host = room.host_free * 0.95 / host
    by_gpu = room.gpu_free * 0.95 / takes.gpu if takes.gpu else by_host

    assert most_beside(llama, room) == pytest.approx(min(by_host, by_gpu), abs=1)
    assert most_beside(llama, room) > 1


def test_a_model_that_would_go_to_the_processor_for_want_of_room_does_not_fit_beside(llama: ModelShape) -> None:
    takes = fit(llama, CARD, FOUR).takes
    tight = replace(CARD, gpu_free=round(takes.gpu * 1.6))

    assert fit_side_by_side([Candidate(shape=llama)], tight, FOUR)
    assert not fit_side_by_side([Candidate(shape=llama)] * 2, tight, FOUR)


def test_what_loads_took_here_counts(llama: ModelShape) -> None:
    most = most_beside(llama, HOST)
    assert not fit_side_by_side([Candidate(shape=llama, factor=1.5)] * most, HOST, FOUR)


def test_what_is_loaded_counts_as_free_and_no_more_than_there_is() -> None:
    full = replace(CARD, gpu_free=GIB, host_free=GIB)
    assert without(full, []) == full
    assert without(full, [Footprint(gpu=2 * GIB, host=3 * GIB)] * 2) == replace(
        full, gpu_free=5 * GIB, host_free=7 * GIB
    )
    assert without(full, [Footprint(gpu=99 * GIB, host=99 * GIB)]) == CARD


async def test_what_is_loaded_now_would_make_room(tmp_path: Path) -> None:
    paths = [str(write_tiny_model(tmp_path / f"{name}.gguf")) for name in ("one", "two")]
    hardware = FixedHardware(
        machine(gpu(free=600 * MIB, runtime="odd server", device="Vulkan0"))
    )  # a driver takes some 256 for each program
    server = llama_server(str(write_server(tmp_path / "server")), "odd server")
    models = LocalModels(None, slots=1, context_tokens=1024, hardware=hardware, servers=(server,))
    assert not await models.fit_together(paths)
    assert await models.fit_together(paths[:1])

    await models.open(paths[0]).load()
    try:
        assert await models.fit_together(paths)
    finally:
        await models.close()
