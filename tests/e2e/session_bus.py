"""A session bus of its own for a test, with a server on it that writes what it is asked as lines of JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUS = """<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """A session bus with a server."""

    address: str
    server: subprocess.Popen[str]

    def next(self) -> Any:
        """What the server says next; blocks until it does."""
        assert self.server.stdout is not None
        return json.loads(self.server.stdout.readline())


@contextmanager
def session_bus(folder: Path, server: str, *words: str) -> Iterator[Desktop]:
    """A bus whose socket lies in `folder`, with the program `server` of this package on it."""
    configuration = folder / "bus.conf"
    configuration.write_text(BUS.format(path=folder / "bus"))
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        address = bus.stdout.readline().strip()
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name(server), *words],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"DBUS_SESSION_BUS_ADDRESS": address},
        )
        with process:
            found = Desktop(address=address, server=process)
            assert found.next() == "ready"
            yield found
            process.kill()
        bus.kill()
