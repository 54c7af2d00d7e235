"""Files from before GGUF, read and doubted before the runtime that still reads them sees them.

The doors of this package: `read_ggml` for a file, `ggml_shape` for what the model in it costs, and `begins_ggml` for a
look at a file's first bytes. Refusals are those of `models.gguf`.
"""

from desktop.models.ggml.head import GgmlHead, begins_ggml, read_ggml
from desktop.models.ggml.shape import ggml_shape

__all__ = ["GgmlHead", "begins_ggml", "ggml_shape", "read_ggml"]
