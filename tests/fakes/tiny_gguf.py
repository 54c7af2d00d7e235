"""A language model of a megabyte with random weights: it loads like a real one, quickly, and speaks gibberish.

Its gibberish is of printable ASCII (broken UTF-8 upsets some runtimes), and has no end.
"""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH, LAYERS, HEADS, HIDDEN = 64, 2, 4, 128
VOCABULARY = [
    (b"<unk>", TokenType.UNKNOWN),
    (b"<s>", TokenType.CONTROL),
    (b"</s>", TokenType.CONTROL),
    *((b"<0x%02X>" % byte, TokenType.BYTE) for byte in range(256)),
    (b"<|im_start|>", TokenType.CONTROL),
    (b"<|im_end|>", TokenType.CONTROL),
]


def write_tiny_model(
    path: Path, *, seed: int = 0, context: int = 2048, architecture: str = "llama", tensors_to_a_file: int = 0
) -> Path:
    """Write a model to `path`: two layers, a byte for a token; in one file or several."""
    writer = GGUFWriter(path, architecture, split_max_tensors=tensors_to_a_file)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_file_type(0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in VOCABULARY])
    writer.add_token_scores([0.0] * len(VOCABULARY))
    writer.add_token_types([kind for _, kind in VOCABULARY])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)  # or answers in a given form would begin with a space that the form forbids
    for name, tensor in _tensors(np.random.default_rng(seed)):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(random: np.random.Generator) -> list[tuple[str, np.ndarray]]:
    def weights(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) * 0.05).astype(np.float32)

    ones = np.ones(WIDTH, np.float32)
    spoken = np.zeros((len(VOCABULARY), 1), np.float32)
    spoken[[VOCABULARY.index((b"<0x%02X>" % byte, TokenType.BYTE)) for byte in range(32, 127)]] = 1
    tensors = [
        ("token_embd.weight", weights(len(VOCABULARY), WIDTH)),
        ("output.weight", weights(len(VOCABULARY), WIDTH) * spoken),
        ("output_norm.weight", ones),
    ]
    for layer in range(LAYERS):
        block = {f"{name}.weight": weights(WIDTH, WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
        block |= {"ffn_gate.weight": weights(HIDDEN, WIDTH), "ffn_up.weight": weights(HIDDEN, WIDTH)}
        block |= {"ffn_down.weight": weights(WIDTH, HIDDEN), "attn_norm.weight": ones, "ffn_norm.weight": ones}
        tensors += [(f"blk.{layer}.{name}", tensor) for name, tensor in block.items()]
    return tensors
