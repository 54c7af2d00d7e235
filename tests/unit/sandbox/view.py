"""Lets another user run this project's tests: in a view of the machine in which the Python in use is within reach."""

import os
import sys
from pathlib import Path

from tests.architecture.checkout import PROJECT

ORDINARY = 31_000
"""The number of a user without rights, whom no system knows."""

# Folders below a home that others may not enter are shown again below an empty one that they may.
ENTER = """
set -e
home=$1 user=$2; shift 2
hold=$(mktemp -d)
number=0
for folder in $SHOWN; do
    number=$((number + 1)); mkdir "$hold/$number"; mount --bind "$folder" "$hold/$number"
done
mount -t tmpfs -o mode=755 none "$home"
number=0
for folder in $SHOWN; do
    number=$((number + 1)); mkdir -p "$folder"; mount --move "$hold/$number" "$folder"
done
rm -r "$hold"
exec setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"
"""


def users() -> list[int]:
    """Whom the tests can be run as."""
    return [0, ORDINARY] if os.geteuid() == 0 else [os.geteuid()]


def as_user(user: int, *command: str) -> tuple[list[str], dict[str, str]]:
    """A command line that runs the command as that user, and its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    if os.geteuid() != 0:
        return list(command), environment
    home = Path.home()
    wanted = {Path(sys.base_prefix), Path(sys.prefix), PROJECT}
    shown = sorted(str(path) for path in wanted if path.is_relative_to(home))
    entering = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", str(home), str(user)]
    return [*entering, *command], {**environment, "SHOWN": " ".join(shown)}
