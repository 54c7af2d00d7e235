"""Stands for the program that asks drivers, where these misbehave: `odd_drivers.py hang|crash|babble`."""

import json
import os
import signal
import sys


def main() -> None:
    """Begin like the real one, then do what the argument says."""
    sys.stdin.readline()
    say({"probe": "pci", "begun": True})
    say({"probe": "pci", "vendors": ["0x10de"]})
    say({"probe": "nvidia", "begun": True})
    match sys.argv[1]:
        case "hang":
            signal.pause()
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case _:
            sys.stdout.write("not JSON\n" + "x" * 100_000 + "\n")


def say(message: dict[str, object]) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
