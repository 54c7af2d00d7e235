"""Run as `python -I -S …/guarding`: the order comes on standard input, the report goes to standard output.

When standard input closes before the end, everything is ended and nothing is said.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36


def main() -> None:
    """Carry out one order."""
    library = ctypes.CDLL(None)
    library.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    sys.path.insert(0, str(Path(__file__).parents[3]))  # Legwork need not be installed

    from desktop.sandbox.guarding.message import read_message, write_message
    from desktop.sandbox.guarding.watched import Watched

    with os.fdopen(os.dup(0), "rb", buffering=0) as orders, os.fdopen(os.dup(1), "wb") as reports:
        order, contents = read_message(orders)
        report, given = Watched(order, contents).run()
        write_message(reports, report, given)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is for the parent to handle
    main()
