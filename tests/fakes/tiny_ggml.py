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
LINE: Shape = (WIDTH,)
SQUARE: Shape = (WIDTH, WIDTH)
TRIPLE: Shape = (WIDTH, 3 * WIDTH)
UP: Shape = (WIDTH, WIDE)
DOWN: Shape = (WIDE, WIDTH)


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
    yield from _outside(family, (WIDTH, tokens), context)
    prefix, inside = _inside(family)
    for layer in range(LAYERS):
        for name, shape in inside:
            yield prefix.format(layer) + name, shape


def _outside(family: str, vocabulary: Shape, context: int) -> Iterator[tuple[str, Shape]]:
    """What belongs to no layer."""
    match family:
        case "gpt2" | "starcoder":
            yield from _named("model/", vocabulary, "wte lm_head")
            yield from _named("model/ln_f/", LINE, "g b")
            yield "model/wpe", (WIDTH, context)
        case "gptj":
            yield from _named("", vocabulary, "transformer.wte.weight lm_head.weight")
            yield from _named("transformer.ln_f.", LINE, "weight bias")
            yield "lm_head.bias", vocabulary[1:]
        case "gptneox" | "dollyv2":
            yield from _named("", vocabulary, "gpt_neox.embed_in.weight embed_out.weight")
            yield from _named("gpt_neox.final_layer_norm.", LINE, "weight bias")
        case "mpt" | "replit":
            yield from (("transformer.wte.weight", vocabulary), ("transformer.norm_f.weight", LINE))
        case "llama":
            yield from _named("", vocabulary, "tok_embeddings.weight output.weight")
            yield "norm.weight", LINE
        case _:
            yield from _named("", vocabulary, "transformer.word_embeddings.weight lm_head.weight")
            yield from _named("transformer.ln_f.", LINE, "weight bias")


def _inside(family: str) -> tuple[str, list[tuple[str, Shape]]]:
    """How the names of a layer's weights begin, and those weights."""
    match family:
        case "gpt2" | "starcoder":
            found = [*_named("", LINE, "ln_1/g ln_1/b ln_2/g ln_2/b attn/c_proj/b mlp/c_proj/b")]
            found += [("attn/c_attn/w", TRIPLE), ("attn/c_attn/b", TRIPLE[1:]), ("attn/c_proj/w", SQUARE)]
            found += [("mlp/c_fc/w", UP), ("mlp/c_fc/b", UP[1:]), ("mlp/c_proj/w", DOWN)]
            return "model/h{}/", found
        case "gptj":
            found = [*_named("", LINE, "ln_1.weight ln_1.bias mlp.fc_out.bias")]
            found += _named("attn.", SQUARE, "q_proj.weight k_proj.weight v_proj.weight out_proj.weight")
            found += [("mlp.fc_in.weight", UP), ("mlp.fc_in.bias", UP[1:]), ("mlp.fc_out.weight", DOWN)]
            return "transformer.h.{}.", found
        case "gptneox" | "dollyv2":
            found = [*_named("", LINE, "attention.dense.bias mlp.dense_4h_to_h.bias")]
            found += [*_named("input_layernorm.", LINE, "weight bias")]
            found += [*_named("post_attention_layernorm.", LINE, "weight bias")]
            found += [("attention.query_key_value.weight", TRIPLE), ("attention.query_key_value.bias", TRIPLE[1:])]
            found += [("attention.dense.weight", SQUARE), ("mlp.dense_h_to_4h.weight", UP)]
            found += [("mlp.dense_h_to_4h.bias", UP[1:]), ("mlp.dense_4h_to_h.weight", DOWN)]
            return "gpt_neox.layers.{}.", found
        case "mpt" | "replit":
            found = [*_named("", LINE, "norm_1.weight norm_2.weight")]
            found += [("attn.Wqkv.weight", TRIPLE), ("attn.out_proj.weight", SQUARE)]
            return "transformer.blocks.{}.", [*found, ("ffn.up_proj.weight", UP), ("ffn.down_proj.weight", DOWN)]
        case "llama":
            found = [*_named("attention.", SQUARE, "wq.weight wk.weight wv.weight wo.weight")]
            found += _named("", LINE, "attention_norm.weight ffn_norm.weight")
            found += _named("feed_forward.", (WIDTH, LLAMA_WIDE), "w1.weight w3.weight")
            return "layers.{}.", [*found, ("feed_forward.w2.weight", (LLAMA_WIDE, WIDTH))]
        case _:
            found = [*_named("input_layernorm.", LINE, "weight bias")]
            found += [("self_attention.query_key_value.weight", (WIDTH, (HEADS + 2) * WIDTH // HEADS))]
            found += [("self_attention.dense.weight", SQUARE)]
            return "transformer.h.{}.", [*found, ("mlp.dense_h_to_4h.weight", UP), ("mlp.dense_4h_to_h.weight", DOWN)]


def _named(prefix: str, shape: Shape, names: str) -> Iterator[tuple[str, Shape]]:
    for name in names.split():
        yield prefix + name, shape
