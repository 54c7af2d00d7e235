"""A llama-server of this machine as a runtime's process: starts it, watches it load, and ends with it.

    llama_server.py SERVER

Run as a program, it speaks with its parent like `runtime_server`, which it borrows that from. The order becomes the
server's arguments, the key a variable of its environment, and what the server logs about its devices the report.
Servers differ by years: of the arguments it gets those that it knows. However one of the two ends, the other does.
"""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from desktop.models import runtime_server
elif __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))  # last, so that no sibling hides a module of Python's
    import runtime_server

HELP_SECONDS: Final = 30.0
LAST_COMPLAINTS: Final = 3
_KNOWN: Final = re.compile(r"--[a-z][a-z-]+")
_LISTENS: Final = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
_OFFLOADED: Final = re.compile(r"offloaded (\d+)/(\d+) layers")
_DEVICE: Final = re.compile(r"using device \S+ \((.+?)\)(?: \([\w:. ]+\))? - \d+ MiB free")
_COMPLAINT: Final = re.compile(r"error|fail|invalid|unable", re.IGNORECASE)
_GONE: Final = re.compile(r"invalid device: ")
_TELLS_KEY: Final = re.compile(r"api[-_ ]?key", re.IGNORECASE)
USAGE: Final = "error while handling argument"
"""How a server begins that goes on to write all of its help."""


class Log:
    """What a server has said so far."""

    def __init__(self) -> None:
        self.address = ""
        self.device = ""
        self.gpu_layers = self.layers = 0
        self.complaints: list[str] = []
        self.is_help = False  # what follows explains arguments

    def take(self, line: str) -> None:
        """Learn from the next line."""
        self.is_help = self.is_help or line.startswith(USAGE)
        if listens := _LISTENS.search(line):
            self.address = listens[1]
        if offloaded := _OFFLOADED.search(line):
            self.gpu_layers, self.layers = int(offloaded[1]), int(offloaded[2])
        if device := _DEVICE.search(line):
            self.device = device[1]
        if _COMPLAINT.search(line):
            self.complaints.append(line.strip())

    def report(self, order: dict[str, Any]) -> dict[str, Any]:
        """The line for the parent, once the server listens."""
        where = self.device if self.gpu_layers else f"CPU, {order['threads']} threads"
        return {
            "address": self.address,
            "device": where or order["device"],
            "gpu_layers": self.gpu_layers,
            "layers": self.layers,
        }

    @property
    def complaint(self) -> str:
        """Why a server that ended could not load the model."""
        if any(_GONE.search(line) for line in self.complaints):
            return "the graphics card is not there any more"
        if self.is_help:
            return next(line for line in self.complaints if line.startswith(USAGE))
        return " / ".join(self.complaints[-LAST_COMPLAINTS:]) or "the server ended without a reason"


def main() -> None:
    """Start the server, report what it is, and stay until either ends."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = json.loads(sys.stdin.readline())
    try:
        server = start(sys.argv[1], order)
    except (OSError, subprocess.SubprocessError) as error:
        runtime_server.say(report, {"unusable": str(error)})
        runtime_server.leave(1)
    runtime_server.end_with_parent(order["parent"], server.kill)
    log = follow(server, lambda found: runtime_server.say(report, found.report(order)))
    code = server.wait()
    if code > 0 and not log.address:
        runtime_server.say(report, {"error": log.complaint})
    end_like(code)


def start(path: str, order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The server, loading. Raises `OSError` or `SubprocessError` where it can't be started."""
    shown = subprocess.run(  # noqa: S603 - the person chose it, or it came with Legwork
        [path, "--help"], capture_output=True, timeout=HELP_SECONDS, stdin=subprocess.DEVNULL, check=True
    )
    help_text = (shown.stdout + shown.stderr).decode("utf-8", "replace")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LLAMA_")}
    return subprocess.Popen(  # noqa: S603 - the same
        [path, *arguments(order, help_text)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment | {"LLAMA_API_KEY": order["api_key"]},
        preexec_fn=dying_with(os.getpid()) if sys.platform == "linux" else None,
    )


def arguments(order: dict[str, Any], help_text: str) -> Iterator[str]:
    """What the order means for a server with this help."""
    known = set(_KNOWN.findall(help_text))
    for option, value in wanted(order):
        if option in known:
            yield option
            if value is not None:
                yield value
    if "4: trace" in help_text:  # whose usual log leaves out how many layers went where
        yield from ("--log-verbosity", "4")


def wanted(order: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Every option that counts, with its value."""
    batch, cache = str(order["batch"]), order["cache"]
    return [
        ("--model", order["model"]),
        ("--alias", "m"),  # repeated with each token: short
        ("--host", "127.0.0.1"),
        ("--port", "0"),
        ("--parallel", str(order["slots"])),
        ("--ctx-size", str(order["slots"] * order["context_tokens"])),
        ("--no-kv-unified", None),  # each slot has its context for itself, however full the others are
        ("--batch-size", batch),
        ("--ubatch-size", batch),
        ("--device", order["device"] or "none"),
        ("--gpu-layers", str(order["gpu_layers"])),
        ("--cache-type-k", cache),
        ("--cache-type-v", cache),
        ("--fit", "off"),  # it is known what fits
        ("--threads", str(order["threads"])),
        ("--cache-ram", str(order["kept_prompts_mib"])),
        ("--slots", None),
        ("--no-webui", None),
        ("--cors-origins", ""),
        ("--offline", None),
        ("--jinja", None),
        ("--log-colors", "off"),
    ]


def dying_with(parent: int) -> Any:
    """What the kernel is told between the start of a server and its first instruction: to end it with this process."""
    prctl = ctypes.CDLL(None).prctl

    def tell() -> None:
        prctl(runtime_server.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return tell


def follow(server: subprocess.Popen[bytes], on_ready: Callable[[Log], None]) -> Log:
    """Read what the server logs until it ends. It is passed on, unless it tells of the key or explains arguments."""
    log = Log()
    assert server.stdout is not None  # noqa: S101 - asked for at the start
    for raw in server.stdout:
        line, was_ready = raw.decode("utf-8", "replace"), bool(log.address)
        log.take(line)
        if log.address and not was_ready:
            on_ready(log)
        if not _TELLS_KEY.search(line) and not log.is_help:
            with suppress(OSError):  # the parent has gone, and so will this process
                os.write(2, raw)
    return log


def end_like(code: int) -> NoReturn:
    """End as the server did: the parent knows what each way means."""
    if code < 0:
        import resource  # not everywhere, like signals

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the server's is enough
        with suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    runtime_server.leave(ctypes.c_int(code).value)


if __name__ == "__main__":
    main()
