"""What is committed speaks of the project alone: no place on somebody's machine, no registry's address, no secret."""

import re

import pytest

from tests.architecture.checkout import files, name

# Written in pieces, so that this file holds none of them.
FORBIDDEN = {
    "a package registry's address": "|".join(
        (r"py" + r"pi\.org", r"pythonhosted\." + "org", r"index-" + "url *=", "--index-" + "url")
    ),
    "a path of somebody's machine": "|".join(
        (r"(?<![\w.])/(?:ro" + r"ot|wo" + r"rk)/", r"/ho" + r"me/\w+/", r"/Us" + r"ers/\w+/", r"[A-Z]:\\Us" + "ers")
    ),
    "a private key": "-----BEGIN [A-Z ]*PRIV" + "ATE KEY-----",
    "a leftover of a merge": "^(?:<" + "{7} |>" + "{7} )",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_committed_contains(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name(path)}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


def test_uv_lock_is_not_committed() -> None:
    assert [name(path) for path in files() if path.name == "uv.lock"] == []


def test_a_module_does_not_put_off_its_annotations() -> None:
    """Types are resolved at run time: the journal and the tools read them."""
    future = "from __future__ import " + "annotations"
    assert [name(path) for path in files("*.py") if future in path.read_text(encoding="utf-8")] == []
