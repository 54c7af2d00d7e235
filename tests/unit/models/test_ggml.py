"""Files from before GGUF: told apart by family, and refused where they do not keep their word."""

import io
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from desktop.engine import ModelUnavailable
from desktop.models.ggml import begins_ggml, ggml_shape, read_ggml
from desktop.models.ggml.head import GgmlHead, read_ggml_from
from desktop.models.ggml.layouts import GPT_J, UNVERSIONED
from desktop.models.gguf import Malformed
from desktop.models.weights import read_weights
from tests.fakes.tiny_ggml import CONTEXT, HEADS, LAYERS, WIDTH, ggml_bytes, write_tiny_ggml

FAMILIES = {
    "gpt2": (),
    "starcoder": (b"<fim_prefix>",),
    "gptj": (),
    "gptneox": (),
    "dollyv2": (b"### End", b"### Instruction:", b"### Response:"),
    "mpt": (),
    "replit": (),
    "llama": (),
    "falcon": (),
}
SOUND = {family: ggml_bytes(family, extra_tokens=extra) for family, extra in FAMILIES.items()}


def read(content: bytes) -> GgmlHead:
    return read_ggml_from(io.BytesIO(content), len(content))


def changed(family: str, place: int, *numbers: int) -> bytes:
    """A sound file with other numbers of 32 bits there."""
    content = bytearray(SOUND[family])
    struct.pack_into(f"<{len(numbers)}I", content, place, *numbers)
    return bytes(content)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_tells_its_family_and_what_it_costs(tmp_path: Path, family: str) -> None:
    path = write_tiny_ggml(tmp_path / "model.bin", family, extra_tokens=FAMILIES[family])

    head = read_ggml(path)
    shape = ggml_shape(head)

    assert begins_ggml(path)
    assert head.family == shape.architecture == family
    assert len(shape.layers) == LAYERS
    assert 0.9 * head.size < shape.weight_bytes < head.size
    assert shape.trained_context == (2_048 if family in ("llama", "falcon") else CONTEXT)


def test_what_is_kept_of_each_token_follows_the_family() -> None:
    kept = {name: ggml_shape(read(content)).layers[0] for name, content in SOUND.items()}

    assert (kept["gptj"].key_width, kept["gptj"].value_width) == (WIDTH, WIDTH)
    assert kept["gpt2"].key_width == 2 * WIDTH  # in 32 bits
    assert (kept["falcon"].key_width, kept["falcon"].value_width) == (WIDTH // HEADS, 2 * WIDTH // HEADS)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"algg" + bytes(99), "is an adapter"),
        (b"GGUF" + bytes(99), "does not begin like"),
        (changed("llama", 4, 9), "version 9 of the format GGJT"),
        (changed("falcon", 4, 3), "version 3 of the format GGCC"),
        (changed("gpt2", 4, 2**31), "no number of"),
        (changed("llama", 8, 7), "7 is no number of vocabulary"),
        (changed("llama", 16, 0), "0 is no number of multiple"),
        (changed("llama", 20, 7), "do not go into 7 heads"),
        (changed("llama", 28, 17), "do not go into 4 heads"),
        (changed("llama", 28, 14), "do not go into 4 heads"),
        (SOUND["llama"].replace(b"\1\0\0\0A", b"\1\0\0\0B", 1), "1 bytes are no tokens"),
        (changed("llama", 24, 9), "says that it has 9 layers"),
        (changed("llama", 32, 77), "77 is no number of kind"),
        (changed("falcon", 20, 3), "4 heads do not share 3"),
        (changed("falcon", 28, 8), "8 is no number of type of Falcon"),
        (changed("llama", 36, 2**30), "a token has 1,073,741,824 bytes"),
    ],
)
def test_a_head_that_lies_is_refused_by_name(content: bytes, complaint: str) -> None:
    with pytest.raises(Malformed, match=complaint):
        read(content)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (changed("gptj", 8, 2**20, 2**12), "more than the runtime can count"),
        (changed("gptj", 32, 1), "two sizes"),
    ],
)
def test_a_head_that_lies_in_the_only_way_to_read_it_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, content: bytes, complaint: str
) -> None:
    monkeypatch.setitem(UNVERSIONED, b"lmgg", (GPT_J,))  # others may come further, and say why
    with pytest.raises(Malformed, match=complaint):
        read(content)


