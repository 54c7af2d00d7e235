"""The person's choices."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import StorageFailed
from desktop.models import EndpointChoice
from desktop.settings import Settings, load_settings, save_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    loaded = load_settings(path)
    assert (loaded.settings, loaded.problem) == (Settings(), "")
    assert not path.exists()


def test_what_is_saved_is_found_again(path: Path) -> None:
    chosen = Settings(
        default_model="tiny",
        idle_minutes=2.5,
        max_running=1,
        notifications=False,
        allowed_folders=("~/open",),
        endpoints=(EndpointChoice(name="box", url="http://box/v1", models=("a", "b"), context_tokens=9, slots=2),),
    )
    save_settings(path, chosen)
    assert load_settings(path).settings == chosen


def test_keys_of_another_version_are_kept(path: Path) -> None:
    path.write_text(json.dumps({"notifications": False, "colour": {"of": ["the sea"]}}))
    settings = load_settings(path).settings
    assert settings.others == {"colour": {"of": ["the sea"]}}
    save_settings(path, settings)
    assert json.loads(path.read_text())["colour"] == {"of": ["the sea"]}


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"idle_minutes": "ten"}',
        b'{"max_running": 0}',
        b'{"idle_minutes": -1}',
        b'{"allowed_folders": ["relative"]}',
        b"[" * 99_999,
    ],
)
def test_a_broken_file_is_set_aside_and_nothing_of_it_is_lost(path: Path, broken: bytes) -> None:
    path.write_bytes(broken)
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    aside = path.with_name("settings.broken-1.json")
    assert str(aside) in loaded.problem
    assert aside.read_bytes() == broken
    assert not path.exists()


def test_a_second_broken_file_does_not_replace_the_first(path: Path) -> None:
    for content in ("{1", "{2"):
        path.write_text(content)
        load_settings(path)
    assert sorted(found.read_text() for found in path.parent.iterdir()) == ["{1", "{2"]


def test_a_file_that_cannot_be_read_is_said(path: Path) -> None:
    path.mkdir()
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    assert "can't be read" in loaded.problem


def test_settings_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="as they were"):
        save_settings(tmp_path / "missing" / "settings.json", Settings())


@given(st.binary(max_size=200))
def test_no_content_stops_the_program(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        path.write_bytes(content)
        assert isinstance(load_settings(path).settings, Settings)
