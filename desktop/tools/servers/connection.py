"""A talk with one server through the SDK, kept open by an asyncio task of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mcp import Client, MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    InputRequiredResult,
    PaginatedRequestParams,
)
from pydantic import TypeAdapter

import desktop
from desktop.engine import ToolOutput, within
from desktop.tools.servers.allowance import Allowance
from desktop.tools.servers.choice import ServerChoice
from desktop.tools.servers.failure import MAY_BE_DONE, ServerLost, ServerTrouble
from desktop.tools.servers.limits import Limits
from desktop.tools.servers.offer import MOST_TOOLS, Described, Offer, offers_of
from desktop.tools.servers.output import output_of
from desktop.tools.servers.program_line import ProgramLine
from desktop.tools.servers.shown_text import output_text, shown_text, without
from desktop.tools.servers.web_line import WebLine

if TYPE_CHECKING:
    from desktop.tools.servers.line import Line

logger = logging.getLogger(__name__)

for _name in ("mcp", "client"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
"""The SDK's own loggers quote what servers say, with tracebacks. What matters of it is said here."""

T = TypeVar("T")

_MOST_PAGES: Final = 20
_MOST_COMPLAINT: Final = 500
_AGAIN: Final = "It is tried again when it is next needed."
_RESULT: Final[TypeAdapter[CallToolResult | InputRequiredResult]] = TypeAdapter(CallToolResult | InputRequiredResult)


