"""The runtime's program with a kind of speculation that the environment names, for the bench."""

import os
from typing import Any, Final

import xllamacpp  # type: ignore[import-untyped]

from desktop.models import runtime_server

KIND: Final = "BENCH_SPECULATION"
"""The variable that names it: an n-gram kind of `common_speculative_type` without its prefix, in lower case."""


def speculating(params: Any) -> Any:
    """The parameters with that kind of speculation."""
    kind = os.environ[KIND]
    if kind != "none":
        params.speculative.types = [
            getattr(xllamacpp.common_speculative_type, f"COMMON_SPECULATIVE_TYPE_{kind.upper()}")
        ]
    return params


if __name__ == "__main__":
    make_server = xllamacpp.Server
    xllamacpp.Server = lambda params: make_server(speculating(params))
    runtime_server.main()
