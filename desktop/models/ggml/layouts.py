"""How each family of models wrote its files before GGUF, as ctransformers 0.2.27 reads them.

A file begins with four bytes, in most cases a version, and a list of numbers of four bytes each. Then come the tokens
of the vocabulary, and the weights, each after its own description. Which family a file is of it does not say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

VOCABULARY: Final = "vocabulary"
CONTEXT: Final = "context"
WIDTH: Final = "width"
HEADS: Final = "heads"
CACHE_HEADS: Final = "heads of the cache"
LAYERS: Final = "layers"
ROTATED: Final = "rotated numbers"
KIND: Final = "kind of the weights"
FALCON_TYPE: Final = "type of Falcon"
MERGES: Final = "merges"
ANYTHING: Final = "anything"
"""A number that nothing is computed with that could go wrong."""

LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    VOCABULARY: (16, 1 << 20),
    CONTEXT: (1, 1 << 20),
    WIDTH: (1, 1 << 16),
    HEADS: (2, 1 << 10),
    CACHE_HEADS: (1, 1 << 10),
    LAYERS: (1, 1 << 10),
    ROTATED: (2, 1 << 16),
    MERGES: (0, 1 << 20),
}
"""What a number may be. The largest models of that time had a fifth of this."""
MULTIPLE: Final = "multiple"
LIMITS_OF_MULTIPLE: Final = (1, 1 << 16)
KINDS: Final = frozenset({0, 1, 2, 3, *range(7, 15)})
"""How most weights of a file may be kept: below the thousands, which count a version."""
LLAMA_KINDS: Final = KINDS | {4, 15, 16, 17, 18}
MOST_KIND: Final = 16_000
FALCON_TYPES: Final = (7, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the files of a family are laid out."""

    family: str  # as ctransformers calls it
    numbers: tuple[str, ...]  # after magic and version
    input: str  # the weights with a column for each token
    layer: str  # how the names of a layer's weights begin, before its number
    output: tuple[str, ...] = ()  # how the names of weights after the last layer begin
    counts_tokens_again: bool = False
    scores_tokens: bool = False
    has_merges: bool = False
    alignment: int = 1  # where a tensor's weights begin, in the file
    spells_bytes: bool = False  # each byte is a token, since the runtime falls back on them
    kinds: frozenset[int] = KINDS
    rotates_all: bool = False  # each head as a whole
    reserves_context: bool = True  # as much as the file says
    cache_bytes: int = 2  # for a number in the cache


_GPT: Final = (VOCABULARY, CONTEXT, WIDTH, HEADS, LAYERS)
_MOSAIC: Final = (WIDTH, CONTEXT, HEADS, LAYERS, VOCABULARY)
_LLAMA: Final = (VOCABULARY, WIDTH, MULTIPLE, HEADS, LAYERS, ROTATED, KIND)
_FALCON: Final = (VOCABULARY, WIDTH, HEADS, CACHE_HEADS, LAYERS, FALCON_TYPE, KIND, MERGES)

GPT2: Final = Layout(
    family="gpt2",
    numbers=(*_GPT, KIND),
    input="model/wte",
    layer="model/h",
    output=("model/lm_head", "model/ln_f"),
    counts_tokens_again=True,
    cache_bytes=4,
)
GPT_J: Final = Layout(
    family="gptj",
    numbers=(*_GPT, ROTATED, KIND),
    input="transformer.wte.weight",
    layer="transformer.h.",
    output=("lm_head", "transformer.ln_f"),
    counts_tokens_again=True,
)
GPT_NEOX: Final = Layout(
    family="gptneox",
    numbers=(*_GPT, ROTATED, ANYTHING, KIND),
    input="gpt_neox.embed_in.weight",
    layer="gpt_neox.layers.",
    output=("embed_out", "gpt_neox.final_layer_norm"),
)
MPT: Final = Layout(
    family="mpt",
    numbers=(*_MOSAIC, ANYTHING, ANYTHING, KIND),
    input="transformer.wte.weight",
    layer="transformer.blocks.",
    output=("transformer.norm_f",),
    reserves_context=False,
)
REPLIT: Final = Layout(
    family="replit",
    numbers=(*_MOSAIC, KIND),
    input="transformer.wte.weight",
    layer="transformer.blocks.",
    output=("transformer.norm_f",),
    scores_tokens=True,
)
LLAMA_UNALIGNED: Final = Layout(
    family="llama",
    numbers=_LLAMA,
    input="tok_embeddings.weight",
    layer="layers.",
    output=("output", "norm"),
    scores_tokens=True,
    spells_bytes=True,
    kinds=LLAMA_KINDS,
    rotates_all=True,
)
LLAMA: Final = replace(LLAMA_UNALIGNED, alignment=32)
FALCON: Final = Layout(
    family="falcon",
    numbers=_FALCON,
    input="transformer.word_embeddings.weight",
    layer="transformer.h.",
    output=("lm_head", "transformer.ln_f"),
    scores_tokens=True,
    has_merges=True,
    alignment=32,
    kinds=LLAMA_KINDS,
)

UNVERSIONED: Final[Mapping[bytes, tuple[Layout, ...]]] = {b"lmgg": (GPT2, GPT_J, GPT_NEOX, MPT, REPLIT)}
VERSIONED: Final[Mapping[bytes, Mapping[int, tuple[Layout, ...]]]] = {
    b"fmgg": {1: (LLAMA_UNALIGNED,)},
    b"tjgg": dict.fromkeys((1, 2, 3), (LLAMA,)),
    b"ccgg": {10: (FALCON,)},
}
"""Layouts by the first four bytes, and the version after them. Before GGCC, Falcon had its merges in another file."""

FAMILY_MARKS: Final[Mapping[tuple[str, bytes], str]] = {
    ("gpt2", b"<fim_prefix>"): "starcoder",
    ("gpt2", b"<fim-prefix>"): "starcoder",
    ("gptneox", b"### End"): "dollyv2",
}
"""Families that differ from another by a token only."""
