"""Whatever a file holds, the reader reads or refuses it, in little memory. More of it: `python -m tests.fuzz_gguf`."""

import io
import struct
import tracemalloc

import pytest

from desktop.models.gguf import Malformed
from desktop.models.gguf.head import read_head_from
from tests.fakes.gguf_bytes import head_bytes
from tests.fuzz_gguf import fuzz, judge

CASES = 10_000  # half a minute
MOST_MEMORY = 48 * 2**20


@pytest.mark.timeout(400)  # where coverage is measured it takes three times as long
def test_mutated_and_made_up_files_are_read_or_refused() -> None:
    outcomes = fuzz(CASES)

    assert outcomes["read"] > CASES / 100  # the reader is not fed refuse alone
    assert outcomes["CutShort"] > CASES / 100
    assert outcomes["Malformed"] > CASES / 100


class Zeros(io.RawIOBase):
    """A file of 20 GB: a beginning, and zeros to its end."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._at = 0

    def seek(self, place: int, whence: int = 0) -> int:
        self._at = place
        return place

    def read(self, count: int = -1) -> bytes:
        found = self._beginning[self._at : self._at + count].ljust(count, b"\0")
        self._at += count
        return found


PROPERTY = b"GGUF" + struct.pack("<IQQQ1s", 3, 0, 1, 1, b"k")
HOSTILE = {
    "tensors": b"GGUF" + struct.pack("<IQQ", 3, 2**29, 0),
    "properties": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**30),
    "a text": PROPERTY + struct.pack("<IQ", 8, 2**34),
    "texts": PROPERTY + struct.pack("<IIQ", 9, 8, 2**31),
    "weights that could be": b"GGUF" + struct.pack("<IQQ", 3, 100_000, 0),
    "numbers": PROPERTY + struct.pack("<IIQ", 9, 10, 2**31),
    "control tokens": b"GGUF"
    + struct.pack("<IQQ", 3, 0, 2)
    + struct.pack("<Q25sI", 25, b"tokenizer.ggml.token_type", 9)
    + struct.pack("<IQ", 5, 2**18)
    + struct.pack("<i", 3) * 2**18
    + struct.pack("<Q21sI", 21, b"tokenizer.ggml.tokens", 9)
    + struct.pack("<IQ", 8, 2**18),
}


@pytest.mark.parametrize("beginning", HOSTILE.values(), ids=HOSTILE)
def test_announced_numbers_take_no_memory(beginning: bytes) -> None:
    file = Zeros(beginning)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            read_head_from(file, 20 * 10**9)  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_a_vocabulary_is_passed_over_in_little_memory() -> None:
    words = [f"word{number}" for number in range(128_000)]
    content = head_bytes({"tokenizer.ggml.tokens": [*words, "<|end|>"], "tokenizer.ggml.token_type": [1] * 128_001})
    tracemalloc.start()
    try:
        head = read_head_from(io.BytesIO(content), len(content))
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
    assert head.counts["tokenizer.ggml.tokens"] == 128_001
    assert head.special_tokens == {"<|end|>"}


def test_the_judge_sees_what_is_let_through() -> None:
    assert judge(head_bytes({"general.architecture": "llama"})) == "read"
    assert judge(head_bytes({}, [("t", (32,), 0)])) == "CutShort"
