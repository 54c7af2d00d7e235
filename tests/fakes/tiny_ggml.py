"""Language models of a few kilobytes with random weights, in the files of before GGUF: one of each family."""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

WIDTH, HEADS, LAYERS, CONTEXT, ROTATED = 64, 4, 2, 256, 16
WIDE = 4 * WIDTH
LLAMA_WIDE = 192  # as the runtime computes it from the width and a multiple of 64
BYTES = [bytes([byte]) for byte in range(1, 256)]
END = b"<|endoftext|>"

Shape = tuple[int, ...]


def write_tiny_ggml(path: Path, family: str, *, extra_tokens: Iterable[bytes] = (), context: int = CONTEXT) -> Path:
    """A model of that family, one token for each byte and `extra_tokens` besides."""
    path.write_bytes(ggml_bytes(family, extra_tokens=extra_tokens, context=context))
    return path


def ggml_bytes(family: str, *, extra_tokens: Iterable[bytes] = (), context: int = CONTEXT) -> bytes:
    """The same as bytes."""
    tokens = [*_tokens(family), *extra_tokens]
    content = bytearray(_head(family, len(tokens), context))
    for token in tokens:
        content += struct.pack("<I", len(token)) + token
        content += struct.pack("<f", -1.0) if family in ("replit", "llama", "falcon") else b""
    content += struct.pack("<I", 0) if family == "falcon" else b""
    random = np.random.default_rng(0)
    for name, shape in _tensors(family, len(tokens), context):
        flat = len(shape) == 1 and "bias" not in name and not name.endswith("/b")
        weights = np.ones(shape) if flat else random.standard_normal(shape[::-1]) * 0.05
        content += struct.pack(f"<III{len(shape)}I", len(shape), len(name), 0, *shape) + name.encode()
        content += bytes(-len(content) % 32 if family in ("llama", "falcon") else 0)
        content += weights.astype("<f4").tobytes()
    return bytes(content)


def _tokens(family: str) -> list[bytes]:
    match family:
        case "mpt":
            return [END, *(token.decode("latin-1").encode() for token in BYTES)]
        case "replit":
            return [END, "▁".encode(), *BYTES]
        case "llama":
            return [b" ? ", b"", b"", b"\0", *BYTES]
        case _:
            return [END, *BYTES]


def _head(family: str, tokens: int, context: int) -> bytes:
    gpt = (tokens, context, WIDTH, HEADS, LAYERS)
    match family:
        case "gpt2" | "starcoder":
            return b"lmgg" + struct.pack("<7I", *gpt, 0, tokens)
        case "gptj":
            return b"lmgg" + struct.pack("<8I", *gpt, ROTATED, 0, tokens)
        case "gptneox" | "dollyv2":
            return b"lmgg" + struct.pack("<8I", *gpt, ROTATED, 1, 0)
        case "mpt":
            return b"lmgg" + struct.pack("<5I2fI", WIDTH, context, HEADS, LAYERS, tokens, 8.0, 0.0, 0)
        case "replit":
            return b"lmgg" + struct.pack("<6I", WIDTH, context, HEADS, LAYERS, tokens, 0)
        case "llama":
            return b"tjgg" + struct.pack("<8I", 3, tokens, WIDTH, 64, HEADS, LAYERS, ROTATED, 0)
        case "falcon":
            return b"ccgg" + struct.pack("<9I", 10, tokens, WIDTH, HEADS, 1, LAYERS, 7, 0, 0)
        case _:
            raise AssertionError(family)


