"""Models are added where they lie, and removed with the space that they took."""

import shutil
from pathlib import Path

import pytest

from desktop.engine import ModelUnavailable, StorageFailed, UnknownModel
from desktop.models import LocalModels, shelf
from desktop.models.keeping import ModelInUse
from tests.fakes.tiny_gguf import write_tiny_model


@pytest.fixture
def models(tmp_path: Path) -> LocalModels:
    (tmp_path / "data" / "models").mkdir(parents=True)
    return LocalModels(tmp_path / "data")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return write_tiny_model(tmp_path / "disk" / "tiny.gguf")


def write_parts(folder: Path, count: int = 3) -> list[Path]:
    """A model in several files, of which Legwork reads the first."""
    folder.mkdir(exist_ok=True)
    names = [f"big-{number:05}-of-{count:05}.gguf" for number in range(1, count + 1)]
    return [write_tiny_model(folder / name, seed=seed) for seed, name in enumerate(names)]


def test_a_model_is_added_where_it_lies_and_found_by_the_next_start(
    models: LocalModels, elsewhere: Path, tmp_path: Path
) -> None:
    added = models.add(elsewhere)

    assert (added.name, added.path, added.source) == ("tiny", str(elsewhere), shelf.LINKED)
    assert added.size == elsewhere.stat().st_size
    assert LocalModels(tmp_path / "data").open("tiny").info == added
    assert [path.name for path in (tmp_path / "data" / "models").glob("*.gguf")] == []


def test_adding_again_changes_nothing_and_a_taken_name_is_refused(
    models: LocalModels, elsewhere: Path, tmp_path: Path
) -> None:
    added = models.add(elsewhere)
    other = write_tiny_model(tmp_path / "tiny.gguf")

    assert models.add(elsewhere) == added
    with pytest.raises(UnknownModel, match="already"):
        models.add(other)
    assert models.add(other, "other").name == "other"
    assert {model.name for model in models.installed()} >= {"tiny", "other"}


def test_what_is_no_model_is_not_added(models: LocalModels, tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("not a model")

    for wrong in (path, tmp_path / "gone.gguf", tmp_path):
        with pytest.raises(ModelUnavailable):
            models.add(wrong)
    assert [model.source for model in models.installed()] == [shelf.STARTER]


def test_a_model_in_several_files_is_one_model_wherever_it_is_taken_hold_of(
    models: LocalModels, tmp_path: Path
) -> None:
    parts = write_parts(tmp_path / "disk")

    added = models.add(parts[2])

    assert (added.name, added.path) == ("big", str(parts[0]))
    assert added.size == sum(part.stat().st_size for part in parts)


async def test_a_model_in_several_files_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_tiny_model(tmp_path / "models" / "big.gguf", tensors_to_a_file=9)
    models = LocalModels(tmp_path)
    try:
        loaded = await models.open("big").load()
    finally:
        await models.close()

    assert loaded.name == "big"
    assert len(list((tmp_path / "models").glob("big-*-of-*.gguf"))) > 1


def test_a_model_that_lacks_a_part_is_neither_added_nor_listed(models: LocalModels, tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "data" / "models")
    assert [model.name for model in models.installed()][:-1] == ["big"]

    parts[1].unlink()

    assert models.installed()[:-1] == ()
    with pytest.raises(ModelUnavailable, match=r"big-00002-of-00003\.gguf is missing"):
        models.add(parts[0])


def test_a_linked_model_whose_drive_is_away_is_back_with_it(models: LocalModels, elsewhere: Path) -> None:
    models.add(elsewhere)
    away = elsewhere.rename(elsewhere.with_suffix(".away"))
    assert [model.name for model in models.installed()][:-1] == []

    away.rename(elsewhere)

    assert [model.name for model in models.installed()][:-1] == ["tiny"]


def test_removing_says_what_it_freed(models: LocalModels, tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "data" / "models")
    size = sum(part.stat().st_size for part in parts)

    removal = models.remove("big")

    assert (removal.name, removal.freed, removal.kept_at) == ("big", size, "")
    assert not any(part.exists() for part in parts)


def test_a_linked_model_is_only_forgotten(models: LocalModels, elsewhere: Path) -> None:
    models.add(elsewhere)

    removal = models.remove("tiny")

    assert (removal.freed, removal.kept_at) == (0, str(elsewhere))
    assert elsewhere.exists()
    assert [model.source for model in models.installed()] == [shelf.STARTER]


def test_what_is_not_there_and_what_came_with_legwork_is_not_removed(models: LocalModels) -> None:
    starter = models.installed()[-1]

    with pytest.raises(UnknownModel, match="came with Legwork"):
        models.remove(starter.name)
    with pytest.raises(UnknownModel, match="'gone'"):
        models.remove("gone")
    assert Path(starter.path).exists()


async def test_a_loaded_model_is_not_removed_until_it_is_unloaded(models: LocalModels, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "data" / "models" / "tiny.gguf")
    try:
        await models.open("tiny").load()
        with pytest.raises(ModelInUse, match="tiny is loaded"):
            models.remove("tiny")
        assert path.exists()
    finally:
        await models.close()
    assert models.remove("tiny").freed > 0


def test_a_list_of_models_that_is_spoilt_costs_only_itself(
    models: LocalModels, elsewhere: Path, tmp_path: Path
) -> None:
    (tmp_path / "data" / "models" / "linked.json").write_text("{")

    assert [model.source for model in models.installed()] == [shelf.STARTER]
    assert models.add(elsewhere).name == "tiny"


def test_without_a_folder_nothing_is_added(elsewhere: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        LocalModels(None).add(elsewhere)

    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StorageFailed):
        LocalModels(tmp_path / "data").add(elsewhere)
