"""Several toolboxes as one, and the place where the arguments of all calls are looked at."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from desktop.engine import InvalidRequest, Tool, Toolbox, ToolCall, ToolOutput
from desktop.tools.argument_form import ArgumentForm, NoForm

if TYPE_CHECKING:
    from collections.abc import Mapping


class JoinedToolbox:
    """Implements `Toolbox` by others. Of two tools by one name the first one's box has it."""

    def __init__(self, *toolboxes: Toolbox) -> None:
        self._toolboxes = toolboxes
        self._owners: dict[str, tuple[Toolbox, Tool]] = {}
        self._doubles: tuple[str, ...] = ()
        self._forms: dict[str, tuple[Mapping[str, Any], ArgumentForm | None]] = {}  # by the tools' names

    async def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        self._owners, doubles = {}, []
        for toolbox in self._toolboxes:
            for tool in await toolbox.tools():
                if tool.name in self._owners:
                    doubles.append(f"There are two tools called {tool.name}; the second one was left out.")
                else:
                    self._owners[tool.name] = toolbox, tool
        self._doubles = tuple(doubles)
        return tuple(tool for _, tool in self._owners.values())

    def troubles(self) -> tuple[str, ...]:
        """What could not be had, of all of them."""
        return (*(each for toolbox in self._toolboxes for each in toolbox.troubles()), *self._doubles)

    async def accept(self, tools: tuple[Tool, ...]) -> None:
        """Each is told of its own."""
        for toolbox in self._toolboxes:
            own = tuple(tool for tool in tools if self._owners.get(tool.name, (None,))[0] is toolbox)
            if own:
                await toolbox.accept(own)

    async def preview(self, call: ToolCall) -> str:
        """Exactly what a call would do. Raises `InvalidRequest` for arguments that do not fit."""
        toolbox, problem = await self._look(call)
        if toolbox is None:
            raise InvalidRequest(problem)
        return await toolbox.preview(call)

    async def call(self, call: ToolCall) -> ToolOutput:
        """Do it, where the arguments fit."""
        toolbox, problem = await self._look(call)
        if toolbox is None:
            return ToolOutput(text=problem, failed=True)
        return await toolbox.call(call)

    async def close(self) -> None:
        """Close them all."""
        async with AsyncExitStack() as stack:  # the failure of one keeps no other open
            for toolbox in self._toolboxes:
                stack.push_async_callback(toolbox.close)

    async def _look(self, call: ToolCall) -> tuple[Toolbox | None, str]:
        """Who carries the call out, else what is wrong with it."""
        if not self._owners:
            await self.tools()
        if call.tool not in self._owners:
            return None, f"There is no tool {call.tool}; nothing was done. There are: {', '.join(self._owners)}."
        toolbox, tool = self._owners[call.tool]
        form = self._form(tool)
        problem = "" if form is None else form.problem(call.arguments)
        if problem:
            return None, f"{call.tool} was not called: {problem}. Its arguments are {_in_words(tool)}."
        return toolbox, ""

    def _form(self, tool: Tool) -> ArgumentForm | None:
        """What the arguments have to fit, compiled once as long as it stays the same.

        None where the parameters make no sense: then the server judges by itself.
        """
        parameters, form = self._forms.get(tool.name, (None, None))
        if parameters != tool.parameters:
            try:
                form = ArgumentForm(tool.parameters)
            except NoForm:
                form = None
            self._forms[tool.name] = tool.parameters, form
        return form


def _in_words(tool: Tool) -> str:
    properties = tool.parameters.get("properties", {})
    needed = tool.parameters.get("required", ())
    named = [f"{name}{'' if name in needed else ' (may be left out)'}" for name in properties]
    return ", ".join(named) or "none"
