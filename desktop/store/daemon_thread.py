"""A thread for what may hang: a process that ends does not wait for it.

The threads of an executor are joined when the interpreter ends, so that one call to a disk that does not answer would
hold the process for good.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class DaemonThread:
    """Calls functions one after the other, in the order in which they were submitted, until it is ended."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call `function(*arguments)` in its turn."""
        future: Future[T] = Future()
        self._calls.put(partial(_carry_out, future, function, *arguments))
        return future

    def end(self) -> None:
        """Let the thread end after all that was submitted, and wait for nothing."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _carry_out(future: Future[T], function: Callable[..., T], *arguments: Any) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function(*arguments)
    except BaseException as error:  # noqa: BLE001 - the edge of the thread: whoever waits for the future gets it
        future.set_exception(error)
    else:
        future.set_result(result)
