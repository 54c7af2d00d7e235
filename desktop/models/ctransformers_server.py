"""The process of the runtime for old models: ctransformers behind the part of llama.cpp's HTTP that Legwork asks.

Run as a program, it speaks with its parent like `runtime_server`, which it borrows that from. Of llama.cpp's server it
has `/health`, `/props`, `/slots`, `/tokenize` and `/v1/chat/completions`, streamed; there is one slot, and who comes
second waits. It can't hold an answer to a schema, and says so to whoever asks for one. It imports nothing of Legwork
but its siblings that do not either.
"""

import importlib.util
import json
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

T = TypeVar("T")

MOST_BYTES: Final = 64 * 1024**2
"""Of a request."""
LACKS: Final = ("answers in a given form",)
NO_FORM: Final = "The runtime for old models (ctransformers) can't give answers in a fixed form"
WAIT_SECONDS: Final = 0.1
"""How often who waits for the slot is looked after."""


def sibling(name: str) -> ModuleType:
    """A module beside this file, without the package around it."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None  # noqa: S101 - the name ends in .py
    assert spec.loader is not None  # noqa: S101 - the same
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from desktop.models import old_chat, old_model, runtime_server
elif __name__ == "__main__":
    old_chat, old_model, runtime_server = map(sibling, ("old_chat", "old_model", "runtime_server"))


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: int) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": status, "message": message, "type": kind, **more}


class Server(ThreadingHTTPServer):
    """Serves one model to whoever has the key."""

    daemon_threads = True

    def __init__(self, model: "old_model.OldModel", key: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.model = model
        self.expected = f"Bearer {key}".encode()
        self.slot = threading.Lock()
        self.remaining = 0  # tokens of the answer that is being written

    def handle_error(self, *_: object) -> None:
        """Who asked has gone; anything else is a fault, and belongs into the log."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            sys.excepthook(*sys.exc_info())


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        """What the server is, and does."""
        model, is_busy = self.server.model, self.server.slot.locked()
        slot = {"id": 0, "is_processing": is_busy, "next_token": [{"n_remain": self.server.remaining}]}
        answers: dict[str, Any] = {
            "/health": {"status": "ok"},
            "/props": {"default_generation_settings": {"n_ctx": model.context}, "total_slots": 1},
            "/slots": [slot],
        }
        self.serve(lambda: self.reply(200, found(answers, self.path)))

    def do_POST(self) -> None:
        """A text to be counted, or a question."""
        deeds = {"/tokenize": self.tokenize, "/v1/chat/completions": self.chat}
        self.serve(lambda: found(deeds, self.path)(self.body()))

    def serve(self, deed: Callable[[], None]) -> None:
        """Do it for whoever may ask; an error is the answer as long as none has begun."""
        try:
            self.check_key()
            deed()
        except Refused as refusal:
            self.reply(refusal.status, {"error": refusal.error})

    def check_key(self) -> None:
        """Raise `Refused` for whoever does not have it."""
        if not compare_digest(self.headers.get("Authorization", "").encode(), self.server.expected):
            raise Refused("the key is missing or wrong", status=401, kind="authentication_error")

    def tokenize(self, body: dict[str, Any]) -> None:
        """The tokens of a text, as text where they are such."""
        content = body.get("content")
        if not isinstance(content, str):
            raise Refused("content is no text")
        self.reply(200, {"tokens": [{"piece": shown(piece)} for piece in self.server.model.pieces(content)]})

    def chat(self, body: dict[str, Any]) -> None:
        """Answer a question, as a stream."""
        script = self.script(body)
        wish = asked(body)
        total, context = self.server.model.length(script.text), self.server.model.context
        if total >= context:
            raise Refused(
                "the prompt is longer than the context",
                kind="exceed_context_size_error",
                n_prompt_tokens=total,
                n_ctx=context,
            )
        if self.get_slot():
            try:
                self.stream(script, wish, list_of_texts(body.get("stop")))
            finally:
                self.server.slot.release()

    def script(self, body: dict[str, Any]) -> "old_chat.Script":
        """The conversation as a text. Raises `Refused`."""
        if body.get("response_format", {"type": "text"}) != {"type": "text"}:
            raise Refused(NO_FORM, kind="not_supported_error")
        messages = body.get("messages")
        try:
            said = [old_chat.Said(role=str(each["role"]), content=each["content"]) for each in messages or ()]
        except (TypeError, KeyError):
            raise Refused("messages are no list of messages") from None
        if not said or not all(isinstance(each.content, str) for each in said):
            raise Refused("there are no messages, or some without text")
        return old_chat.script(self.server.model.family, self.server.model.vocabulary, said)

    def get_slot(self) -> bool:
        """Wait for one's turn; whether it came while somebody still listens."""
        while not self.server.slot.acquire(timeout=WAIT_SECONDS):
            if self.hung_up():
                return False
        return True

    def stream(self, script: "old_chat.Script", wish: "old_model.Wish", stops: list[str]) -> None:
        """Send events while the answer is written, as long as somebody listens."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for event in self.events(script, wish, [*stops, *script.stops]):
                if self.hung_up():
                    return
                if event:
                    self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.write(b"data: [DONE]\n\n")
        except RuntimeError as error:
            failure = {"error": {"code": 500, "message": str(error), "type": "server_error"}}
            self.wfile.write(b"data: " + json.dumps(failure).encode() + b"\n\n")

    def events(self, script: "old_chat.Script", wish: "old_model.Wish", stops: list[str]) -> Iterator[dict[str, Any]]:
        """What is to be sent, in order; an empty one where there is nothing but time to look up."""
        tally, ending = old_model.Tally(total=0), old_chat.Ending(stops)
        for news in self.server.model.answer(script.text, wish, tally):
            self.server.remaining = wish.max_tokens - tally.written
            if isinstance(news, dict):
                yield {"choices": [], **news}
                continue
            shown_now = ending.passed(news)
            yield {"choices": [{"index": 0, "delta": {"content": shown_now}}]} if shown_now else {}
            if ending.reached:
                tally.finish = "stop"
                break
        if rest := ending.rest():
            yield {"choices": [{"index": 0, "delta": {"content": rest}}]}
        end = {"index": 0, "delta": {}, "finish_reason": tally.finish}
        yield {"choices": [end], "timings": tally.timings()}

    def hung_up(self) -> bool:
        """Whether nobody listens any more."""
        connection: socket.socket = self.connection
        readable, _, _ = select.select([connection], [], [], 0)
        try:
            return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def body(self) -> dict[str, Any]:
        """The request's JSON. Raises `Refused`."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise Refused("the request has no length, or one that is too large")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise Refused("the request is no JSON") from None
        if not isinstance(body, dict):
            raise Refused("the request is no JSON object")
        return body

    def reply(self, status: int, answer: Any) -> None:
        """Answer in one piece."""
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the log is for what goes wrong."""


def found(places: Mapping[str, T], path: str) -> T:
    """What is at that path. Raises `Refused`."""
    if path not in places:
        raise Refused("there is nothing here", status=404, kind="not_found_error")
    return places[path]


def asked(body: dict[str, Any]) -> "old_model.Wish":
    """How the answer is to be written. Raises `Refused`."""
    try:
        return old_model.Wish(
            max_tokens=max(int(body.get("max_tokens", 2**31)), 1),
            temperature=float(body.get("temperature", 0.0)),
            top_p=float(body.get("top_p", 1.0)),
            seed=int(body.get("seed", 0)),
        )
    except (TypeError, ValueError, OverflowError):
        raise Refused("a number of the request is none") from None


def list_of_texts(value: Any) -> list[str]:
    """The texts that an answer ends before."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def shown(piece: bytes) -> str | list[int]:
    """A token as text, or as numbers where it is a part of a character."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return list(piece)


def main() -> None:
    """Load what standard input asks for, serve it, and end with the parent."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever native code prints is log
    order = json.loads(sys.stdin.readline())
    runtime_server.end_with_parent(order["parent"])
    try:
        model = old_model.OldModel(order)
        server = Server(model, order["api_key"])
    except (ImportError, OSError) as error:
        runtime_server.say(report, {"unusable": str(error)})
        runtime_server.leave(1)
    except Exception as error:  # noqa: BLE001 - the edge of the process: the parent raises it
        runtime_server.say(report, {"error": str(error) or type(error).__name__})
        runtime_server.leave(1)
    threading.Thread(target=server.serve_forever, name="listener", daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    said = {"address": address, "device": model.device, "gpu_layers": model.gpu_layers, "lacks": LACKS}
    runtime_server.say(report, said)
    threading.Event().wait()


if __name__ == "__main__":
    main()
