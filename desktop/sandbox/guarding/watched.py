"""One program in its sandbox, from its start to the report on its end."""

import fcntl
import json
import os
import select
import signal
import subprocess
import time
from socket import SHUT_WR, recv_fds, socket, socketpair
from typing import Any, Final

from desktop.sandbox.guarding.folder import WorkFolder, make_folder, remove_folder
from desktop.sandbox.guarding.tree import LOOK_SECONDS, Tree, tasks_of

CHUNK: Final = 65536
START_SECONDS: Final = 20.0
SHELL_SIGNAL: Final = 128  # what a program that stands between adds to a signal's number to make an exit code
OWN_SIGNALS: Final = {signal.SIGXCPU: "out_of_time", signal.SIGXFSZ: "out_of_disk"}


class Watched:
    """Starts the program that an order names, and sees to it until all of it has ended.

    The order: `argv` and `environment` of what leads into the sandbox, `folder` to make for it (or null), `confine`
    (what confine.py is told), `files` (names; their contents come with the order, standard input last), `limits`,
    `own_disk` (the folder lies on a disk as large as the limit), `counted_with_others` (the system counts the
    processes of the program together with the person's), `between` (some program stands between this one and it).
    """

    def __init__(self, order: dict[str, Any], contents: list[bytes]) -> None:
        self._order = order
        self._limits = order["limits"]
        self._stdin = contents.pop()
        self._files = dict(zip(order["files"], contents, strict=True))
        self._tree = Tree()
        self._output: dict[int, list[bytes]] = {}
        self._room = int(self._limits["output_bytes"])
        self._ended_as = ""  # by whom it was ended, as an ending; empty where nobody did

    def run(self) -> tuple[dict[str, Any], list[bytes]]:
        """The report, and the bytes that come with it: standard output, standard error, files."""
        folder = self._order["folder"]
        if folder:
            make_folder(folder, self._order["confine"]["uid"])
        try:
            return self._run()
        finally:
            gone = self._tree.end()
            if folder:
                remove_folder(folder)
            if not gone:
                raise SystemExit("Some processes of the sandbox can't be ended.")

    def _run(self) -> tuple[dict[str, Any], list[bytes]]:
        began = time.monotonic()
        ours, theirs = socketpair()
        with ours:
            with theirs:
                process = self._launch(theirs)
            self._output = {each.fileno(): [] for each in (process.stdout, process.stderr) if each}
            work, complaint = self._begin(ours)
        if work is None:
            self._tree.end()
            self._drain()
            told = b"".join(piece for pieces in self._output.values() for piece in pieces)
            complaint = complaint or told.decode(errors="replace").strip()
            return {"complaint": complaint or "it ended before it began"}, []
        status, peak = self._watch(process.pid, work, began + self._limits["wall_seconds"])
        seconds = time.monotonic() - began
        process.returncode = 0  # it was waited for here
        self._tree.end()
        self._drain()
        return self._report(work, status, peak, seconds)

    def _launch(self, channel: socket) -> "subprocess.Popen[bytes]":
        folder = self._order["folder"]
        with os.fdopen(os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "r+b") as stdin:
            stdin.write(self._stdin)
            stdin.seek(0)
            seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
            fcntl.fcntl(stdin, fcntl.F_ADD_SEALS, seals)
            return subprocess.Popen(
                [*self._order["argv"], str(channel.fileno())],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._order["environment"],
                cwd=f"{folder}/work" if folder else "/",
                pass_fds=(channel.fileno(),),
                start_new_session=True,
            )

    def _begin(self, channel: socket) -> tuple[WorkFolder | None, str]:
        """Write the files into the folder that confine.py shows, and let it go on; or None, and why it could not."""
        channel.settimeout(START_SECONDS)
        orders = self._order["confine"]
        try:
            _, handles, _, _ = recv_fds(channel, 1, 1)
            if not handles:
                return None, ""
            work = WorkFolder(handles[0], own_disk=self._order["own_disk"], most_bytes=self._limits["disk_bytes"])
            work.put(self._files, orders["uid"])
            if self._order["counted_with_others"]:
                orders["limits"]["processes"] += tasks_of(os.getuid())
            channel.sendall(json.dumps(orders).encode())
            channel.shutdown(SHUT_WR)
            complaint = channel.recv(CHUNK).decode(errors="replace")
        except OSError as error:
            return None, f"The sandbox did not begin: {error}"
        return (None, complaint) if complaint else (work, "")

    def _watch(self, pid: int, work: WorkFolder, deadline: float) -> tuple[int, int]:
        """Wait for its end, or find that it has to be ended: its status, and the bytes of its largest process."""
        handle = os.pidfd_open(pid)
        poll = select.poll()
        for each in (0, handle, *self._output):
            poll.register(each, select.POLLIN)
        next_look = time.monotonic() + LOOK_SECONDS
        while not self._ended_as:
            wait = max(0.0, min(next_look, deadline) - time.monotonic())
            ready = {each for each, _ in poll.poll(wait * 1000)}
            if 0 in ready:
                raise SystemExit("Whoever wanted it is gone.")
            for each in ready & set(self._output):
                if not self._take(each):
                    poll.unregister(each)
            if handle in ready:
                _, status, use = os.wait4(pid, 0)
                return status, use.ru_maxrss * 1024
            if time.monotonic() >= next_look:
                self._ended_as = self._ended_as or self._excess(work, deadline)
                next_look = time.monotonic() + LOOK_SECONDS
        return 0, 0

    def _excess(self, work: WorkFolder, deadline: float) -> str:
        """What there is too much of, as an ending."""
        if time.monotonic() >= deadline or self._tree.cpu_seconds() > self._limits["cpu_seconds"]:
            return "out_of_time"
        if self._tree.memory() > self._limits["memory_bytes"]:
            return "out_of_memory"
        return "out_of_disk" if work.is_full(self._tree.pids()) else ""

    def _take(self, stream: int) -> bool:
        """Take what has been written: whether there may be more. Output beyond the limit is dropped."""
        piece = os.read(stream, CHUNK)
        kept = piece[: self._room]
        self._output[stream].append(kept)
        self._room -= len(kept)
        if len(kept) < len(piece):
            self._ended_as = self._ended_as or "too_much_output"
        return bool(piece)

    def _drain(self) -> None:
        """Take what is left in the pipes, once nobody writes any more."""
        for stream in self._output:
            while self._take(stream):
                continue

    def _report(self, work: WorkFolder, status: int, peak: int, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        ending, code = self._ended_as, os.waitstatus_to_exitcode(status)
        cut = ending == "too_much_output"
        number = -code if code < 0 else None
        if self._order["between"] and code - SHELL_SIGNAL in set(signal.Signals):
            number = code - SHELL_SIGNAL
        if not ending and code:
            ending = self._cause(work, number, peak)
        files, left_out = work.changed(self._files)
        report = {
            "ending": ending or "ended",
            "exit_code": code,
            "signal": number if ending in ("", "killed") else None,
            "cut": cut,
            "left_out": left_out,
            "seconds": seconds,
            "files": list(files),
        }
        return report, [*(b"".join(pieces) for pieces in self._output.values()), *files.values()]

    def _cause(self, work: WorkFolder, number: int | None, peak: int) -> str:
        """What it failed for, where that was a limit (as it may have ended before the next look) or a signal."""
        if number in OWN_SIGNALS:
            return OWN_SIGNALS[signal.Signals(number)]
        if peak > self._limits["memory_bytes"]:
            return "out_of_memory"
        if work.is_full(()):
            return "out_of_disk"
        return "killed" if number else ""
