"""A server at an address: streamable HTTP, through the one way out that checks where a request leads."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final

from mcp.client.streamable_http import streamable_http_client

from desktop.engine import LegworkError
from desktop.outbound import Reach
from desktop.outbound.talk import Talk
from desktop.tools.servers.allowance import MESSAGE_BYTES, Allowance
from desktop.tools.servers.choice import ServerChoice, named_hosts
from desktop.tools.servers.failure import ServerLost, ServerTrouble
from desktop.tools.servers.line import Streams

_EVENT_BYTES: Final = MESSAGE_BYTES
_WHY: Final = {
    401: "wants a login (401): give it the header that it asks for",
    403: "lets nobody in with these headers (403)",
    404: "has nothing at that address (404)",
    405: "does not speak streamable HTTP at that address (405)",
    429: "wants to be asked less often (429)",
}


class WebLine:
    """Implements `Line`."""

    def __init__(
        self,
        choice: ServerChoice,
        headers: Mapping[str, str],
        allowance: Allowance,
        on_lost: Callable[[], None],
        named: tuple[str, ...],
    ) -> None:
        self._choice = choice
        self._allowance = allowance
        self._on_lost = on_lost
        self._fault: ServerTrouble | None = None
        self._stack = AsyncExitStack()
        self._talk = Talk(
            Reach(named=named_hosts(choice, named)),
            headers,
            on_request=lambda: self._counted(allowance.take_request),
            on_bytes=self._take,
            on_message=lambda message: self._counted(lambda: allowance.check_message(message)),
        )

    @property
    def fault(self) -> ServerTrouble | None:
        """Why it can't be had: what came was too much, or the way there is closed."""
        if self._fault is None and self._talk.refused is not None:
            return _no_answer(self._choice.name, self._talk.refused, is_unsent=self._talk.is_unsent)
        return self._fault

    async def __aenter__(self) -> Streams:
        """Nothing is sent yet."""
        client = await self._stack.enter_async_context(self._talk.client())
        return await self._stack.enter_async_context(
            streamable_http_client(self._choice.url.strip(), http_client=client, max_sse_event_size=_EVENT_BYTES)
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Tell the server that its session is over, and close what is open."""
        return await self._stack.__aexit__(kind, error, trace)

    async def parting_words(self) -> str:
        """What the last refusal means."""
        status = self._talk.last_refusal
        return _WHY.get(status, f"answered with an error ({status})") if status else ""

    def _take(self, received: bytes, held: int) -> None:
        self._counted(lambda: self._allowance.take(len(received), received.count(b"\n")))
        self._counted(lambda: self._allowance.check_size(held))

    def _counted(self, take: Callable[[], None]) -> None:
        try:
            take()
        except ServerLost as lost:
            self._fault = lost
            self._on_lost()
            raise


def _no_answer(name: str, why: LegworkError, *, is_unsent: bool) -> ServerTrouble:
    if is_unsent:
        return ServerTrouble(f"The tool server {name} can't be reached. {why.message}", hint=why.hint)
    return ServerLost(f"The tool server {name} gives no answer. {why.message}", hint=why.hint)
