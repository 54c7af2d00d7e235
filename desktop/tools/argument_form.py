"""The form of a tool's arguments, made of a schema that others wrote: it asks no address, and holds nobody up."""

from collections.abc import Mapping
from typing import Any, Final

_STEPS: Final = 100_000
"""Of a search for a pattern: a server's schema is not to hold up the engine."""
_PATTERN_BYTES: Final = 100_000
"""Of one compiled pattern: a short one can stand for a giant, which takes seconds to build."""


class NoForm(ValueError):
    """The schema is none, or one that could do harm."""


class ArgumentForm:
    """Made once for a tool, asked for each call."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Compile the schema. Raises `NoForm`."""
        import jsonschema_rs  # no start needs it

        try:
            self._validator = jsonschema_rs.validator_for(
                dict(schema),
                retriever=_nothing,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_STEPS, size_limit=_PATTERN_BYTES),
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise NoForm(str(error)) from error

    def problem(self, arguments: Mapping[str, Any]) -> str:
        """What keeps the arguments from fitting; empty where they fit."""
        try:
            self._validator.validate(dict(arguments))
        except ValueError as error:
            place = "/".join(str(each) for each in getattr(error, "instance_path", ()))
            return f"{getattr(error, 'message', '') or error}{f' (in {place})' if place else ''}"
        return ""


def _nothing(address: str) -> Any:
    """Look nothing up: a schema from outside could have this machine call any address."""
    raise ValueError(f"it refers to {address}")
