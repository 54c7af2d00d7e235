"""What a model file means for a person, and for a runtime."""

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from desktop.engine import ModelUnavailable
from desktop.models.runtime import fitting_context
from desktop.models.weights import Weights, read_weights
from tests.fakes.tiny_gguf import write_tiny_model

GIB = 2**30


def weights(*, trained: int = 32_768, size: int = GIB, cache_bytes: int = 28_672) -> Weights:
    return Weights(
        path=Path("m.gguf"), size=size, trained_context=trained, cache_bytes=cache_bytes, special_tokens=frozenset()
    )


def test_a_sound_file_tells_what_the_runtime_needs(tmp_path: Path) -> None:
    found = read_weights(write_tiny_model(tmp_path / "tiny.gguf", context=1024))

    assert found.trained_context == 1024
    assert found.cache_bytes == 2 * 2 * 64 * 2  # layers, keys and values, width, bytes
    assert found.special_tokens == {"<s>", "</s>", "<|im_start|>", "<|im_end|>"}


def test_a_missing_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="is missing") as caught:
        read_weights(tmp_path / "gone.gguf")
    assert "gone.gguf" in caught.value.message
    assert caught.value.hint


def test_a_file_cut_short_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "cut.gguf")
    path.write_bytes(path.read_bytes()[:-1000])

    with pytest.raises(ModelUnavailable, match="is cut short") as caught:
        read_weights(path)
    assert "Download it again" in caught.value.hint


def test_another_kind_of_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<html>not found</html>")

    with pytest.raises(ModelUnavailable, match="no usable GGUF file") as caught:
        read_weights(path)
    assert "GGUF" in caught.value.hint


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="can't be read"):
        read_weights(tmp_path)


def test_a_file_without_weights_is_no_model(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "vocabulary.gguf", "llama")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

    with pytest.raises(ModelUnavailable, match="holds no language model"):
        read_weights(tmp_path / "vocabulary.gguf")


def test_layers_with_differing_heads_are_added_up(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "uneven.gguf", "llama")
    writer.add_block_count(2)
    writer.add_embedding_length(64)
    writer.add_head_count([4, 4])
    writer.add_head_count_kv([1, 3])
    writer.add_tensor("t", np.zeros(32, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    assert read_weights(tmp_path / "uneven.gguf").cache_bytes == 4 * (16 + 16) * 2


def test_the_context_is_the_trained_one_up_to_a_limit() -> None:
    assert fitting_context(weights(), 4, available=24 * GIB) == 8192
    assert fitting_context(weights(trained=1000), 4, available=24 * GIB) == 1000


def test_the_context_shrinks_to_what_memory_allows_but_stays_usable() -> None:
    assert fitting_context(weights(), 4, available=2 * GIB) == 4608
    assert fitting_context(weights(), 4, available=GIB // 2) == 2048
