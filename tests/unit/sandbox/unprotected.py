"""Carries out attacks that harm nobody without any sandbox, and says in JSON what they printed.

python -m tests.unit.sandbox.unprotected ATTACK…
"""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.unit.sandbox.attacks import source_of
from tests.unit.sandbox.siege import bait_in


def main() -> None:
    told = {}
    for attack in sys.argv[1:]:
        with ExitStack() as stack, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as work:
            bait = bait_in(stack, Path(folder))
            command = [sys.executable, "-c", source_of(attack, bait).decode()]
            told[attack] = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False).stdout
    print(json.dumps(told))  # noqa: T201 - which the test reads


if __name__ == "__main__":
    main()
