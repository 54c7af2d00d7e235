"""What is offered for download, and to which machine."""

import re
from dataclasses import replace

import pytest

from desktop.engine import Machine
from desktop.models.catalogue import (
    CatalogueModel,
    approximate_need,
    best_place,
    catalogue,
    in_catalogue,
    recommend,
)
from tests.fakes.fixed_hardware import GIB, gpu, machine

GB = 10**9


def test_there_is_a_choice_from_the_smallest_to_thirty_billion() -> None:
    sizes = [model.parameters for model in catalogue()]

    assert len(sizes) >= 12
    assert min(sizes) < 0.5
    assert 30 <= max(sizes) < 31


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.id)
def test_an_entry_is_whole_and_plausible(model: CatalogueModel) -> None:
    assert re.fullmatch(r"[a-z0-9.-]+", model.id)
    assert re.fullmatch(r"[\w-]+/[\w.-]+-GGUF", model.repository)
    assert re.fullmatch(r"[\w.-]+\.gguf", model.file)
    assert model.about.endswith(".")
    assert model.licence
    assert set(model.kinds) <= {"documents", "research", "code", "assistant"}
    assert model.kinds
    assert 0.4 < model.bytes / (model.parameters * GB) < 1.2, "bytes to a parameter, of files with 4 to 8 bits"
    assert 0 < model.active <= model.parameters
    assert model.context >= 8192
    assert model.cache_bytes % 4096 == 0


def test_identifiers_are_unique_and_found_in_any_case() -> None:
    assert len({model.id for model in catalogue()}) == len({model.address for model in catalogue()}) == len(catalogue())
    assert in_catalogue("Qwen3-8B") is next(model for model in catalogue() if model.id == "qwen3-8b")
    assert in_catalogue("qwen3") is None


@pytest.mark.parametrize(
    ("gigabytes", "on_gpu", "best"),
    [
        (1, False, "smollm2-360m"),
        (4, False, "gemma-3-4b"),
        (8, False, "qwen3-4b-2507"),
        (8, True, "qwen3-8b"),
        (12, True, "qwen3-14b"),
        (16, False, "gpt-oss-20b"),
        (24, True, "qwen3-30b-a3b-2507"),
    ],
)
def test_a_machine_gets_the_strongest_that_fits_and_is_quick_enough(gigabytes: int, on_gpu: bool, best: str) -> None:
    found = recommend(gigabytes * GB, on_gpu=on_gpu)

    assert found[0].id == best
    assert all(approximate_need(model) <= gigabytes * GB for model in found)


def test_a_kind_of_task_gets_models_that_do_it_well() -> None:
    found = recommend(8 * GB, on_gpu=True, kind="code")

    assert [model.id for model in found] == ["qwen3-8b", "qwen2.5-coder-7b", "qwen3-4b-2507", "qwen2.5-coder-1.5b"]


def test_what_a_model_needs_may_be_known_better() -> None:
    assert recommend(8 * GB, on_gpu=True, need=lambda model: 9 * GB) == ()
    assert recommend(0, on_gpu=True) == ()


def test_models_run_best_on_the_largest_card_that_the_runtime_can_use() -> None:
    small, large = gpu(total=8 * GIB, free=1 * GIB), gpu(total=24 * GIB)
    place = best_place(machine(small, large, replace(gpu(total=48 * GIB), device="")))

    assert place.gpu is large
    assert 20 * GIB < place.memory < 24 * GIB, "what the screen shows takes its part"


@pytest.mark.parametrize("found", [machine(), machine(replace(gpu(), device="")), machine(advice="Too old.")])
def test_without_a_usable_card_they_run_in_the_machines_own_memory(found: Machine) -> None:
    place = best_place(found)

    assert place.gpu is None
    assert place.memory == 12 * GIB


def test_a_gpu_that_shares_the_processors_memory_is_no_better_place() -> None:
    assert best_place(machine(replace(gpu(), shares_memory=True))).gpu is None
