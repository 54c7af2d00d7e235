"""A machine on which no model can run is told what it lacks, and not to try another model."""

import os
import signal
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest

from desktop.engine import RuntimeUnusable
from desktop.models import LocalModel, LocalModels
from desktop.models.obstacles import PACKAGES, lacking_piece
from tests.fakes.tiny_gguf import write_tiny_model
from tests.unit.models.test_runtime import answer_and, running
from tests.unit.packaging.conftest import load

LINKER = "{}: cannot open shared object file: No such file or directory"
DIES = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.gguf")


async def unusable_with(awaitable: Awaitable[object]) -> RuntimeUnusable:
    with pytest.raises(RuntimeUnusable) as caught:
        await awaitable
    assert "kept" in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("complaint", "said", "hint"),
    [
        (
            LINKER.format("libgomp.so.1"),
            "libgomp.so.1",
            "apt install libgomp1”, on Fedora with “sudo dnf install libgomp”",
        ),
        (LINKER.format("libodd.so"), "libodd.so", "package of your system"),
        ("No module named 'xllamacpp'", "No module named 'xllamacpp'", "bootstrap.py"),
    ],
)
async def test_a_runtime_that_can_not_be_put_together_names_what_is_missing(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, said: str, hint: str
) -> None:
    (tmp_path / "xllamacpp.py").write_text(f"raise ImportError({complaint!r})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    models = LocalModels(None)

    error = await unusable_with(models.open(str(tiny)).load())
    await models.close()

    assert said in error.message
    assert hint in error.hint
    assert said in models.status().problem


async def test_a_processor_that_lacks_what_the_runtime_was_built_for_is_named(tiny: Path) -> None:
    models = LocalModels(None, program=(sys.executable, "-c", DIES))

    error = await unusable_with(models.open(str(tiny)).load())
    await models.close()

    assert "processor" in error.message
    assert "No other model" in error.hint


async def test_an_instruction_that_is_missed_only_in_an_answer_is_named_too(tiny: Path) -> None:
    models = LocalModels(None)
    model: LocalModel = models.open(str(tiny))
    await model.load()
    pid = running(model).process.pid

    error = await unusable_with(answer_and(model, lambda: os.kill(pid, signal.SIGILL)))
    await models.close()

    assert "processor" in error.message


def test_the_packages_are_those_that_the_set_up_installs() -> None:
    installed = {library: (debian, fedora) for library, debian, fedora in load("bootstrap").RUNTIME_LIBRARIES}

    assert installed.items() <= PACKAGES.items()
    assert all(packages[0] in lacking_piece(LINKER.format(library)).hint for library, packages in installed.items())
