"""What a model from before GGUF costs: its weights, and what it keeps of each token."""

from typing import Final

from desktop.models.fit import LayerShape, ModelShape
from desktop.models.ggml.head import GgmlHead
from desktop.models.ggml.layouts import CACHE_HEADS, CONTEXT, HEADS, VOCABULARY, WIDTH

ASSUMED_CONTEXT: Final = 2_048
"""Of LLaMA and Falcon, whose files did not say it."""
FEED_FORWARD: Final = 4
"""How many times as wide as the rest the feed-forward part of these models is."""
F16_BYTES: Final = 2
FALCON_VALUES: Final = 2
"""Falcon's runtime keeps the values in two buffers, in turn."""


def ggml_shape(head: GgmlHead) -> ModelShape:
    """The same as `fit.shape_of` says of a newer file, by a simpler rule."""
    numbers = head.numbers
    shared = numbers[HEADS] // numbers.get(CACHE_HEADS, numbers[HEADS])
    kept = numbers[WIDTH] // shared * head.layout.cache_bytes // F16_BYTES
    return ModelShape(
        architecture=head.family,
        trained_context=numbers.get(CONTEXT, ASSUMED_CONTEXT),
        embedding=numbers[WIDTH],
        feed_forward=FEED_FORWARD * numbers[WIDTH],
        vocabulary=numbers[VOCABULARY],
        layers=tuple(
            LayerShape(
                weight_bytes=weight_bytes,
                repacked_bytes=0,
                key_width=kept,
                value_width=kept * (FALCON_VALUES if head.family == "falcon" else 1),
                window=0,
                state_numbers=0,
            )
            for weight_bytes in head.layers
        ),
        input_bytes=head.input_bytes,
        output_bytes=head.output_bytes,
        output_repacked_bytes=0,
        ties_output=not head.output_bytes,
        packs_cache=False,
    )
