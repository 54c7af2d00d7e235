"""A model file that has been looked through, with what a runtime needs to know of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.engine import ModelUnavailable
from desktop.models.gguf import CutShort, Gguf, GgufHead, Malformed, OldFormat, PartsMissing, read_gguf

ASSUMED_CONTEXT: Final = 2_048
CACHE_BYTES: Final = 2
"""Bytes of a number in the runtime's cache (F16)."""
OTHER_MODEL: Final = "Download it again, or choose another model."
NEWER_FILE: Final = "Download a newer file of this model, or choose another one."
ALL_PARTS: Final = (
    "Put all parts into one folder under the names with which they were downloaded, or choose another model."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A model file that may be loaded."""

    path: Path
    size: int  # bytes
    trained_context: int  # tokens
    cache_bytes: int  # that the runtime keeps for each token of context
    special_tokens: frozenset[str]  # texts that would steer the model if they were read as tokens


def read_weights(path: Path) -> Weights:
    """Look a model file through. Raises `ModelUnavailable`."""
    try:
        gguf = read_gguf(path)
    except FileNotFoundError:
        raise ModelUnavailable(
            f"The model file {path} is missing.", hint="Put it back, or choose another model."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise ModelUnavailable(
            f"The model file {path} can't be read: {reason}.", hint="Check that it is a file that you may read."
        ) from error
    except OldFormat as error:
        raise ModelUnavailable(f"{path} is too old: {error}.", hint=NEWER_FILE) from error
    except PartsMissing as error:
        raise ModelUnavailable(f"The model in {path} is not whole: {error}.", hint=ALL_PARTS) from error
    except CutShort as error:
        raise ModelUnavailable(f"The model file {path} is cut short: {error}.", hint=OTHER_MODEL) from error
    except Malformed as error:
        raise ModelUnavailable(
            f"{path} is no usable GGUF file: {error}.",
            hint="Models run from the GGUF format: download the model's .gguf file, or choose another model.",
        ) from error
    return _weights(gguf)


def _weights(gguf: Gguf) -> Weights:
    head, path = gguf.head, gguf.parts[0]
    architecture = head.architecture
    if not architecture or not gguf.tensors:
        raise ModelUnavailable(f"The file {path} holds no language model.", hint=OTHER_MODEL)
    return Weights(
        path=path,
        size=gguf.size,
        trained_context=_total(head, f"{architecture}.context_length") or ASSUMED_CONTEXT,
        cache_bytes=_cache_bytes(head, architecture),
        special_tokens=head.special_tokens,
    )


def _cache_bytes(head: GgufHead, architecture: str) -> int:
    """Keys and values of one token, over all layers."""
    layers = _total(head, f"{architecture}.block_count")
    heads = head.metadata.get(f"{architecture}.attention.head_count", 0)
    query_heads = (
        max((item for item in heads if isinstance(item, int)), default=0) if isinstance(heads, tuple) else heads
    )
    width = _total(head, f"{architecture}.embedding_length") // max(int(query_heads), 1)
    of_key = _total(head, f"{architecture}.attention.key_length") or width
    of_value = _total(head, f"{architecture}.attention.value_length") or width
    stated = head.metadata.get(f"{architecture}.attention.head_count_kv", query_heads)
    cache_heads = sum(int(item) for item in stated) if isinstance(stated, tuple) else int(stated) * layers
    return cache_heads * (of_key + of_value) * CACHE_BYTES


def _total(head: GgufHead, key: str) -> int:
    value = head.metadata.get(key, 0)
    return value if isinstance(value, int) else 0
