"""The toolbox of a run while it is carried out: opened when it is first needed, closed in any case."""

import logging
from typing import Final

from desktop.engine.awake import within
from desktop.engine.task import TaskRequest
from desktop.engine.tools import OpenToolbox, Tool, Toolbox, ToolCall, ToolOutput

logger = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 5.0
"""How long the end of a run waits for what was started for it to end."""


class OpenedToolbox:
    """Opens one at the first look."""

    def __init__(self, open_toolbox: OpenToolbox, request: TaskRequest) -> None:
        self._open, self._request = open_toolbox, request
        self._toolbox: Toolbox | None = None
        self._tools: tuple[Tool, ...] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is something to close."""
        return self._toolbox is not None

    @property
    def toolbox(self) -> Toolbox:
        """The toolbox itself."""
        if self._toolbox is None:
            self._toolbox = self._open(self._request)
        return self._toolbox

    async def tools(self) -> tuple[Tool, ...]:
        """Its tools as they were found; looked for anew after a failure, and while there is something amiss."""
        if self._tools is not None:
            return self._tools
        found = await self.toolbox.tools()
        if not self.toolbox.troubles():
            self._tools = found
        return found

    async def call(self, call: ToolCall) -> ToolOutput:
        """Make a call. After one that fails the tools may be others: its server may have been started again."""
        known, self._tools = self._tools, None
        output = await self.toolbox.call(call)
        if not output.failed:
            self._tools = known
        return output

    async def accept(self, tools: tuple[Tool, ...]) -> None:
        """The person has accepted what is said of these; they are looked at anew."""
        await self.toolbox.accept(tools)
        self._tools = None

    async def close(self) -> None:
        """End what was started. What does not end is left behind and told of in the log."""
        toolbox, self._toolbox, self._tools = self.toolbox, None, None
        try:
            await within(CLOSE_SECONDS, toolbox.close())
        except Exception:
            logger.exception("the tools of a run could not be closed")