def _tensors(family: str, tokens: int, context: int) -> Iterator[tuple[str, Shape]]:
    square, wide, narrow = (WIDTH, WIDTH), (WIDTH, WIDE), (WIDE, WIDTH)
    line, vocabulary = (WIDTH,), (WIDTH, tokens)
    per_layer: dict[str, Shape]
    match family:
        case "gpt2" | "starcoder":
            yield from _named(("model/ln_f/", line, "g b"), ("model/", vocabulary, "wte lm_head"))
            yield "model/wpe", (WIDTH, context)
            prefix, per_layer = "model/h{}/", dict(_named(("ln_1/", line, "g b"), ("ln_2/", line, "g b")))
            per_layer |= {"attn/c_attn/w": (WIDTH, 3 * WIDTH), "attn/c_attn/b": (3 * WIDTH,)}
            per_layer |= {"attn/c_proj/w": square, "attn/c_proj/b": line, "mlp/c_fc/w": wide, "mlp/c_fc/b": (WIDE,)}
            per_layer |= {"mlp/c_proj/w": narrow, "mlp/c_proj/b": line}
        case "gptj":
            yield from _named(("transformer.ln_f.", line, "weight bias"))
            yield from (("transformer.wte.weight", vocabulary), ("lm_head.weight", vocabulary))
            yield "lm_head.bias", (tokens,)
            prefix, per_layer = "transformer.h.{}.", dict(_named(("ln_1.", line, "weight bias")))
            per_layer |= {f"attn.{name}_proj.weight": square for name in ("q", "k", "v", "out")}
            per_layer |= {"mlp.fc_in.weight": wide, "mlp.fc_in.bias": (WIDE,)}
            per_layer |= {"mlp.fc_out.weight": narrow, "mlp.fc_out.bias": line}
        case "gptneox" | "dollyv2":
            yield from _named(("gpt_neox.final_layer_norm.", line, "weight bias"))
            yield from (("gpt_neox.embed_in.weight", vocabulary), ("embed_out.weight", vocabulary))
            norms = (("input_layernorm.", line, "weight bias"), ("post_attention_layernorm.", line, "weight bias"))
            prefix, per_layer = "gpt_neox.layers.{}.", dict(_named(*norms))
            per_layer |= {"attention.query_key_value.weight": (WIDTH, 3 * WIDTH)}
            per_layer |= {"attention.query_key_value.bias": (3 * WIDTH,)}
            per_layer |= {"attention.dense.weight": square, "attention.dense.bias": line}
            per_layer |= {"mlp.dense_h_to_4h.weight": wide, "mlp.dense_h_to_4h.bias": (WIDE,)}
            per_layer |= {"mlp.dense_4h_to_h.weight": narrow, "mlp.dense_4h_to_h.bias": line}
        case "mpt" | "replit":
            yield from (("transformer.wte.weight", vocabulary), ("transformer.norm_f.weight", line))
            prefix, per_layer = "transformer.blocks.{}.", {"norm_1.weight": line, "norm_2.weight": line}
            per_layer |= {"attn.Wqkv.weight": (WIDTH, 3 * WIDTH), "attn.out_proj.weight": square}
            per_layer |= {"ffn.up_proj.weight": wide, "ffn.down_proj.weight": narrow}
        case "llama":
            yield from (("tok_embeddings.weight", vocabulary), ("norm.weight", line), ("output.weight", vocabulary))
            prefix, per_layer = "layers.{}.", {f"attention.w{name}.weight": square for name in "qkvo"}
            per_layer |= {"attention_norm.weight": line, "ffn_norm.weight": line}
            per_layer |= {"feed_forward.w1.weight": (WIDTH, LLAMA_WIDE), "feed_forward.w3.weight": (WIDTH, LLAMA_WIDE)}
            per_layer |= {"feed_forward.w2.weight": (LLAMA_WIDE, WIDTH)}
        case _:
            yield from (("transformer.word_embeddings.weight", vocabulary), ("lm_head.weight", vocabulary))
            yield from _named(("transformer.ln_f.", line, "weight bias"))
            prefix, per_layer = "transformer.h.{}.", dict(_named(("input_layernorm.", line, "weight bias")))
            head = WIDTH // HEADS
            per_layer |= {"self_attention.query_key_value.weight": (WIDTH, (HEADS + 2) * head)}
            per_layer |= {"self_attention.dense.weight": square}
            per_layer |= {"mlp.dense_h_to_4h.weight": wide, "mlp.dense_4h_to_h.weight": narrow}
    for layer in range(LAYERS):
        for name, shape in per_layer.items():
            yield prefix.format(layer) + name, shape


def _named(*groups: tuple[str, Shape, str]) -> Iterator[tuple[str, Shape]]:
    for prefix, shape, names in groups:
        for name in names.split():
            yield prefix + name, shape
