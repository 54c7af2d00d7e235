"""`legwork`, overtaken: between its look at the data folder and its opening of it, another Legwork takes the folder.

Run as a program; ends with the code of the overtaken one, after it has ended the other.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from desktop.api.announcement import read_announcement
from desktop.cli import main, window
from desktop.paths import find_paths
from tests.e2e.conftest import ROOT, until

others: list[subprocess.Popen[bytes]] = []


def overtake(_environment: Mapping[str, str]) -> str:
    """Stands where the program looks for a display: after the look at the folder, before its opening."""
    others.append(subprocess.Popen([sys.executable, ROOT / "main.py"], stderr=subprocess.DEVNULL))
    until(lambda: read_announcement(find_paths(os.environ).engine))
    return ""


if __name__ == "__main__":
    window.find_display_problem = overtake
    try:
        code = main([])
    finally:
        for other in others:
            other.terminate()
            other.wait()
    sys.exit(code)
