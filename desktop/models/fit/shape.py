"""What of a model costs memory, read off the head of its file.

The keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; what runtimes make of them: llama.cpp's
`llama-hparams.cpp` and `llama-kv-cache.cpp`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desktop.models.gguf import Gguf, GgufHead, Tensor

PACKED: Final = 32
"""Numbers of a block of a packed cache."""

ASSUMED_CONTEXT: Final = 2_048
WINDOW_PERIODS: Final[Mapping[str, int]] = {
    "cohere2": 4,
    "exaone4": 4,
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "olmo2": 4,
}
"""Of so many layers all but the last see a window only. Others are taken to have none: never too little."""
REPACKED: Final = frozenset({2, 12, 20})
"""The kinds Q4_0, Q4_K and IQ4_NL, of which llama.cpp makes itself a copy that suits the processor, beside the file."""
BOTH: Final = frozenset({"falcon-h1"})
"""Families in which each layer has attention and a state."""
_BLOCK: Final = re.compile(r"blk\.(\d{1,6})\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerShape:
    """What one layer costs."""

    weight_bytes: int
    repacked_bytes: int  # that a processor holds a second time, in the order in which it reads them
    key_width: int  # numbers kept for each token
    value_width: int
    window: int  # tokens that it looks back; 0: all
    state_numbers: int  # kept for each slot, however long its text


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """What a model costs."""

    architecture: str
    trained_context: int  # tokens
    embedding: int
    feed_forward: int
    vocabulary: int  # tokens
    layers: tuple[LayerShape, ...]
    input_bytes: int  # weights that stay with the processor
    output_bytes: int  # weights after the last layer
    output_repacked_bytes: int
    ties_output: bool  # the weights of the input serve as output too, and a GPU needs its own copy of them
    packs_cache: bool = True  # whether its cache may be in blocks of 32 numbers: runtimes refuse it for other heads

    @property
    def weight_bytes(self) -> int:
        """Bytes of all weights."""
        return self.input_bytes + self.output_bytes + sum(layer.weight_bytes for layer in self.layers)


def shape_of(gguf: Gguf) -> ModelShape:
    """What a model costs, by its head. Numbers that are missing count as what runtimes take for them."""
    head = gguf.head
    weights = _Weights(gguf)
    attention = _Attention(head, weights.layers)
    expert_width = _of(head, "expert_feed_forward_length")
    vocabulary = head.counts.get("tokenizer.ggml.tokens", 0) or _of(head, "vocab_size")
    return ModelShape(
        architecture=head.architecture,
        trained_context=_of(head, "context_length") or ASSUMED_CONTEXT,
        embedding=_of(head, "embedding_length"),
        feed_forward=max(_most(head, "feed_forward_length"), _of(head, "expert_used_count") * expert_width),
        vocabulary=vocabulary,
        layers=tuple(
            attention.layer(number, weights.by_layer[number], weights.repacked[number])
            for number in range(weights.layers)
        ),
        input_bytes=weights.input,
        output_bytes=weights.output,
        output_repacked_bytes=weights.output_repacked,
        ties_output=not weights.has_output,
        packs_cache=attention.packs,
    )


class _Weights:
    """Bytes of weights by where they belong."""

    def __init__(self, gguf: Gguf) -> None:
        self.by_layer: Counter[int] = Counter()
        self.repacked: Counter[int] = Counter()
        self.input = self.output = self.output_repacked = 0
        self.has_output = False
        self.layers = min(_of(gguf.head, "block_count"), len(gguf.tensors))  # each has weights, or there are none
        for tensor in gguf.tensors:
            self._count(tensor)

    def _count(self, tensor: Tensor) -> None:
        repacked = tensor.bytes if tensor.kind in REPACKED and len(tensor.shape) > 1 else 0
        block = _BLOCK.match(tensor.name)
        if block is not None:
            self.by_layer[int(block[1])] += tensor.bytes
            self.repacked[int(block[1])] += repacked
        elif tensor.name.startswith("output"):
            self.output += tensor.bytes
            self.output_repacked += repacked
            self.has_output |= tensor.name == "output.weight"
        else:
            self.input += tensor.bytes


class _Attention:
    """What layers keep of the text."""

    def __init__(self, head: GgufHead, layers: int) -> None:
        self._head = head
        self._layers = layers
        self._heads = _most(head, "attention.head_count")
        width = _of(head, "embedding_length") // max(self._heads, 1)
        self._key = _of(head, "attention.key_length") or width
        self._value = 0 if _of(head, "attention.key_length_mla") else _of(head, "attention.value_length") or width
        self._window = _of(head, "attention.sliding_window")
        self._shared = _of(head, "attention.shared_kv_layers")  # the last ones use the cache of those before
        self._state = _state_numbers(head)

    @property
    def packs(self) -> bool:
        """Whether all heads are whole blocks of a packed cache."""
        return all(width % PACKED == 0 for windowed in (False, True) for width in self._widths(windowed))

    def layer(self, number: int, weight_bytes: int, repacked_bytes: int) -> LayerShape:
        """What this layer costs."""
        recurs = self._state > 0 and self._recurs(number)
        attends = (not recurs or self._head.architecture in BOTH) and number < self._layers - self._shared
        windowed = self._window > 0 and self._is_windowed(number)
        heads = self._cache_heads(number) if attends else 0
        key, value = self._widths(windowed)
        return LayerShape(
            weight_bytes=weight_bytes,
            repacked_bytes=repacked_bytes,
            key_width=heads * key,
            value_width=heads * value,
            window=self._window if windowed else 0,
            state_numbers=self._state if recurs else 0,
        )

    def _widths(self, windowed: bool) -> tuple[int, int]:
        if not windowed:
            return self._key, self._value
        key = _of(self._head, "attention.key_length_swa") or self._key
        return key, _of(self._head, "attention.value_length_swa") or self._value

    def _cache_heads(self, number: int) -> int:
        return _at(self._head, "attention.head_count_kv", number, self._heads)

    def _recurs(self, number: int) -> bool:
        interval = _of(self._head, "full_attention_interval")
        if interval:
            return (number + 1) % interval != 0
        return self._head.architecture in BOTH or self._cache_heads(number) == 0

    def _is_windowed(self, number: int) -> bool:
        pattern = _raw(self._head, "attention.sliding_window_pattern")
        if isinstance(pattern, tuple):
            return bool(pattern[number]) if number < len(pattern) else False
        period = _of(self._head, "attention.sliding_window_pattern") or WINDOW_PERIODS.get(self._head.architecture, 1)
        return number % period < period - 1


def _state_numbers(head: GgufHead) -> int:
    """Of a layer that keeps a state instead of the text: its convolution's, and its own."""
    inner, state = _of(head, "ssm.inner_size"), _of(head, "ssm.state_size")
    groups, kernel = _of(head, "ssm.group_count"), _of(head, "ssm.conv_kernel")
    short = _of(head, "shortconv.l_cache")
    if short:
        return max(short - 1, 0) * _of(head, "embedding_length")
    return max(kernel - 1, 0) * (inner + 2 * groups * state) + inner * state


def _raw(head: GgufHead, key: str) -> object:
    return head.metadata.get(f"{head.architecture}.{key}")


def _of(head: GgufHead, key: str) -> int:
    """A property of the model's family; 0 where it is missing or no number of things."""
    return max(head.whole(f"{head.architecture}.{key}"), 0)


def _most(head: GgufHead, key: str) -> int:
    """The same where each layer may have its own; the largest of them."""
    value = _raw(head, key)
    if isinstance(value, tuple):
        return max((int(item) for item in value if isinstance(item, int)), default=0)
    return _of(head, key)


def _at(head: GgufHead, key: str, layer: int, default: int) -> int:
    """The same of one layer."""
    value = _raw(head, key)
    if isinstance(value, tuple):
        item = value[layer] if layer < len(value) else 0
        return max(int(item), 0) if isinstance(item, int) else 0
    return _of(head, key) if isinstance(value, int) else default
