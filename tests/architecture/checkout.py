"""The files of this project, as its version control sees them."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def files(*patterns: str) -> list[Path]:
    """What is committed or about to be (not what is ignored), optionally only what matches the patterns."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for path in (PROJECT / line for line in listed) if path.is_file()]


def name(path: Path) -> str:
    """A file's name within the project."""
    return path.relative_to(PROJECT).as_posix()
