"""A sandbox that runs nothing: what comes of an execution is said beforehand."""

from collections.abc import Callable

from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, Program, SandboxStanding

Script = Callable[[Execution], Outcome]


def nothing_happens(execution: Execution) -> Outcome:
    """It ends well, without a word."""
    return Outcome(ending=Ending.ENDED, exit_code=0)


class ScriptedSandbox:
    """Implements `Sandbox`. `executions` has what was asked for, in order."""

    def __init__(
        self,
        script: Script = nothing_happens,
        *,
        programs: frozenset[Program] = frozenset(Program),
        available: bool = True,
    ) -> None:
        self._script = script
        self._standing = SandboxStanding(
            available=available,
            tier="a script" if available else "",
            programs=programs if available else frozenset(),
            packages=("pytest 9.2.0",) if available else (),
            reason="" if available else "this machine has no working sandbox.",
        )
        self.executions: list[Execution] = []

    async def look(self) -> SandboxStanding:
        return self._standing

    async def run(self, execution: Execution) -> Outcome:
        if not self._standing.available:
            raise ExecutionRefused(f"The code was not run: {self._standing.reason}")
        if execution.program not in self._standing.programs:
            raise ExecutionRefused(f"The code was not run: {execution.program} is not to be had here.")
        self.executions.append(execution)
        return self._script(execution)

    async def close(self) -> None:
        return
