"""The models that the person chose, in the settings, and what the engine makes of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.chosen_models import ChosenModels
from desktop.engine import Input, StorageFailed, TaskRequest, UnknownModel
from desktop.headless import opened_engine
from desktop.models import EndpointChoice
from desktop.paths import Paths
from desktop.settings import Settings, load_settings
from desktop.settings_file import SettingsFile
from tests.fakes.tiny_gguf import write_tiny_model

QUIET = Settings(notifications=False, keep_awake=False)
REQUEST = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(name="a.txt", text="The sea is wide."),))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(data=tmp_path / "data")


def test_a_choice_is_written_and_holds_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    chosen = ChosenModels(SettingsFile(path, Settings(default_models={"code": "coder"}, idle_minutes=7)))
    chosen.choose("documents", "large")
    chosen.choose(None, "small")
    assert (chosen.usual(), dict(chosen.by_kind())) == ("small", {"code": "coder", "documents": "large"})
    chosen.choose("code", None)
    saved = load_settings(path).settings
    assert (saved.default_model, saved.default_models, saved.idle_minutes) == ("small", {"documents": "large"}, 7)


def test_what_can_not_be_written_changes_nothing(tmp_path: Path) -> None:
    chosen = ChosenModels(SettingsFile(tmp_path / "nowhere" / "settings.json", Settings(default_model="small")))
    with pytest.raises(StorageFailed):
        chosen.choose(None, "large")
    assert chosen.usual() == "small"


async def test_what_is_chosen_while_the_engine_runs_holds_for_the_next_task(paths: Paths, tmp_path: Path) -> None:
    models = [write_tiny_model(tmp_path / f"{name}.gguf") for name in ("first", "second")]
    async with opened_engine(paths, QUIET) as engine:
        assert engine.depot is not None
        for model in models:
            await engine.depot.add(model)
        await engine.depot.choose(None, str(models[1]))
        assert engine.models()[0].name == "second"

        await engine.depot.choose("documents", str(models[0]))
        assert load_settings(paths.settings).settings.default_models == {"documents": "first"}

        await engine.depot.remove("first")
        assert load_settings(paths.settings).settings.default_models == {}


async def test_a_kind_whose_model_is_gone_is_refused_with_the_way_out(paths: Paths) -> None:
    settings = Settings(notifications=False, keep_awake=False, default_models={"documents": "gone"})
    async with opened_engine(paths, settings) as engine:
        with pytest.raises(UnknownModel, match="chosen for tasks of the kind “documents”"):
            await engine.submit(REQUEST)


async def test_a_model_elsewhere_can_be_the_one_of_whoever_names_none_or_of_a_kind(paths: Paths) -> None:
    box = EndpointChoice(name="box", url="http://10.0.0.7/v1", models=("big", "small"))
    settings = replace(QUIET, endpoints=(box,), default_model="box/big", default_models={"documents": "box/small"})
    async with opened_engine(paths, settings) as engine:
        assert engine.depot is not None
        assert engine.models()[0].name == "box/big"
        assert (await engine.depot.look()).usual == ""
        assert await engine.depot.by_kind() == {"documents": "box/small"}
        here = next(model for model in engine.models() if not model.host)

        await engine.depot.choose(None, here.path)
        assert engine.models()[0] == here
        assert (await engine.depot.look()).usual == here.name
