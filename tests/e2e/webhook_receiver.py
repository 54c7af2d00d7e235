"""A program that wants to be called: it takes every webhook, and hands it to the test as it came."""

import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.e2e.conftest import PATIENCE_SECONDS


@dataclass(frozen=True)
class Called:
    """One call. The names of its headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]


class WebhookReceiver:
    """Listens on loopback."""

    def __init__(self) -> None:
        self._came: queue.Queue[Called] = queue.Queue()
        came = self._came

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                came.put(Called(body, {name.lower(): value for name, value in self.headers.items()}))

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def next(self) -> Called:
        """The next call, as soon as it has come."""
        return self._came.get(timeout=PATIENCE_SECONDS)


@contextmanager
def listening() -> Iterator[WebhookReceiver]:
    """A receiver that answers until the block ends."""
    receiver = WebhookReceiver()
    thread = Thread(target=receiver.server.serve_forever, name="webhook receiver")
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()
