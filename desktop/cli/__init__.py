"""The command line, the front door of the program: `legwork`, the same as `python main.py`."""

from desktop.cli.entry import main

__all__ = ["main"]
