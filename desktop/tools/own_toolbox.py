"""Legwork's own tools for one task: its folders and files, the sandbox, the web."""

from collections.abc import Callable
from typing import Final

from desktop.engine import (
    DocumentReader,
    LegworkError,
    OpenFolders,
    Program,
    Sandbox,
    TaskRequest,
    Tool,
    ToolCall,
    ToolOutput,
    Web,
)
from desktop.tools.code_tool import CodeTool
from desktop.tools.file_tools import FileTools
from desktop.tools.own_tool import OwnTool
from desktop.tools.task_files import TaskFiles
from desktop.tools.web_tools import WebTools

_FILE_TOOLS_FOR_FOLDERS: Final = frozenset({"write_file"})


class OwnToolbox:
    """Implements `Toolbox`. Arguments have been held against the tools' parameters before they come here."""

    def __init__(
        self,
        request: TaskRequest,
        *,
        open_folders: OpenFolders,
        reader: DocumentReader,
        sandbox: Sandbox,
        web: Web,
        may_search: Callable[[], bool],
    ) -> None:
        self._request = request
        self._open_folders, self._reader = open_folders, reader
        self._sandbox, self._web, self._may_search = sandbox, web, may_search
        self._tools: dict[str, OwnTool] = {}
        self._troubles: tuple[str, ...] = ()

    async def tools(self) -> tuple[Tool, ...]:
        """Those that can do something here: without folders nothing is written, without a sandbox nothing is run."""
        if not self._tools:
            files, self._troubles = await TaskFiles.opened(self._request.inputs, self._open_folders, self._reader)
            found = await self._found(files)
            self._tools = {each.tool.name: each for each in found}
        return tuple(each.tool for each in self._tools.values())

    async def _found(self, files: TaskFiles) -> list[OwnTool]:
        has_folders = bool((await files.list()).entries)
        found = list(FileTools(files).tools()) if has_folders or files.singles else []
        if not has_folders:
            found = [each for each in found if each.tool.name not in _FILE_TOOLS_FOR_FOLDERS]
        if Program.PYTHON in (await self._sandbox.look()).programs:
            found.append(CodeTool(self._sandbox, files).tool())
        web = WebTools(self._web)
        found.append(web.fetching())
        if self._may_search():
            found.append(web.searching())
        return found

    def troubles(self) -> tuple[str, ...]:
        """Which folders could not be opened, and why."""
        return self._troubles

    async def accept(self, tools: tuple[Tool, ...]) -> None:
        """Nothing: Legwork's own tools need no acceptance."""

    async def preview(self, call: ToolCall) -> str:
        """Exactly what a call would do. Raises a `LegworkError` where it can't be done."""
        await self.tools()
        return await self._tools[call.tool].preview(call.arguments)

    async def call(self, call: ToolCall) -> ToolOutput:
        """Do it."""
        await self.tools()
        try:
            return await self._tools[call.tool].do(call.arguments)
        except LegworkError as error:
            return ToolOutput(text=str(error), failed=True)

    async def close(self) -> None:
        """Nothing: what these tools use is their owner's to close."""
