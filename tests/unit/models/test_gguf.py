"""Model files are doubted before anything native sees them."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from gguf import GGUFWriter
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.gguf import (
    CutShort,
    GgufHead,
    Malformed,
    OldFormat,
    PartsMissing,
    first_part,
    read_gguf,
    read_head,
)
from tests.fakes.gguf_bytes import Matrix, description, head_bytes, text, value, write_sparse
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
    assert len(head.tensors) == 21
    assert head.metadata["general.architecture"] == "llama"
    assert head.metadata["llama.context_length"] == 2048
    assert head.counts["tokenizer.ggml.tokens"] == len(VOCABULARY)
    assert head.special_tokens == {"<s>", "</s>", "<|im_start|>", "<|im_end|>"}


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
        (b"GGUF" + struct.pack("<III", 1, 2**30, 0) + bytes(16), "weights are announced"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(16), "big-endian"),
        (b"GGUF" + struct.pack("<I", 9) + bytes(16), "version 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "weights are announced"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "properties are announced"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**40) + bytes(99), "a name of"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 77) + bytes(99), "unknown kind 77"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 9, 1) + bytes(99), "a list of lists"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 77, 1) + bytes(99), "list of the unknown kind 77"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 1, 0, 1, b"t", 9) + bytes(99), "t have 9 dimensions"),
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

    assert metadata["some.numbers"] == ()
    assert metadata["some.texts"] == ()
    assert metadata["few.numbers"] == (1, 2, 3)
    assert metadata["after"] == 7


def test_an_alignment_that_is_none_is_refused(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "odd.gguf", "llama")
    writer.add_uint32("general.alignment", 33)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

    with pytest.raises(Malformed, match="alignment is 33"):
        read_head(tmp_path / "odd.gguf")


SIDE = (32,)


def overlapping(first: bytes, second: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 2, 0) + first + second + bytes(999)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (overlapping(description("a", SIDE, 0, 0), description("b", SIDE, 0, 96)), "b begin within a"),
        (overlapping(description("b", SIDE, 0, 128), description("a", SIDE, 0, 128)), "a begin within b"),
        (overlapping(description("a", SIDE, 0, 0), description("a", SIDE, 0, 128)), "a are there twice"),
        (overlapping(description("a", SIDE, 0, 0), description("b", SIDE, 0, 100)), "multiple of 32"),
        (overlapping(description("a", SIDE, 0, 0), description("b", SIDE, 0, 2**40)), "b lie outside"),
        (overlapping(description("a", SIDE, 0, 0), description("b", SIDE, 99, 128)), "kind 99, which is not known"),
        (overlapping(description("a", SIDE, 0, 0), description("b", (0, 9), 0, 128)), "sides of 0 × 9"),
        (overlapping(description("a", SIDE, 0, 0), description("b", (2**62, 2**3), 0, 128)), "sides of"),
        (overlapping(description("a", SIDE, 0, 0), description("b", (2**32, 2**32, 2**32), 24, 128)), "sides of"),
        (overlapping(description("a", SIDE, 0, 0), description("b", (), 0, 128)), "b have 0 dimensions"),
        (overlapping(description("a" * 64, SIDE, 0, 0), b""), "a name of 64 bytes"),
        (overlapping(description("a\n", SIDE, 0, 0), b""), "the name"),
        (head_bytes({"general.alignment": "32"}), "general.alignment is of the wrong kind"),
        (head_bytes({"general.architecture": 7}), "general.architecture is of the wrong kind"),
        (head_bytes({"a key": 7}), "has the name 'a key'"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + 2 * (text("a") + value(1)), "a is there twice"),
        (head_bytes({f"k{number}": "x" * 2**20 for number in range(5)}), "take more than"),
    ],
)
def test_what_is_wrong_with_weights_and_properties_is_said(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(Malformed, match=complaint):
        head_of(tmp_path / "wrong.gguf", content)


@pytest.mark.parametrize("content", [magic + bytes(99) for magic in (b"tjgg", b"lmgg", b"fmgg", b"ccgg", b"algg")])
def test_files_from_before_are_told_apart(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(OldFormat):
        head_of(tmp_path / "old.gguf", content)


def test_a_text_that_is_too_long_to_be_needed_is_passed_over(tmp_path: Path) -> None:
    head = head_of(tmp_path / "m.gguf", head_bytes({"tokenizer.huggingface.json": "x" * (2**20 + 1), "after": 7}))

    assert head.metadata == {"tokenizer.huggingface.json": "", "after": 7}


def test_a_file_of_20_gb_is_read_like_a_small_one(tmp_path: Path) -> None:
    matrices: list[Matrix] = [(f"blk.{layer}.ffn_up.weight", (8192, 32_768), 12) for layer in range(133)]
    head = read_head(write_sparse(tmp_path / "large.gguf", {"general.architecture": "llama"}, matrices))

    assert head.size > 20 * 10**9
    assert head.weight_bytes == 133 * 8192 * 32_768 // 256 * 144


class Parts:
    """A model in three parts, of which any may be another one than it should be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for number in range(3):
            self.write(number)

    def write(self, number: int, *, tensors: int = 3, weights: str = "", **properties: int | str) -> None:
        split = {"split.no": number, "split.count": 3, "split.tensors.count": tensors}
        stated = {"general.architecture": "llama"} if number == 0 else {}
        named = {name.replace("_", "."): content for name, content in properties.items()}
        write_sparse(self.path(number), {**stated, **split, **named}, [(weights or f"w{number}", SIDE, 0)])

    def path(self, number: int) -> Path:
        return self._folder / f"m-{number + 1:05}-of-00003.gguf"


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


def test_a_model_in_parts_is_read_whole_from_any_of_them(parts: Parts) -> None:
    found = read_gguf(parts.path(1))

    assert found.parts == tuple(parts.path(number) for number in range(3))
    assert [tensor.name for tensor in found.tensors] == ["w0", "w1", "w2"]
    assert found.size == sum(path.stat().st_size for path in found.parts)
    assert first_part(parts.path(2)) == parts.path(0)


def test_a_part_that_is_not_there_is_named(parts: Parts) -> None:
    parts.path(2).unlink()

    with pytest.raises(PartsMissing, match=r"m-00003-of-00003[.]gguf is not beside it"):
        read_gguf(parts.path(0))


def test_a_part_that_is_cut_is_named(parts: Parts) -> None:
    parts.path(1).write_bytes(parts.path(1).read_bytes()[:-100])

    with pytest.raises(CutShort, match=r"of its part m-00002-of-00003[.]gguf"):
        read_gguf(parts.path(0))


def test_parts_of_other_models_are_refused(parts: Parts) -> None:
    for wrong in ({"split_no": 2}, {"split_count": 4}, {"tensors": 9}, {"general_architecture": "qwen2"}):
        parts.write(1, **wrong)  # type: ignore[arg-type]
        with pytest.raises(PartsMissing, match="part 2 belongs to another model"):
            read_gguf(parts.path(0))


def test_parts_that_make_up_no_model_are_refused(parts: Parts) -> None:
    parts.write(1, weights="w0")

    with pytest.raises(PartsMissing, match="do not make up one model"):
        read_gguf(parts.path(0))


def test_a_part_that_was_renamed_is_refused_with_the_way_out(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(PartsMissing, match="its name must say so: …-00001-of-00003"):
        read_gguf(parts.path(0).rename(tmp_path / "renamed.gguf"))
