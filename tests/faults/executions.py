"""Counts, outside the database, what was executed: each piece of work adds a line to a file when its result is there.

The line is written before the engine gets the result, so that whatever is in the journal has one. The engine's `Run`
stays what it is; only the functions that an agent hands to `step` and `map` are wrapped, in parts of the run and for
calls of tools too.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast, get_type_hints

import msgspec

from desktop.engine import Agent, PlannedStep, Result, Run, Source, TaskRequest
from desktop.engine.active_run import ActiveRun
from desktop.engine.journal import hash_inputs
from desktop.engine.run_part import RunPart
from desktop.engine.tool_use import GuardedTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What was executed; items of a step that are alike share one."""

    task_id: str
    run: int
    step: str
    inputs_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One piece of work that has a result."""

    key: Key
    copies: int  # items of the step that share the key
    pid: int  # the process that did it


@dataclass(frozen=True, slots=True)
class Counter:
    """The file. Lines of several processes never mix: each is one write at the end of it."""

    path: Path

    def add(self, execution: Execution) -> None:
        """Count it."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, msgspec.json.encode(execution) + b"\n")
        finally:
            os.close(descriptor)

    def read(self) -> list[Execution]:
        """All that was counted, in order."""
        if not self.path.exists():
            return []
        return [msgspec.json.decode(line, type=Execution) for line in self.path.read_bytes().splitlines()]


class CountingRun:
    """A run that counts. Implements `Run` by the one it stands for."""

    def __init__(self, run: ActiveRun, counter: Counter) -> None:
        self._run = run
        self._counter = counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    @property
    def tools(self) -> GuardedTools:
        return replace(self._run.tools, run=cast("Run", self))

    def part(self, name: str, title: str, request: TaskRequest) -> RunPart:
        return replace(self._run.part(name, title, request), outer=cast("Run", self))

    async def step(self, name: str, function: Callable[..., Awaitable[Any]], *arguments: object) -> Any:
        return await self._run.step(name, self._counted(name, function, {hash_inputs(arguments): 1}), *arguments)

    async def map(self, name: str, items: Sequence[Any], function: Callable[..., Awaitable[Any]], **how: Any) -> Any:
        copies: dict[str, int] = {}
        for item in items:
            digest = hash_inputs(item)
            copies[digest] = copies.get(digest, 0) + 1
        return await self._run.map(name, items, self._counted(name, function, copies, one=True), **how)

    def _counted(
        self, step: str, function: Callable[..., Awaitable[Any]], copies: dict[str, int], *, one: bool = False
    ) -> Callable[..., Awaitable[Any]]:
        task = self._run.live.task

        async def counted(*arguments: Any) -> Any:
            inputs_hash = hash_inputs(arguments[0] if one else arguments)
            result = await function(*arguments)
            key = Key(task_id=task.task_id, run=task.run, step=step, inputs_hash=inputs_hash)
            self._counter.add(Execution(key=key, copies=copies[inputs_hash], pid=os.getpid()))
            return result

        counted.__annotations__ = {"return": _return_type(function)}  # by which the journal decodes
        return counted


@dataclass(frozen=True)
class CountingAgent:
    """An agent of which every step and item is counted."""

    agent: Agent
    counter: Counter

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""

    def __getattribute__(self, name: str) -> Any:
        if name in ("kind", "title"):
            return getattr(self.agent, name)
        return object.__getattribute__(self, name)

    def check(self, request: TaskRequest) -> None:
        self.agent.check(request)

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        return self.agent.outline(request, sources)

    async def carry_out(self, run: Run) -> Result:
        return await self.agent.carry_out(cast("Run", CountingRun(cast("ActiveRun", run), self.counter)))


def _return_type(function: Callable[..., Any]) -> Any:
    while isinstance(function, partial):
        function = function.func
    return get_type_hints(function)["return"]
