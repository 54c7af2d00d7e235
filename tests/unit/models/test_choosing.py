"""The best runtime of a machine is chosen, and the choice has a reason."""

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.models import programs
from desktop.models.choosing import RuntimeChooser
from desktop.models.fit import best_gpu
from desktop.models.programs import FileFormat, RuntimeProgram, built_in, installed_servers, llama_server
from tests.fakes.fixed_hardware import GIB, FixedHardware, gpu, machine
from tests.fakes.odd_server import write_server

SERVER = llama_server("/opt/llama-server")
CHOSEN = llama_server("/home/llama-server", "mine", is_chosen=True)


async def names(chooser: RuntimeChooser) -> list[tuple[str, bool]]:
    return [(way.program.name, way.gpu is not None) for way in await chooser.ways()]


async def test_the_runtime_that_can_use_the_card_comes_first_and_the_processor_last() -> None:
    card = gpu(runtime="llama-server", device="Vulkan0", free=3 * GIB)
    first, last = await RuntimeChooser([built_in(), SERVER], FixedHardware(machine(card))).ways()

    assert (first.program, first.gpu, first.room.gpu_free) == (SERVER, card, 3 * GIB)
    assert (last.program, last.gpu, last.room.gpu_free) == (built_in(), None, 0)


async def test_what_the_person_chose_comes_first_without_a_card_too_and_says_why() -> None:
    chooser = RuntimeChooser([built_in(), SERVER, CHOSEN], FixedHardware(machine(gpu())))

    assert await names(chooser) == [("mine", False), ("xllamacpp", True), ("xllamacpp", False)]
    reason = (await chooser.ways())[0].reason
    assert reason == "The settings name this runtime. It lists no graphics card that it can use."


async def test_what_the_person_chose_has_its_own_card_though_another_runtime_has_a_better_one() -> None:
    own = gpu(runtime="mine", device="Vulkan0", free=3 * GIB)
    chooser = RuntimeChooser([built_in(), CHOSEN], FixedHardware(machine(gpu(free=9 * GIB), own)))

    first, *rest = await chooser.ways()
    assert (first.program, first.gpu, first.room.gpu_free) == (CHOSEN, own, 3 * GIB)
    assert [way.program.name for way in rest] == ["mine", "xllamacpp", "xllamacpp"]
    assert rest[0].reason == "The settings name this runtime."


async def test_nobody_looks_for_a_card_where_there_is_nothing_to_look_with() -> None:
    (way,) = await RuntimeChooser([built_in()]).ways()

    assert (way.program.name, way.reason) == ("xllamacpp", "")


async def test_a_runtime_gets_only_files_that_it_reads() -> None:
    assert await RuntimeChooser([built_in(), SERVER]).ways(FileFormat.EARLIER) == []
    old = RuntimeProgram(name="old", command=("old",), reads=frozenset({FileFormat.EARLIER}))
    assert [way.program for way in await RuntimeChooser([old]).ways(FileFormat.EARLIER)] == [old]


async def test_a_machine_without_a_card_is_asked_once_and_one_that_lost_it_says_so() -> None:
    hardware = FixedHardware(machine(gpu()))
    chooser = RuntimeChooser([built_in()], hardware)
    assert len(await chooser.ways()) == 2

    hardware.found = replace(machine(), all_answered=False)  # it may be there all the same
    (way,) = await chooser.ways()
    assert way.reason.startswith("The graphics card Test Card, which was there before, is not found any more. There is")
    hardware.found = machine(gpu())
    assert len(await chooser.ways()) == 2
    hardware.found = machine()
    assert len(await chooser.ways()) == 1
    hardware.found = machine(gpu())
    assert len(await chooser.ways()) == 1


def test_a_card_with_memory_of_its_own_is_better_than_one_with_more_of_the_processor_s() -> None:
    own, shared = gpu(free=4 * GIB), replace(gpu(free=11 * GIB), shares_memory=True)

    assert best_gpu(machine(shared, own)) == own
    assert best_gpu(machine(shared)) == shared
    assert best_gpu(machine()) is None


def test_servers_are_found_where_the_person_names_them_on_the_path_and_in_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_server(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(path.parent))

    mine, on_path, vulkan = installed_servers("~/llama-server")
    assert (mine.lister, mine.is_chosen) == (str(Path.home() / "llama-server"), True)
    assert (on_path.lister, on_path.name) == (str(path), "llama-server")
    assert (vulkan.name, Path(vulkan.lister).is_file()) == ("llama-server (Vulkan)", True)
    assert [server.is_chosen for server in installed_servers(str(path))] == [True, False]  # the same one, once


def test_without_the_extra_and_on_a_bare_path_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(programs, "VULKAN_PACKAGE", "no_such_package")

    assert installed_servers() == ()
