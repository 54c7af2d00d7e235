"""Resolves what pyproject.toml asks for into exact versions, for every platform and Python that Legwork supports.

    uv run packaging/refresh_constraints.py              follows pyproject.toml, keeps all other versions
    uv run packaging/refresh_constraints.py --upgrade    moves everything to the newest version that fits

Writes constraints.txt (what Legwork runs on), constraints-dev.txt (what the checks need besides) and, with both,
`constraint-dependencies` in pyproject.toml, so that uv applies the same versions without a lock file.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HEADING = "# Written by packaging/refresh_constraints.py; installed by packaging/bootstrap.py without dependencies.\n"
OLDEST_PYTHON = "3.11"
NEVER = "sys_platform == 'never'"
"""The marker with which pyproject.toml overrides what a dependency asks for and Legwork does not want."""

_CONSTRAINTS = re.compile(r"^constraint-dependencies = \[\n(?:    .*\n)*\]\n", re.MULTILINE)


def without_constraints(pyproject: str) -> str:
    """The text of pyproject.toml without the versions of last time, which would hold the new ones back."""
    return _CONSTRAINTS.sub("", pyproject)


def with_constraints(pyproject: str, requirements: list[str]) -> str:
    """The text of pyproject.toml with these versions as uv's constraints."""
    rows = "".join(f'    "{requirement}",\n' for requirement in requirements)
    block = f"constraint-dependencies = [\n{rows}]\n"
    return without_constraints(pyproject).replace("[tool.uv]\n", f"[tool.uv]\n{block}", 1)


def requirements_in(text: str) -> list[str]:
    """The requirement lines of a constraints file that can ever apply."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-")) and NEVER not in line]


def resolve(pyproject: str, *, known: str, group: str | None, upgrade: bool) -> list[str]:
    """Ask uv for exact versions, preferring the known ones unless everything is to be upgraded."""
    with tempfile.TemporaryDirectory() as folder:
        project, output = Path(folder, "pyproject.toml"), Path(folder, "constraints.txt")
        project.write_text(pyproject, encoding="utf-8")
        output.write_text(known, encoding="utf-8")
        uv = [shutil.which("uv")] if shutil.which("uv") else [sys.executable, "-m", "uv"]
        options = [
            "--universal",
            "--no-annotate",
            "--no-header",
            "--no-emit-index-url",
            "--python-version",
            OLDEST_PYTHON,
        ]
        options += ["--group", group] if group else []
        options += ["--upgrade"] if upgrade else []
        command = [*uv, "pip", "compile", "-q", *options, str(project), "-o", str(output)]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return requirements_in(output.read_text(encoding="utf-8"))


def main() -> int:
    """Refresh the three places that name versions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = parser.parse_args().upgrade
    pyproject_file = PROJECT / "pyproject.toml"
    files = [PROJECT / "packaging" / name for name in ("constraints.txt", "constraints-dev.txt")]
    pyproject = without_constraints(pyproject_file.read_text(encoding="utf-8"))
    known = "".join(file.read_text(encoding="utf-8") for file in files if file.exists())
    everything = resolve(pyproject, known=known, group="dev", upgrade=upgrade)
    product = resolve(pyproject, known="\n".join(everything), group=None, upgrade=False)
    names = {name_of(requirement) for requirement in product}
    # A version that both need comes from the joint resolution, and so fits both.
    parts = [[row for row in everything if (name_of(row) in names) is wanted] for wanted in (True, False)]
    for file, requirements in zip(files, parts, strict=True):
        file.write_text(HEADING + "".join(f"{row}\n" for row in requirements), encoding="utf-8")
    pyproject_file.write_text(with_constraints(pyproject, everything), encoding="utf-8")
    return 0


def name_of(requirement: str) -> str:
    """The name of the package that a requirement line pins."""
    return requirement.split("==", 1)[0]


if __name__ == "__main__":
    sys.exit(main())
