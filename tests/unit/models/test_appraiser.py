"""What a model would take of a machine, in words and numbers."""

import dataclasses
from pathlib import Path

import pytest

from desktop.engine import Fits, Gpu, Machine
from desktop.models import LocalModels
from desktop.models.appraiser import LITTLE_ELSE, NOT_WHOLE_ON_CARD, ONE_LOOK_SECONDS, SLOW, Appraiser, Need, judge
from desktop.models.catalogue import catalogue, in_catalogue
from desktop.models.fit import MeasuredLoads
from desktop.models.weights import read_weights
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fixed_hardware import GIB, FixedHardware, gpu, machine
from tests.fakes.tiny_gguf import write_tiny_model

PLAIN, WITH_CARD = machine(), machine(gpu(total=12 * GIB))
"""Both have 16 GiB of memory."""


class CountedHardware(FixedHardware):
    """Counts how often it was looked at."""

    def __init__(self, found: Machine = PLAIN) -> None:
        super().__init__(found)
        self.looks = 0

    async def look(self) -> Machine:
        self.looks += 1
        return await super().look()


@pytest.mark.parametrize(
    ("found", "need", "fits", "note"),
    [
        (PLAIN, 4, Fits.WELL, ""),
        (PLAIN, 12, Fits.WELL, ""),
        (PLAIN, 13, Fits.TIGHTLY, LITTLE_ELSE),
        (PLAIN, 16, Fits.NOT, ""),
        (WITH_CARD, 10, Fits.WELL, ""),
        (WITH_CARD, 11, Fits.TIGHTLY, NOT_WHOLE_ON_CARD),
        (WITH_CARD, 16, Fits.NOT, ""),
    ],
)
def test_a_model_fits_tightly_or_not_into_the_memory_where_it_would_run(
    found: Machine, need: int, fits: Fits, note: str
) -> None:
    judged = judge(Need(gpu=need * GIB, host=need * GIB), found)

    assert (judged.fits, judged.note, judged.need) == (fits, note, need * GIB)
    assert judged.where == ("Test Card" if found is WITH_CARD else "memory")
    assert judged.memory == (12 * GIB if found is WITH_CARD else 16 * GIB)


def test_many_parameters_are_slow_without_a_card() -> None:
    need = Need(gpu=6 * GIB, host=6 * GIB)

    assert judge(need, PLAIN, billions=8).note == SLOW
    assert judge(need, WITH_CARD, billions=8).note == ""


@pytest.mark.parametrize(
    "card", [dataclasses.replace(gpu(), device=""), dataclasses.replace(gpu(), shares_memory=True)]
)
def test_a_card_that_no_runtime_can_use_or_that_has_no_memory_does_not_count(card: Gpu) -> None:
    assert judge(Need(gpu=GIB, host=GIB), machine(card)).where == "memory"


async def test_a_file_is_appraised_by_its_head_with_what_loads_really_took(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf", context=1024)
    plain = await Appraiser(FixedHardware(PLAIN)).of_file(path)
    MeasuredLoads(tmp_path).learn(read_weights(path).key, expected=GIB, measured=round(1.5 * GIB))
    corrected = await Appraiser(FixedHardware(PLAIN), LocalModels(tmp_path).load_factor).of_file(path)

    assert (plain.fits, plain.family, plain.context, plain.licence) == (Fits.WELL, "llama", 1024, "")
    assert plain.need > path.stat().st_size
    assert corrected.need == pytest.approx(1.5 * plain.need, rel=0.001)


async def test_a_file_that_is_another_one_by_now_is_read_again(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf", context=1024)
    appraiser = Appraiser(FixedHardware(PLAIN))
    assert (await appraiser.of_file(path)).context == 1024

    path.write_bytes(b"GGUF and nothing else")
    cut = await appraiser.of_file(path)
    assert cut.fits is Fits.UNKNOWN
    assert "tiny.gguf" in cut.note

    path.unlink()
    gone = await appraiser.of_file(path)
    assert (gone.fits, "missing" in gone.note) == (Fits.UNKNOWN, True)


async def test_drivers_are_asked_once_in_a_while(tmp_path: Path) -> None:
    clock, hardware = FakeClock(), CountedHardware()
    appraiser = Appraiser(hardware, clock=clock)
    for entry in catalogue():
        await appraiser.offered(entry)
    assert hardware.looks == 1

    await clock.advance(ONE_LOOK_SECONDS + 1)
    await appraiser.recommend()
    assert hardware.looks == 2


async def test_the_strongest_that_fit_are_recommended_and_one_for_each_kind() -> None:
    without = await Appraiser(FixedHardware(PLAIN)).recommend()
    with_card = await Appraiser(FixedHardware(WITH_CARD)).recommend()

    assert without.machine == "No graphics card that models can use · 16 GB of memory"
    assert without.advice == PLAIN.advice
    assert with_card.machine == "Test Card, 12 GB · 16 GB of memory"
    assert with_card.keys[0] == "qwen3-14b"
    for recommended in (without, with_card):
        kinds = {kind for key in recommended.keys for kind in _entry(key).kinds}
        assert kinds == {"documents", "research", "code", "assistant"}
        assert 3 <= len(recommended.keys) <= 7


def _entry(key: str) -> object:
    return in_catalogue(key)
