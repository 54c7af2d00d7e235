"""Why a file is not given to a runtime; the tree is drawn in the package's docstring."""


class Malformed(Exception):
    """The file is not what it claims to be; the text says in what."""


class CutShort(Malformed):
    """The file ends before its contents do."""


class OldFormat(Malformed):
    """The file is older than GGUF: GGML, GGMF, GGJT or GGCC."""


class PartsMissing(Malformed):
    """The file is one of several parts of a model, and the others are not there or belong to another model."""
