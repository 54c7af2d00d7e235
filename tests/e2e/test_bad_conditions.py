"""What is wrong with the machine or the request is said with the way out, and nothing is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Legwork
from tests.fakes.tiny_gguf import write_tiny_model


def test_a_data_folder_that_cannot_be_made(legwork: Legwork, sea: str) -> None:
    legwork.environment["LEGWORK_DATA_DIR"] = f"{sea}/data"
    code, out, err = legwork("run", "documents", "Summarise", sea)
    assert (code, out) == (1, "")
    assert "can't be written" in err
    assert "LEGWORK_DATA_DIR" in err


def test_a_model_that_is_not_there(legwork: Legwork, sea: str) -> None:
    code, _, err = legwork("run", "documents", "Summarise", sea, "--model", "nobody")
    assert (code, "No model is called 'nobody'" in err) == (2, True)
    assert "SmolLM2" in legwork("models", "list")[1]


@pytest.mark.parametrize("kept_bytes", [0, 3, 3000])
def test_a_model_file_that_is_cut_short_or_no_model(legwork: Legwork, sea: str, kept_bytes: int) -> None:
    model = write_tiny_model(Path(sea).with_name("whole.gguf"))
    cut = model.with_name("cut.gguf")
    cut.write_bytes(model.read_bytes()[:kept_bytes])
    code, _, err = legwork("run", "documents", "Summarise", sea, "--model", str(cut))
    assert code in (1, 2)
    assert "cut.gguf" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("documents", "", "{sea}"), "goal is empty"),
        (("documents", "x" * 1_000_00, "{sea}"), "nothing was started"),
        (("documents", "Summarise", "{sea}.missing"), "missing"),
        (("poetry", "Write", "{sea}"), "poetry"),
        (("documents", "Summarise", "{sea}", "-o", "mode"), "KEY=VALUE"),
    ],
)
def test_a_request_that_cannot_become_a_task(legwork: Legwork, sea: str, words: tuple[str, ...], said: str) -> None:
    code, out, err = legwork("run", *(word.replace("{sea}", sea) for word in words))
    assert (code, out) == (2, "")
    assert said in err
    assert legwork("list")[2] == "No tasks.\n"


def test_without_a_display_the_other_commands_are_named(legwork: Legwork) -> None:
    code, _, err = legwork()
    assert code == 1
    assert "legwork run" in err
    assert "legwork serve" in err


def test_looking_imports_neither_qt_nor_the_web_framework_nor_a_runtime(legwork: Legwork) -> None:
    listing = subprocess.run(
        [sys.executable, "-X", "importtime", ROOT / "main.py", "list"],
        capture_output=True,
        text=True,
        check=True,
        env=legwork.environment,
    )
    imported = {line.rpartition("|")[2].strip() for line in listing.stderr.splitlines()}
    heavy = {"PySide6", "fastapi", "starlette", "uvicorn", "aiohttp", "xllamacpp", "plyer", "pypdfium2"}
    assert "desktop.store" in imported
    assert not imported & heavy
    assert not legwork.paths.data.exists()
