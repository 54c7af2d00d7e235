"""Model files are doubted before anything native sees them."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from gguf import GGUFWriter
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.gguf import CutShort, GgufHead, Malformed, read_head
from tests.fakes.tiny_gguf import VOCABULARY, write_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf")


def head_of(path: Path, content: bytes) -> GgufHead:
    path.write_bytes(content)
    return read_head(path)


def test_a_whole_file_needs_exactly_the_bytes_that_it_has_apart_from_padding(tiny: Path) -> None:
    head = read_head(tiny)

    assert head.size - 32 < head.needed <= head.size
    assert head.tensors == 21
    assert head.metadata["general.architecture"] == "llama"
    assert head.metadata["llama.context_length"] == 2048
    assert len(head.metadata["tokenizer.ggml.tokens"]) == len(VOCABULARY)  # type: ignore[arg-type]


@pytest.mark.parametrize("kept", [0.999, 0.5, 0.01])
def test_a_file_without_its_end_is_cut_short(tiny: Path, tmp_path: Path, kept: float) -> None:
    whole = tiny.read_bytes()

    with pytest.raises(CutShort):
        head_of(tmp_path / "cut.gguf", whole[: int(len(whole) * kept)])


@given(st.data())
def test_wherever_a_file_is_cut_it_is_noticed(tiny: Path, data: st.DataObject) -> None:
    needed = read_head(tiny).needed
    cut = tiny.with_name("cut.gguf")

    with pytest.raises(Malformed):
        head_of(cut, tiny.read_bytes()[: data.draw(st.integers(0, needed - 1))])


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tiny: Path, tail: bytes) -> None:
    with pytest.raises(Malformed):
        head_of(tiny.with_name("noise.gguf"), b"GGUF" + struct.pack("<I", 3) + tail + b"\xff" * 9)


@given(position=st.integers(0, 1200), byte=st.integers(0, 255))
def test_a_flipped_byte_in_the_head_is_read_or_named_but_never_breaks_the_reader(
    tiny: Path, position: int, byte: int
) -> None:
    content = bytearray(tiny.read_bytes())
    content[position] = byte
    with suppress(Malformed):
        head = head_of(tiny.with_name("flipped.gguf"), bytes(content))

        assert head.needed <= head.size


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "it is empty"),
        (b"%PDF-1.7 and so on", "does not begin like one"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(16), "version 1"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(16), "version 50331648"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "weights are announced"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "properties are announced"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**40) + bytes(99), "a name of"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 77) + bytes(99), "unknown kind 77"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 9, 1) + bytes(99), "list of the unknown kind 9"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 1, 0, 1, b"t", 9) + bytes(99), "t has 9 dimensions"),
        (b"GGUF" + struct.pack("<IQQQ1sIQIQ", 3, 1, 0, 1, b"t", 1, 33, 2, 0) + bytes(99), "no whole number of blocks"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(Malformed, match=complaint):
        head_of(tmp_path / "wrong.gguf", content)


def test_long_lists_are_passed_over_unless_they_are_needed(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "long.gguf", "llama")
    writer.add_array("some.numbers", list(range(5000)))
    writer.add_array("some.texts", ["x"] * 5000)
    writer.add_array("few.numbers", [1, 2, 3])
    writer.add_uint32("after", 7)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

    metadata = read_head(tmp_path / "long.gguf").metadata

    assert metadata["some.numbers"] == []
    assert metadata["some.texts"] == []
    assert metadata["few.numbers"] == [1, 2, 3]
    assert metadata["after"] == 7


def test_an_alignment_that_is_none_is_refused(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "odd.gguf", "llama")
    writer.add_uint32("general.alignment", 33)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

    with pytest.raises(Malformed, match="alignment is 33"):
        read_head(tmp_path / "odd.gguf")
