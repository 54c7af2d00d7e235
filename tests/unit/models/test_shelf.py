"""Which models there are, and which one is the best."""

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.engine import UnknownModel
from desktop.models import LocalModels, shelf
from tests.fakes.tiny_gguf import write_tiny_model


@pytest.fixture
def added(tmp_path: Path) -> Path:
    """A data folder with two models that a person added."""
    (tmp_path / "models").mkdir()
    write_tiny_model(tmp_path / "models" / "small.gguf")
    (tmp_path / "models" / "large.gguf").write_bytes(bytes(10**6))
    (tmp_path / "models" / "notes.txt").write_text("not a model")
    return tmp_path


def test_the_starter_comes_with_the_application_and_its_package_is_not_imported() -> None:
    (starter,) = LocalModels(None).installed()

    assert starter.name.startswith("SmolLM2-135M-Instruct")
    assert starter.source == "comes with Legwork"
    assert starter.size == Path(starter.path).stat().st_size
    assert shelf.STARTER_PACKAGE not in sys.modules


def test_the_largest_added_model_is_the_default_and_the_starter_comes_last(added: Path) -> None:
    models = LocalModels(added)

    assert [model.name for model in models.installed()][:2] == ["large", "small"]
    assert models.installed()[-1].source == shelf.STARTER
    assert models.open(None).info.name == "large"


def test_a_model_in_parts_is_one_model_with_the_size_of_all(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for number in (1, 2, 3):
        (tmp_path / "models" / f"split-0000{number}-of-00003.gguf").write_bytes(bytes(number))

    first, starter = LocalModels(tmp_path).installed()

    assert (first.name, first.size) == ("split", 6)
    assert starter.source == shelf.STARTER


def test_the_default_may_be_chosen_by_name(added: Path) -> None:
    models = LocalModels(added, default=lambda: "small")

    assert [model.name for model in models.installed()][:2] == ["small", "large"]
    assert len(models.installed()) == 3
    assert models.open(None).info == models.installed()[0]


def test_the_default_may_be_a_file_from_anywhere(added: Path, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "elsewhere.gguf")
    models = LocalModels(added, default=lambda: str(path))

    assert models.installed()[0].name == models.open(None).info.name == "elsewhere"
    assert models.open("elsewhere") is models.open(None)


def test_a_chosen_default_that_is_gone_is_named_and_no_other_takes_its_place(added: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match=r"'gone'.*settings") as caught:
        LocalModels(added, default=lambda: "gone").open(None)
    assert "large, small" in caught.value.hint

    gone = LocalModels(added, default=lambda: str(tmp_path / "gone.gguf"))
    assert [model.name for model in gone.installed()][:2] == ["large", "small"]
    assert gone.open(None).info.name == "gone"


def test_a_data_folder_without_models_has_the_starter(tmp_path: Path) -> None:
    assert [model.source for model in LocalModels(tmp_path).installed()] == [shelf.STARTER]


def test_a_model_is_opened_by_its_name_and_by_its_path(added: Path) -> None:
    models = LocalModels(added)

    assert models.open("small").info.source == shelf.ADDED
    assert models.open("small") is models.open(str(added / "models" / "small.gguf"))


def test_a_model_file_from_anywhere_is_opened_by_its_path(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "elsewhere.gguf")

    assert LocalModels(None).open(str(path)).info.name == "elsewhere"


def test_an_unknown_name_is_answered_with_those_that_there_are(added: Path) -> None:
    with pytest.raises(UnknownModel, match="'medium'") as caught:
        LocalModels(added).open("medium")
    assert "large, small" in caught.value.hint


def test_a_machine_without_any_model_says_where_to_put_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shelf, "STARTER_PACKAGE", "no_such_package")

    with pytest.raises(UnknownModel) as caught:
        LocalModels(tmp_path).open(None)
    assert str(tmp_path / "models") in caught.value.hint


UNUSED = """
import sys
from desktop.models import LocalModels
models = LocalModels(None)
model = models.open(None)
model.drop("hangs")
print(model.pulse, models.status().loading, models.status().model, "aiohttp" in sys.modules)
"""


def test_a_model_that_nobody_asked_yet_brings_in_no_http_client() -> None:
    said = subprocess.run([sys.executable, "-c", UNUSED], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["0", "None", "None", "False"]
