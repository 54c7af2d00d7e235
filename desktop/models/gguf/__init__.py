"""GGUF files, read and doubted before any native code sees them.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Versions 1 to 3 are read, little-endian.
The door of this package: `read_gguf` for a whole model, `read_head` for one file.

    Malformed             the file is not what it claims to be
    ├── CutShort          it ends before its contents do
    ├── OldFormat         it is older than GGUF: see `models.ggml`
    └── PartsMissing      it is one of several parts, and the others do not fit or are not there
"""

from desktop.models.gguf.head import GgufHead, read_head
from desktop.models.gguf.parts import Gguf, first_part, read_gguf
from desktop.models.gguf.refusals import CutShort, Malformed, OldFormat, PartsMissing
from desktop.models.gguf.tensors import Tensor

__all__ = [
    "CutShort",
    "Gguf",
    "GgufHead",
    "Malformed",
    "OldFormat",
    "PartsMissing",
    "Tensor",
    "first_part",
    "read_gguf",
    "read_head",
]
