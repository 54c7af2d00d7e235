"""The program of the engine in the background: `legwork serve` until nothing is left to do."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))  # Legwork need not be installed

    from desktop.cli import main

    sys.exit(main(["serve", "--until-done"]))
