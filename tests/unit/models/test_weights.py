"""What a model file means for a person, and for a runtime."""

from dataclasses import replace
from pathlib import Path

import pytest
from gguf import GGUFWriter

from desktop.engine import ModelUnavailable
from desktop.models.weights import read_weights
from tests.fakes.first_gguf import write_as_first_version
from tests.fakes.gguf_bytes import write_sparse
from tests.fakes.tiny_ggml import write_tiny_ggml
from tests.fakes.tiny_gguf import write_tiny_model


def test_a_sound_file_tells_what_the_runtime_needs(tmp_path: Path) -> None:
    found = read_weights(write_tiny_model(tmp_path / "tiny.gguf", context=1024))

    assert found.shape.trained_context == 1024
    assert [(layer.key_width, layer.value_width) for layer in found.shape.layers] == [(64, 64)] * 2
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


def test_a_file_from_before_that_is_none_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "old.gguf").write_bytes(b"tjgg" + bytes(99))

    with pytest.raises(ModelUnavailable, match="from before GGUF, and can't be used: version 0") as caught:
        read_weights(tmp_path / "old.gguf")
    assert "newer file" in caught.value.hint


def test_a_file_from_before_goes_to_the_runtime_that_reads_it(tmp_path: Path) -> None:
    first = write_as_first_version(write_tiny_model(tmp_path / "first.gguf", context=1024))
    old, early, today = (
        read_weights(path)
        for path in (write_tiny_ggml(tmp_path / "old.bin", "gptneox"), first, write_tiny_model(tmp_path / "now.gguf"))
    )

    assert [each.is_old for each in (old, early, today)] == [True, True, False]
    assert [each.family for each in (old, early, today)] == ["gptneox", "gguf", "gguf"]
    assert early.shape == replace(today.shape, trained_context=1024)
    assert "### Response:" in old.special_tokens & early.special_tokens
    assert "### Response:" not in today.special_tokens


def test_an_early_file_of_a_family_that_nothing_reads_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = write_as_first_version(write_tiny_model(tmp_path / "early.gguf", architecture="mpt"))

    with pytest.raises(ModelUnavailable, match=r"only files of the families LLaMA and Falcon .* is of mpt") as caught:
        read_weights(path)
    assert "newer file" in caught.value.hint


def test_a_model_that_lacks_a_part_is_named_with_the_way_out(tmp_path: Path) -> None:
    split = {"general.architecture": "llama", "split.no": 0, "split.count": 2, "split.tensors.count": 2}
    path = write_sparse(tmp_path / "m-00001-of-00002.gguf", split, [("t", (32,), 0)])

    with pytest.raises(ModelUnavailable, match="is not whole: its part m-00002") as caught:
        read_weights(path)
    assert "all parts into one folder" in caught.value.hint
