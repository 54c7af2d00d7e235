"""What holds for every implementation of `ModelDepot`: the double that the window is tested on, and the real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.engine import (
    DownloadState,
    DownloadStatus,
    Fits,
    ModelDefaults,
    ModelDepot,
    ModelUnavailable,
    UnknownModel,
)
from desktop.models.catalogue import catalogue
from tests.fakes.hub_server import Gate, HubServer, running_hub
from tests.fakes.memory_depot import MemoryDepot
from tests.fakes.small_shelf import keeper_of
from tests.fakes.tiny_gguf import write_tiny_model


@dataclass(kw_only=True)
class World:
    """A depot, and what is needed to see its downloads move."""

    depot: ModelDepot
    defaults: ModelDefaults
    model: Path  # a file that can be added
    offered: str  # what can be downloaded
    arrive: Callable[[str], Awaitable[None]]  # let a download that was begun come to its end
    under_way: Callable[[], Awaitable[None]]


@pytest.fixture(params=["memory", "local"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    model = write_tiny_model(tmp_path / "tiny.gguf")
    if request.param == "memory":
        yield _in_memory(model)
        return
    entry = catalogue()[0]
    gate = Gate(pieces=4)
    async with running_hub(HubServer(files={entry.address: model.read_bytes()})) as hub:
        hub.at_storage.append(gate)
        keeper = keeper_of(tmp_path / "data", hub=hub.hub_address)

        async def arrive(download_id: str) -> None:
            gate.opened.set()
            await keeper.downloads.wait(download_id)

        async def under_way() -> None:
            await gate.held.wait()

        yield World(
            depot=keeper,
            defaults=keeper.defaults,
            model=model,
            offered=entry.id,
            arrive=arrive,
            under_way=under_way,
        )
        await keeper.downloads.close()


def _in_memory(model: Path) -> World:
    depot = MemoryDepot()

    async def arrive(download_id: str) -> None:
        known = depot.downloads[download_id]
        depot.tell(DownloadStatus(id=known.id, name=known.name, state=DownloadState.COMPLETED))

    async def under_way() -> None:
        await asyncio.sleep(0)

    return World(depot=depot, defaults=depot.defaults, model=model, offered="small", arrive=arrive, under_way=under_way)


async def test_a_file_is_added_where_it_lies_and_only_forgotten_when_it_is_removed(world: World) -> None:
    added = await world.depot.add(world.model)

    (shown,) = [model for model in (await world.depot.look()).installed if model.key == str(world.model)]
    assert (shown.name, shown.is_here, shown.is_removable, shown.is_linked) == (added.name, True, True, True)
    assert (await world.depot.appraise(shown.key)).fits is Fits.WELL

    removal = await world.depot.remove(shown.key)
    assert (removal.name, removal.freed, removal.kept_at) == (added.name, 0, str(world.model))
    assert world.model.is_file()
    assert shown.key not in {model.key for model in (await world.depot.look()).installed}


async def test_what_is_no_model_is_not_added(world: World, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        await world.depot.add(tmp_path / "nothing.gguf")

    assert caught.value.hint


async def test_a_choice_holds_for_its_kind_until_the_model_goes(world: World) -> None:
    added = await world.depot.add(world.model)

    await world.depot.choose("documents", str(world.model))
    view = await world.depot.look()
    assert dict(view.by_kind) == dict(await world.depot.by_kind()) == {"documents": added.name}

    await world.depot.choose(None, str(world.model))
    assert (await world.depot.look()).usual == added.name == world.defaults.usual()

    await world.depot.remove(str(world.model))
    view = await world.depot.look()
    assert not view.by_kind
    assert view.usual != added.name
    assert world.defaults.usual() is None


async def test_a_choice_can_be_let_go(world: World) -> None:
    await world.depot.add(world.model)
    await world.depot.choose("documents", str(world.model))
    await world.depot.choose("documents", None)

    assert not world.defaults.by_kind()


async def test_only_what_is_there_can_be_chosen_appraised_or_removed(world: World) -> None:
    with pytest.raises(UnknownModel):
        await world.depot.choose(None, "/nowhere/gone.gguf")
    with pytest.raises(UnknownModel):
        await world.depot.choose("documents", world.offered)  # it is not here yet
    with pytest.raises(UnknownModel):
        await world.depot.appraise("/nowhere/gone.gguf")
    with pytest.raises(UnknownModel):
        await world.depot.remove("/nowhere/gone.gguf")
    assert world.defaults.usual() is None


async def test_an_offered_model_comes_pauses_goes_on_and_is_here(world: World) -> None:
    heard: list[DownloadState] = []
    end = world.depot.listen(lambda status: heard.append(status.state))
    (offer,) = [model for model in (await world.depot.look()).offered if model.key == world.offered]
    assert not offer.is_here

    begun = await world.depot.download(world.offered)
    assert begun.id == offer.download
    await world.under_way()
    assert (await world.depot.pause(begun.id)).state is DownloadState.PAUSED
    (shown,) = (await world.depot.look()).downloads
    assert (shown.id, shown.state) == (begun.id, DownloadState.PAUSED)
    assert (await world.depot.download(begun.id)).is_moving
    await world.arrive(begun.id)

    assert heard[-1] is DownloadState.COMPLETED
    assert DownloadState.PAUSED in heard
    view = await world.depot.look()
    assert [model.is_here for model in view.offered if model.key == world.offered] == [True]
    assert any(model.name in (offer.name, "smollm2-360m-instruct-q8_0") for model in view.installed)
    end()


async def test_a_download_that_is_given_up_frees_what_it_had(world: World) -> None:
    begun = await world.depot.download(world.offered)
    await world.under_way()

    removal = await world.depot.remove(begun.id)

    assert removal.name
    assert removal.freed >= 0
    assert (await world.depot.look()).downloads == ()


async def test_nothing_unknown_is_downloaded_or_paused(world: World) -> None:
    with pytest.raises(UnknownModel):
        await world.depot.download("nobody")
    with pytest.raises(UnknownModel):
        await world.depot.pause("nobody")


async def test_what_suits_the_machine_is_offered(world: World) -> None:
    recommended = await world.depot.recommend()

    offered = {model.key for model in (await world.depot.look()).offered}
    assert recommended.keys
    assert set(recommended.keys) <= offered
    assert "GB" in recommended.machine
    assert (await world.depot.appraise(recommended.keys[0])).fits is Fits.WELL
