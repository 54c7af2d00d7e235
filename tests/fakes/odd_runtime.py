"""A runtime that misbehaves on command: a program that speaks the runtime's protocol, and answers as its mood is.

    odd_runtime.py FOLDER MOOD…      the first start has the first mood, the second the next, and the last one stays

Each start adds a byte to FOLDER/starts.
"""

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, str(Path(__file__)))
FINE = "fine"
DEAF = "does not notice who hangs up"
TIMINGS = {"cache_n": 1, "prompt_n": 2, "prompt_ms": 3.0, "predicted_n": 4, "predicted_ms": 5.0}


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def text(piece: str) -> bytes:
    return event(choices=[{"delta": {"content": piece}}])


READ = event(choices=[], prompt_progress={"total": 3, "cache": 1, "processed": 3})


def end(**timings: Any) -> bytes:
    return event(choices=[{"delta": {}, "finish_reason": "stop"}], timings=TIMINGS | timings) + b"data: [DONE]\n\n"


def stop() -> bytes:
    """Stand still, as a debugger or a full memory makes a process do."""
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)  # the other threads may run on for a moment
    return b""


def die(number: int) -> bytes:
    print("\x1b[31mout of\tcheese\x1b[0m\n\n", file=sys.stderr, flush=True)  # noqa: T201 - its last words
    os.kill(os.getpid(), number)
    time.sleep(60)
    return b""


def abort() -> None:
    """End as the runtime does where an allocation fails that it does not reckon with."""
    print("CUDA error: out of memory", file=sys.stderr, flush=True)  # noqa: T201 - its last words
    os.abort()


def leave() -> bytes:
    print("no more cheese", file=sys.stderr, flush=True)  # noqa: T201 - its last words
    os._exit(3)


def rest(seconds: float) -> bytes:
    """Be there, and say nothing."""
    time.sleep(seconds)
    return b""


def spin() -> bytes:
    """Compute for as long as anybody lets it."""
    while True:
        sum(range(10_000))


NO_TIMINGS = event(choices=[{"delta": {}, "finish_reason": "stop"}]) + b"data: [DONE]\n\n"

ANSWERS: dict[str, list[bytes | Callable[[], bytes]]] = {
    FINE: [READ + text("fine") + end()],
    "stops before it reads": [stop],
    "stops while it writes": [READ + text("Gr"), stop],
    "is killed": [READ + text("Gr"), partial(die, signal.SIGKILL)],
    "ends": [READ, leave],
    "spins": [spin],
    "goes quiet": [READ + text("Gr"), partial(rest, 60)],
    "cuts the stream": [READ + text("Gr") + b'data: {"choi'],
    "says nothing": [],
    "says prose": [b"<html>I am a web server</html>\n" * 9],
    "writes no JSON": [b"data: {'choices': nonsense}\n\n"],
    "writes no UTF-8": [b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n'],
    "has another shape": [event(choices=7)],
    "nests without end": [b"data: " + b'{"error":' * 100_000 + b"\n\n"],
    "counts below nothing": [text("fine") + end(predicted_n=-4)],
    "counts beyond reason": [text("fine") + end(prompt_n=10**12)],
    "counts in words": [text("fine") + end(prompt_n="many")],
    "does not count": [text("fine") + NO_TIMINGS],
}
"""What is sent for a question in each mood."""

ENDLESS: dict[str, tuple[bytes, float]] = {
    "writes without end": (text("and on " * 99), 0),
    "never ends a line": (b"data: " + b"x" * 65_536, 0),
    "only pings": (b": ping\n\n" + READ, 0.2),
}
"""What is sent over and over, with so many seconds between."""


def answer(mood: str) -> Iterator[bytes]:
    """What is sent for a question."""
    if mood == DEAF:
        yield READ
        time.sleep(60)
    if mood == "is slow":
        for read in range(6):
            time.sleep(1)
            yield event(choices=[], prompt_progress={"total": 6, "cache": 0, "processed": read})
    if mood in ENDLESS:
        piece, pause = ENDLESS[mood]
        while True:
            yield piece
            time.sleep(pause)
    for step in ANSWERS.get(mood, ANSWERS[FINE]):
        yield step if isinstance(step, bytes) else step()


def fitting(question: dict[str, Any]) -> str:
    """An answer in JSON that fits the question's schema."""
    # with the engine's records: not while it starts
    from desktop.engine import Message, Prompt, Role
    from tests.faults.instant_model import answer as fill

    schema = question["response_format"]["json_schema"]["schema"]
    said = (Message(role=Role.USER, content=question["messages"][-1]["content"]),)
    return json.dumps(fill(Prompt(messages=said, max_tokens=1, schema=schema)))


def tokens(mood: str, content: str) -> bytes:
    """What is sent for a text whose tokens are to be counted: a word is one."""
    match mood:
        case "counts tokens in another shape":
            return b'{"tokens": [1, 2, 3]}'
        case "counts tokens in bytes that are none":
            return b'{"tokens": [{"piece": [300]}]}'
        case "counts tokens without end":
            return b'{"tokens": [' + b'{"piece": "a"}, ' * 10**6
        case _:
            return json.dumps({"tokens": [{"piece": word} for word in re.findall(r"\S+\s*|\s+", content)]}).encode()


class Handler(BaseHTTPRequestHandler):
    mood = FINE

    def do_GET(self) -> None:
        if self.path == "/slots":
            self.reply(200, json.dumps([{"is_processing": self.mood == DEAF}]).encode())
            return
        props = {"default_generation_settings": {"n_ctx": 2048}, "total_slots": 2}
        if self.mood == "has no slots":
            props["total_slots"] = 0
        self.reply(200, json.dumps(props).encode())

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            self.reply(200, tokens(self.mood, question["content"]))
        elif self.mood == FINE and "response_format" in question:
            self.reply(200, READ + text(fitting(question)) + end())
        elif self.mood == "fails politely":
            self.reply(500, b'{"error": {"message": "no cheese\\u001b[2J", "type": "server_error"}}')
        elif self.mood == "fails":
            self.reply(500, b"<html>500</html>")
        else:
            self.send_response(200)
            self.end_headers()
            for piece in answer(self.mood):
                self.wfile.write(piece)
                self.wfile.flush()

    def reply(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *words: object) -> None:
        pass  # whoever asked has gone


def main(folder: Path, moods: list[str]) -> None:
    sys.stdin.readline()
    with (folder / "starts").open("a") as starts:
        starts.write("x")
        number = starts.tell()
    mood = moods[min(number, len(moods)) - 1]
    match mood:
        case "dies while it loads":
            die(signal.SIGKILL)
        case "aborts for want of memory":
            abort()
        case "stops while it loads":
            stop()
        case "babbles":
            while True:
                sys.stdout.write("x" * 65_536)
        case "says no UTF-8":
            sys.stdout.buffer.write(b'{"address": "\xff"}\n')
        case "is somewhere else":
            say({"address": "http://example.com"})
    Handler.mood = mood
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say({"address": f"http://127.0.0.1:{server.server_port}", "device": "CPU, by heart"})
    while os.read(0, 4096):
        pass
    os._exit(0)


def say(report: dict[str, str]) -> None:
    print(json.dumps(report), flush=True)  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(Path(sys.argv[1]), sys.argv[2:])