def first_tensor(family: str) -> int:
    """Where the first description of weights is."""
    name = {"llama": b"tok_embeddings.weight", "mpt": b"transformer.wte.weight"}[family]
    return SOUND[family].index(name) - 20


@pytest.mark.parametrize(
    ("family", "numbers", "complaint"),
    [
        ("llama", (3,), "3 dimensions"),
        ("llama", (0,), "0 dimensions"),
        ("llama", (2**31,), "dimensions"),
        ("llama", (2, 2**31), "a name of 2,147,483,648 bytes"),
        ("llama", (2, 21, 4), "the kind 4"),
        ("llama", (2, 21, 0, WIDTH, 7), "do not fit the vocabulary"),
        ("llama", (2, 21, 0, 2**16, 2**16), "have sides of"),
        ("llama", (2, 21, 2, 33, 1), "have sides of"),
        ("mpt", (2, 22, 0, WIDTH, 2**24), "do not fit the vocabulary"),
    ],
)
def test_weights_that_lie_are_refused_by_name(family: str, numbers: tuple[int, ...], complaint: str) -> None:
    with pytest.raises(Malformed, match=complaint):
        read(changed(family, first_tensor(family), *numbers))


def test_other_lies_are_refused_by_name() -> None:
    llama, mpt = SOUND["llama"], SOUND["mpt"]
    with pytest.raises(Malformed, match="are there twice"):
        read(llama.replace(b"layers.1.ffn_norm", b"layers.0.ffn_norm"))
    with pytest.raises(Malformed, match="have the name"):
        read(llama.replace(b"layers.1.ffn_norm", b"layers\n1.ffn_norm"))
    with pytest.raises(Malformed, match="no text"):
        read(mpt.replace("é".encode(), b"\xff\xff", 1))
    with pytest.raises(Malformed, match="two numbers"):
        read(changed("falcon", 36, 3))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_that_is_cut_anywhere_is_refused(family: str) -> None:
    content = SOUND[family]
    for end in (3, 7, 30, 200, 2_000, len(content) // 2, len(content) - 1):
        with pytest.raises(Malformed):
            read(content[:end])
    with pytest.raises(Malformed):
        read(content + b"\0")


hostile_numbers = st.sampled_from([0, 1, 2, 3, 2**16, 2**20, 2**31 - 1, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound file with some of its head or its descriptions changed, or what begins like one."""
    content = bytearray(SOUND[draw(st.sampled_from(sorted(SOUND)))])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, 60) | st.integers(0, len(content) - 5))
        match draw(st.integers(0, 3)):
            case 0:
                content[place] = draw(st.integers(0, 255))
            case 1:
                struct.pack_into("<I", content, place, draw(hostile_numbers))
            case 2:
                del content[place : place + draw(st.integers(1, 40))]
            case _:
                content[place:place] = draw(st.binary(max_size=40))
    return bytes(content)


@settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated() | st.binary(max_size=400).map(lambda rest: b"lmgg" + rest))
@example(b"lmgg")
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    with suppress(Malformed):
        check(read(content), content)


def check(head: GgmlHead, content: bytes) -> None:
    """What is let through keeps what it promises."""
    assert head.size == len(content)
    assert sum(head.layers) + head.input_bytes + head.output_bytes < head.size
    assert ggml_shape(head).weight_bytes > 0


def test_what_is_no_model_does_not_begin_like_one(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"\x7fELF")

    assert not begins_ggml(tmp_path / "other.bin")
    assert not begins_ggml(tmp_path / "gone.bin")
    assert not begins_ggml(tmp_path)


def test_a_refusal_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.bin"
    path.write_bytes(changed("llama", 24, 2**20))
    with pytest.raises(
        ModelUnavailable, match=r"from before GGUF, and can't be used: .* no number of layers"
    ) as caught:
        read_weights(path)
    assert "newer file" in caught.value.hint

    path.write_bytes(SOUND["llama"][:-1])
    with pytest.raises(ModelUnavailable, match="cut short"):
        read_weights(path)