class Connection:
    """`open` it once; whatever goes wrong later ends it, and another one takes its place."""

    def __init__(
        self, choice: ServerChoice, values: Mapping[str, str], *, named: tuple[str, ...], limits: Limits
    ) -> None:
        self.offers: Mapping[str, Offer] = {}  # what it has, by the tools' names; known once it is open
        self.refused: tuple[str, ...] = ()  # a sentence for each tool that can't be used
        self._choice = choice
        self._secrets = choice.secrets_in(values)
        self._limits = limits
        self._allowance = Allowance(choice.name)
        self._leave = asyncio.Event()
        self._client: Client | None = None
        self._aio_task: asyncio.Task[None] | None = None
        self._ended_with: Exception | None = None
        if choice.url.strip():
            self._line: Line = WebLine(choice, values, self._allowance, self._leave.set, named)
        else:
            self._line = ProgramLine(choice, values, self._allowance, self._leave.set)

    @property
    def is_open(self) -> bool:
        """Whether it can be asked, as far as is known."""
        return self._client is not None and not self._leave.is_set()

    async def open(self) -> None:
        """Start the server or call it, and learn its tools. Raises `ServerTrouble`; then nothing is left of it."""
        ready = asyncio.Event()
        name = f"talk with the tool server {self._choice.name}"
        self._aio_task = asyncio.create_task(self._stay(ready), name=name)
        try:
            await self._done("start", self._limits.start_seconds, ready.wait())
            await self._list()
        except BaseException:
            await self.close()
            raise

    async def call(self, called: str, arguments: Mapping[str, Any]) -> ToolOutput:
        """What the tool of that name, as its server calls it, gives.

        Raises `ServerLost` where the call was sent and has no answer; then it is closed. Raises another `ServerTrouble`
        where it was not sent.
        """
        assert self._client is not None  # noqa: S101 - asked of an open one
        self._allowance.renew()
        params = CallToolRequestParams(name=called, arguments=dict(arguments))
        # Not `call_tool`, which checks what comes back by the server's own schema: a pattern in it could hold us.
        request = self._client.session.send_request(CallToolRequest(params=params), _RESULT)
        try:
            result = await self._done("answer", self._limits.call_seconds, request)
        except MCPError as error:
            said = without(error.message, self._secrets)
            shown = output_text(said, self._limits.characters)
            is_refused = error.code in (METHOD_NOT_FOUND, INVALID_PARAMS)
            text = f"It refuses: {shown}" if is_refused else f"It failed: {shown}\n{MAY_BE_DONE}"
            return ToolOutput(text=text, failed=True)
        except ServerLost as lost:
            await self.close()
            raise ServerLost(lost.message, hint=MAY_BE_DONE) from lost
        if isinstance(result, InputRequiredResult):
            return ToolOutput(text="It asks for something in between, which Legwork does not answer.", failed=True)
        output = output_of(result, self._limits.characters)
        return replace(output, text=without(output.text, self._secrets))

    async def close(self) -> None:
        """End the talk, and a program with all that it started. What does not end is left behind."""
        self._leave.set()
        if self._aio_task is None:
            return
        if self._client is None:
            self._aio_task.cancel()  # it may wait for an answer that never comes
        try:
            await asyncio.wait([self._aio_task], timeout=self._limits.end_seconds)
        finally:
            self._aio_task.cancel()
        _, left = await asyncio.wait([self._aio_task], timeout=self._limits.end_seconds)
        if left:
            logger.warning("the talk with the tool server %s does not end", self._choice.name)

    async def _stay(self, ready: asyncio.Event) -> None:
        """Keep the SDK's contexts, which one and the same asyncio task has to enter and to leave."""
        info = Implementation(name="legwork", version=desktop.__version__)
        try:
            async with Client(self._line, client_info=info, cache=None) as client:
                self._client = client
                ready.set()
                await self._leave.wait()
        except Exception as error:  # noqa: BLE001 - the edge of the task; who asks is told
            self._ended_with = error
            logger.info("the talk with the tool server %s ended: %s", self._choice.name, type(error).__name__)
        finally:
            self._leave.set()
            ready.set()

    async def _list(self) -> None:
        if self._client is None:
            raise await self._lost()
        described = await self._done("list its tools", self._limits.list_seconds, self._described(self._client))
        offers, refused = offers_of(self._choice.name, described)
        self.offers, self.refused = offers, tuple(refused)

    async def _described(self, client: Client) -> list[Described]:
        described: list[Described] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await client.session.list_tools(params=PaginatedRequestParams(cursor=cursor))
            described += [
                Described(
                    name=tool.name,
                    description=tool.description or "",
                    schema=tool.input_schema,
                    hints={} if tool.annotations is None else tool.annotations.model_dump(by_alias=True),
                )
                for tool in page.tools
            ]
            cursor = page.next_cursor
            if cursor is None or len(described) > MOST_TOOLS:
                break
        return described

    async def _done(self, what: str, seconds: float, work: Awaitable[T]) -> T:
        """What the work gives. Raises `ServerLost` where the server hangs, ends or talks nonsense, and `MCPError`."""
        name = self._choice.name
        try:
            return await within(seconds, work)
        except TimeoutError as error:
            raise ServerLost(
                f"The tool server {name} did not {what} within {seconds:g} seconds, and was ended.", hint=_AGAIN
            ) from error
        except MCPError as error:
            if error.code != CONNECTION_CLOSED and self.is_open and what == "answer":
                raise
            raise await self._lost(error) from error
        except ServerTrouble:
            raise
        except Exception as error:
            raise await self._lost(error) from error

    async def _lost(self, error: Exception | None = None) -> ServerTrouble:
        """Why nothing more comes from the server."""
        found = self._line.fault or _trouble_in(self._ended_with)
        if found is not None:
            return found
        name = self._choice.name
        if words := await self._line.parting_words():
            return ServerLost(f"The tool server {name} {words}.", hint=_AGAIN)
        cause = error or self._ended_with
        if isinstance(cause, MCPError):
            said = shown_text(without(cause.message, self._secrets), _MOST_COMPLAINT)
            return ServerLost(f"The tool server {name} does not go on: {said}.", hint=_AGAIN)
        return ServerLost(f"The tool server {name} answered what is no answer.", hint=_AGAIN)


def _trouble_in(error: BaseException | None) -> ServerTrouble | None:
    """The first of ours in what a group of tasks ended with."""
    if isinstance(error, BaseExceptionGroup):
        return next((found for each in error.exceptions if (found := _trouble_in(each))), None)
    return error if isinstance(error, ServerTrouble) else None
