"""The application as a real process on a data folder: started, spoken to over HTTP, killed, started again."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import psutil

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.client import RunningEngine
from desktop.paths import DATA_VARIABLE, Paths
from tests.e2e.conftest import ROOT, until
from tests.faults.launch import Launch, to_environment

PROGRAM: Final = (str(ROOT / "main.py"), "serve")
LAUNCHER: Final = ("-m", "tests.faults.launcher")
_SECONDS: Final = 60.0


class Application:
    """Legwork on one data folder: the program itself, or put together by `launch`. As a context it leaves no process."""

    def __init__(self, data: Path, launch: Launch | None = None) -> None:
        self.paths = Paths(data=data)
        self.launch = launch
        self.environment = {**os.environ, DATA_VARIABLE: str(data)}
        self._process: subprocess.Popen[bytes] | None = None
        self._output = data.with_name(f"{data.name}.output")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self.kill()

    def start(self) -> None:
        """Start the process and return at once."""
        assert self._process is None, "it runs already"
        words = PROGRAM if self.launch is None else LAUNCHER
        environment = self.environment | ({} if self.launch is None else to_environment(self.launch))
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_ready(self) -> RunningEngine:
        """The way to it, as soon as it answers."""
        engine = RunningEngine(until(self._announced))
        status, health = self.ask("GET", "/health")
        assert (status, health["pid"]) == (200, self.pid), health
        return engine

    def started(self) -> RunningEngine:
        """Start it, and the way to it as soon as it answers."""
        self.start()
        return self.wait_ready()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it runs; it may end by itself."""
        return self._process is not None and self._process.poll() is None

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """An exchange over HTTP: the status and the decoded answer. Raises `OSError` where it is gone."""
        announced = read_announcement(self.paths.engine)
        assert announced is not None, "it is not announced"
        connection = http.client.HTTPConnection(urlsplit(announced.address).netloc, timeout=_SECONDS)
        headers = {"Authorization": f"Bearer {announced.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except http.client.HTTPException as error:
            raise OSError(f"{method} {path} got no answer") from error
        finally:
            connection.close()
        return answer.status, json.loads(content) if content else None

    def kill(self) -> None:
        """kill -9 the process itself, and see its children end by themselves."""
        self.stop(signal.SIGKILL)

    def wait_killed(self) -> None:
        """Wait until it has killed itself."""
        code = self._ended()
        assert code == -signal.SIGKILL, f"it ended with {code}:\n{self.output()}"

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; the code with which it ends."""
        assert self._process is not None, "it does not run"
        self._process.send_signal(number)
        return self._ended()

    def processes(self) -> list[psutil.Process]:
        """Itself and all that it has started: one session, which outlives it where it leaves orphans."""
        return [process for process in psutil.process_iter() if _session(process) == self.pid]

    def output(self) -> str:
        """All that it has printed so far."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def log(self) -> str:
        """Its log file."""
        return self.paths.log.read_text(errors="replace") if self.paths.log.exists() else ""

    def _ended(self) -> int:
        """Wait for the end. Children end with their parent: one that does not is killed, and the test fails."""
        assert self._process is not None, "it does not run"
        try:
            code = self._process.wait(_SECONDS)
            _, orphans = psutil.wait_procs(self.processes(), timeout=20)
        finally:
            for process in self.processes():
                process.kill()
            self._process.wait()
            self._process = None
        assert not orphans, f"left behind: {orphans}"
        return code

    def _announced(self) -> Announcement | None:
        """By this process: a killed one left its own."""
        assert self.lives, f"it ended:\n{self.output()}"
        found = read_announcement(self.paths.engine)
        return found if found is not None and found.pid == self.pid else None


def _session(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return None
