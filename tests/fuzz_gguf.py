"""Fuzzes the reader of GGUF files: `python -m tests.fuzz_gguf [--cases N]`. It may refuse a file, and nothing else.

Half of the cases change, cut, double or swap bytes of a sound head; the other half are put together from parts that
each may be hostile. `tests/unit/models/test_gguf_fuzz.py` runs some of it with every check.
"""

import argparse
import io
import struct
import sys
import time
from collections import Counter
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.models.gguf import Malformed
from desktop.models.gguf.head import GgufHead, read_head_from
from desktop.models.gguf.source import LENGTH
from tests.fakes.gguf_bytes import ARRAY, head_bytes, text, value

CASES: Final = 100_000
MATRICES: Final = (
    ("token_embd.weight", (32, 8), 2),
    ("blk.0.attn_q.weight", (32, 32), 0),
    ("output.weight", (32, 8), 8),
)
SOUND: Final = head_bytes(
    {
        "general.architecture": "llama",
        "general.alignment": 32,
        "llama.block_count": 1,
        "llama.attention.head_count_kv": [1, 2],
        "llama.rope.freq_base": 1e6,
        "split.count": 1,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.tokens": ["<s>", "a", "<|x|>", "</s>"],
        "tokenizer.ggml.token_type": [3, 1, 1, 3],
    },
    MATRICES,
)
WHOLE: Final = SOUND + bytes(8192)

EDGES: Final = (
    0,
    1,
    2,
    3,
    31,
    32,
    33,
    255,
    256,
    *(2**power + step for power in (16, 31, 32, 62, 63) for step in (-1, 0)),
)

hostile_numbers = st.sampled_from((*EDGES, 2**40, 2**64 - 1)) | st.integers(0, 2**64 - 1)
small_numbers = st.sampled_from([0, 1, 2, 3, 4, 8, 9, 12, 13, 32, 64, 256])
mostly_small = small_numbers | small_numbers | hostile_numbers


def _packed(layout: str) -> st.SearchStrategy[bytes]:
    most = 2 ** (8 * struct.calcsize(layout)) - 1
    return mostly_small.map(lambda number: struct.pack(layout, number & most))


keys = st.sampled_from(["general.architecture", "general.alignment", "split.count", "tokenizer.ggml.tokens"]) | st.text(
    max_size=8
)
texts = st.builds(lambda content: text(content), keys) | st.builds(bytes.__add__, _packed("<Q"), st.binary(max_size=12))
values = (
    st.builds(value, st.integers(0, 2**32 - 1) | st.text(max_size=8) | st.booleans() | st.lists(st.integers(0, 9)))
    | st.builds(bytes.__add__, _packed("<I"), st.binary(max_size=16))
    | st.builds(
        lambda kind, count, rest: struct.pack("<I", ARRAY) + kind + count + rest,
        _packed("<I"),
        _packed("<Q"),
        st.binary(max_size=24),
    )
)
properties = st.builds(bytes.__add__, texts, values)
descriptions = st.builds(
    lambda name, sides, kind, offset: name + struct.pack("<I", len(sides)) + b"".join(sides) + kind + offset,
    texts,
    st.lists(_packed("<Q"), max_size=5),
    _packed("<I"),
    _packed("<Q"),
)


@st.composite
def structured(draw: st.DrawFn) -> bytes:
    """A file of parts that look right and are not, or are."""
    entries = draw(st.lists(properties, max_size=4))
    weights = draw(st.lists(descriptions, max_size=3))
    counts = (
        struct.pack("<QQ", len(weights), len(entries))
        if draw(st.booleans())
        else draw(st.binary(min_size=16, max_size=16))
    )
    version = draw(st.sampled_from([3, 3, 3, 2, 1, 0x03000000]))
    head = b"GGUF" + struct.pack("<I", version) + counts + b"".join(entries) + b"".join(weights)
    return head + bytes(draw(st.sampled_from([0, 64, 5000])))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound file with some of it changed."""
    content = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(SOUND) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                content[place] = draw(st.integers(0, 255))
            case 1:
                content[place : place + LENGTH.size] = LENGTH.pack(draw(hostile_numbers))
            case 2:
                del content[place : place + draw(st.integers(1, 40))]
            case 3:
                content[place:place] = content[draw(st.integers(0, place)) : place]
            case _:
                content[place : place + 4] = struct.pack("<I", draw(st.integers(0, 45)))
    return bytes(content[: draw(st.integers(0, len(content)))]) if draw(st.integers(0, 4)) == 0 else bytes(content)


def judge(content: bytes) -> str:
    """How the reader took a file: "read", or the name of its refusal. Anything else that it raises goes through."""
    try:
        head = read_head_from(io.BytesIO(content), len(content))
    except Malformed as refusal:
        if not str(refusal):
            raise AssertionError("a refusal without a reason") from refusal
        return type(refusal).__name__
    _look(head, content)
    return "read"


def _look(head: GgufHead, content: bytes) -> None:
    """What is let through keeps what it promises."""
    if not head.needed <= head.size == len(content):
        raise AssertionError("a file is let through that is too short")
    for tensor in head.tensors:
        if tensor.offset + tensor.bytes > head.needed or not tensor.bytes:
            raise AssertionError(f"{tensor} is let through")


def fuzz(cases: int) -> Counter[str]:
    """Judge so many files; how often each outcome came. Raises what a file made the reader raise, with that file."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated() | structured())
    def run(content: bytes) -> None:
        outcomes[judge(content)] += 1

    run()
    return outcomes


def main() -> int:
    """Fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    cases = parser.parse_args().cases
    began = time.perf_counter()
    outcomes = fuzz(cases)
    sys.stdout.write(f"{sum(outcomes.values()):,} files in {time.perf_counter() - began:.0f} s: {dict(outcomes)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
