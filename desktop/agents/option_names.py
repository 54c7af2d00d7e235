"""The names of a request's options, which agents look at before anything is started."""

from collections.abc import Collection, Mapping
from typing import Any

from desktop.engine import InvalidRequest


def check_option_names(options: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Raise `InvalidRequest` for an option that `what` does not have: a slip of the pen would else be ignored."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InvalidRequest(
            f"There is no option “{unknown[0]}” for {what}; nothing was started.",
            hint=f"The options are {', '.join(known)}.",
        )
