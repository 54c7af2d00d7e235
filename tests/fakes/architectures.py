"""Heads of models as they are published, without their weights: files as long as the models, with a hole in them."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.gguf_bytes import Matrix, Property, write_sparse

F32, Q8_0, Q4_K, MXFP4 = 0, 8, 12, 39
TOKENS = 1_000
"""Vocabularies are shortened to so many tokens in the list; their rows of weights are all there."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A model: what its head says, and what its cache takes with 8,192 tokens in each of 2 slots, in bytes."""

    name: str
    architecture: str
    layers: int
    width: int
    hidden: int
    heads: int
    cache_heads: int | tuple[int, ...]
    vocabulary: int
    cache: int
    states: int = 0  # bytes of the cache that do not grow with the text
    experts: int = 0
    ties: bool = False
    more: dict[str, Property] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """The file."""
        own: dict[str, Property] = {
            "context_length": 32_768,
            "block_count": self.layers,
            "embedding_length": self.width,
            "feed_forward_length": self.hidden,
            "attention.head_count": self.heads,
            "attention.head_count_kv": self.cache_heads,
            **self.more,
        }
        metadata: dict[str, Property] = {"general.architecture": self.architecture, "general.name": self.name}
        metadata |= {f"{self.architecture}.{key}": content for key, content in own.items()}
        metadata["tokenizer.ggml.tokens"] = [f"t{number}" for number in range(TOKENS)]
        return write_sparse(folder / f"{self.name}.gguf", metadata, self.matrices())

    def matrices(self) -> list[Matrix]:
        """All weights."""
        matrices: list[Matrix] = [("token_embd.weight", (self.width, self.vocabulary), Q8_0)]
        for layer in range(self.layers):
            at = f"blk.{layer}."
            third = (self.experts,) if self.experts else ()
            kind = MXFP4 if self.experts else Q4_K
            dense = Q4_K if self.width % 256 == 0 else Q8_0
            matrices += [
                (f"{at}attn_norm.weight", (self.width,), F32),
                (f"{at}attn_qkv.weight", (self.width, self.width + 1_024), dense),
                (f"{at}ffn_up.weight", (self.width, self.hidden, *third), kind),
                (f"{at}ffn_down.weight", (self.hidden, self.width, *third), kind),
            ]
        matrices.append(("output_norm.weight", (self.width,), F32))
        return matrices if self.ties else [*matrices, ("output.weight", (self.width, self.vocabulary), Q8_0)]


def _published(name: str, architecture: str, *sizes: int, cache: int, **others: object) -> Published:
    layers, width, hidden, heads, cache_heads, vocabulary = sizes
    return Published(
        name=name,
        architecture=architecture,
        layers=layers,
        width=width,
        hidden=hidden,
        heads=heads,
        vocabulary=vocabulary,
        cache=cache,
        **({"cache_heads": cache_heads} | others),  # type: ignore[arg-type]
    )


CELLS = 2 * 8_192  # slots, tokens
HYBRID_HEADS = tuple(4 if layer in (5, 15, 25, 35) else 0 for layer in range(40))
HYBRID = {"ssm.conv_kernel": 4, "ssm.inner_size": 3_072, "ssm.state_size": 128, "ssm.group_count": 1}
FALCON = {"ssm.conv_kernel": 4, "ssm.inner_size": 3_072, "ssm.state_size": 256, "ssm.group_count": 1}
FALCON_STATES = 24 * 2 * 4 * (3 * (3_072 + 2 * 256) + 3_072 * 256)
HYBRID_STATES = 36 * 2 * 4 * (3 * (3_072 + 2 * 128) + 3_072 * 128)

PUBLISHED = (
    _published("llama-3.1-8b", "llama", 32, 4_096, 14_336, 32, 8, 128_256, cache=2 * 2**30),
    _published("mistral-7b", "llama", 32, 4_096, 14_336, 32, 8, 32_768, cache=2 * 2**30),
    _published("smollm3-3b", "smollm3", 36, 2_048, 11_008, 16, 4, 128_256, cache=CELLS * 73_728, ties=True),
    _published("qwen2.5-7b", "qwen2", 28, 3_584, 18_944, 28, 4, 152_064, cache=CELLS * 57_344),
    _published(
        "qwen3-8b",
        "qwen3",
        36,
        4_096,
        12_288,
        32,
        8,
        151_936,
        cache=CELLS * 147_456,
        more={"attention.key_length": 128, "attention.value_length": 128},
    ),
    _published(
        "qwen3-30b-a3b",
        "qwen3moe",
        48,
        2_048,
        768,
        32,
        4,
        151_936,
        cache=CELLS * 98_304,
        experts=128,
        more={"attention.key_length": 128, "attention.value_length": 128, "expert_count": 128},
    ),
    _published(  # every second layer looks back 4,096 tokens: 4,352 cells with a stretch of 128
        "gemma2-9b",
        "gemma2",
        42,
        3_584,
        14_336,
        16,
        8,
        256_000,
        cache=21 * 8_192 * CELLS + 21 * 8_192 * 2 * 4_352,
        ties=True,
        more={"attention.key_length": 256, "attention.value_length": 256, "attention.sliding_window": 4_096},
    ),
    _published(  # five of six layers look back 1,024 tokens
        "gemma3-4b",
        "gemma3",
        34,
        2_560,
        10_240,
        8,
        4,
        262_144,
        cache=5 * 4_096 * CELLS + 29 * 4_096 * 2 * 1_280,
        ties=True,
        more={"attention.key_length": 256, "attention.value_length": 256, "attention.sliding_window": 1_024},
    ),
    _published(  # its window is not made use of
        "phi3-mini",
        "phi3",
        32,
        3_072,
        8_192,
        32,
        32,
        32_064,
        cache=CELLS * 393_216,
        more={"attention.sliding_window": 2_047},
    ),
    _published(
        "gpt-oss-20b",
        "gpt-oss",
        24,
        2_880,
        2_880,
        64,
        8,
        201_088,
        cache=12 * 2_048 * CELLS + 12 * 2_048 * 2 * 256,
        experts=32,
        more={"attention.key_length": 64, "attention.value_length": 64, "attention.sliding_window": 128},
    ),
    _published(  # compressed: one row of keys for all heads, and no values
        "deepseek-v2-lite",
        "deepseek2",
        27,
        2_048,
        1_408,
        16,
        1,
        102_400,
        cache=CELLS * 31_104,
        experts=64,
        more={
            "attention.key_length": 576,
            "attention.value_length": 512,
            "attention.key_length_mla": 192,
            "attention.value_length_mla": 128,
        },
    ),
    _published("granite-3.3-8b", "granite", 40, 4_096, 12_800, 32, 8, 49_152, cache=CELLS * 163_840, ties=True),
    _published(
        "falcon-h1-1.5b",
        "falcon-h1",
        24,
        2_048,
        4_096,
        8,
        2,
        65_536,
        cache=CELLS * 24_576 + FALCON_STATES,
        states=FALCON_STATES,
        more={"attention.key_length": 128, "attention.value_length": 128, **FALCON},
    ),
    _published(
        "granite-4-h",
        "granitehybrid",
        40,
        1_536,
        512,
        12,
        0,
        100_352,
        cache=CELLS * 4 * 2_048 + HYBRID_STATES,
        states=HYBRID_STATES,
        cache_heads=HYBRID_HEADS,
        more=HYBRID,
    ),
)
