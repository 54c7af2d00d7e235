"""Which model a task gets that names none."""

from dataclasses import replace

import pytest

from desktop.engine import DownloadState, DownloadStatus, Engine, TaskRequest, UnknownModel
from tests.fakes.memory_depot import MemoryDepot
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.unit.engine.conftest import ScriptedAgent, World, at_once

REQUEST = TaskRequest(kind="errand", goal="fetch")


async def model_of(world: World, request: TaskRequest) -> str | None:
    task = await world.engine.submit(request)
    await world.settle()
    return (await world.engine.task(task.task_id)).model


@pytest.fixture
async def engine(world: World) -> Engine:
    models = ScriptedModels(ScriptedModel(name="usual"), ScriptedModel(name="special"), ScriptedModel(name="third"))
    return await world.open(at_once, models=models)


@pytest.mark.usefixtures("engine")
async def test_the_model_of_its_kind_comes_before_the_usual_one(world: World) -> None:
    assert await model_of(world, REQUEST) == "usual"
    world.defaults.choose("errand", "special")
    assert await model_of(world, REQUEST) == "special"
    world.defaults.choose("other", "third")
    world.defaults.choose("errand", None)
    assert await model_of(world, REQUEST) == "usual"


@pytest.mark.usefixtures("engine")
async def test_a_task_that_names_a_model_gets_that_one(world: World) -> None:
    world.defaults.choose("errand", "special")
    assert await model_of(world, replace(REQUEST, model="third")) == "third"


async def test_a_chosen_model_that_is_gone_is_said_with_who_chose_it(world: World, engine: Engine) -> None:
    world.defaults.choose("errand", "gone")
    with pytest.raises(UnknownModel, match=r"'gone'.*chosen for tasks of the kind “errand”") as caught:
        await engine.submit(REQUEST)
    assert "default_models" in caught.value.hint
    assert await model_of(world, replace(REQUEST, model="usual")) == "usual"


async def test_the_engine_hands_on_who_keeps_the_models(world: World) -> None:
    depot = MemoryDepot()
    adapters = replace(world.adapters(ScriptedModels()), depot=depot, defaults=None)
    assert Engine(adapters, agents=[ScriptedAgent(at_once)]).depot is depot


@pytest.mark.parametrize(
    ("state", "moves"), [(DownloadState.STARTING, True), (DownloadState.RETRYING, True), (DownloadState.PAUSED, False)]
)
def test_a_download_moves_while_somebody_works_at_it(state: DownloadState, *, moves: bool) -> None:
    assert DownloadStatus(id="a", name="A", state=state).is_moving is moves
