"""Legwork from a checkout: the same as the command `legwork`."""

import sys

from desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
