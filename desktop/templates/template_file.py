"""Templates as files: those that come with the program (TOML), the person's own, and one to hand to somebody (JSON)."""

import functools
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from desktop.engine import InvalidRequest
from desktop.templates.template import Template, checked, identifier_of

SUFFIX: Final = ".legwork-template.json"
MOST_BYTES: Final = 1_000_000
_SHIPPED: Final = Path(__file__).parents[2] / "resources" / "templates.toml"


@functools.cache
def shipped_templates() -> tuple[Template, ...]:
    """Those that come with the program."""
    return read_templates(_SHIPPED.read_bytes(), _SHIPPED.name)


def read_templates(content: bytes, file_name: str) -> tuple[Template, ...]:
    """The templates in a file, JSON or TOML by its name. Raises `InvalidRequest`."""
    try:
        if len(content) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES // 1_000_000} MB")  # noqa: TRY301 - said as below
        found = tomllib.loads(content.decode()) if file_name.lower().endswith(".toml") else msgspec.json.decode(content)
        return tuple(checked(_template(each)) for each in _listed(found))
    except (ValueError, TypeError, RecursionError, msgspec.ValidationError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InvalidRequest(
            f"There are no templates in {file_name} that can be understood ({reason}). Nothing was changed.",
            hint="Take a file that Legwork has written.",
        ) from error


def write_templates(templates: tuple[Template, ...]) -> bytes:
    """The content of a file with these templates."""
    plain = [{name: value for name, value in msgspec.to_builtins(each).items() if name != "own"} for each in templates]
    return msgspec.json.format(msgspec.json.encode({"templates": plain}), indent=2) + b"\n"


def _listed(found: Any) -> list[Any]:
    listed = found.get("templates") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise TypeError("there is no list of templates")
    return listed


def _template(found: Any) -> Template:
    if not isinstance(found, dict):
        raise TypeError("a template is no table")
    goal = found.get("goal", "")
    known = {**found, "goal": goal.strip() if isinstance(goal, str) else goal}
    known.setdefault("id", identifier_of(str(found.get("name", ""))))
    return msgspec.convert({**known, "own": False}, Template)
