"""The tool that runs Python in the sandbox."""

from dataclasses import dataclass
from typing import Final

from desktop.engine import (
    Ending,
    Execution,
    FileUnavailable,
    Outcome,
    Program,
    Sandbox,
    SandboxLimits,
    ToolOutput,
    visible,
)
from desktop.tools.own_tool import Arguments, OwnTool, own_tool
from desktop.tools.task_files import TaskFiles

MOST_FILES: Final = 20
_MOST_BYTES: Final = 32 * 1024**2
_LIMITS: Final = SandboxLimits(wall_seconds=60.0, cpu_seconds=60.0, output_bytes=256 * 1024)
_HOW: Final = {
    Ending.OUT_OF_TIME: f"was ended after {_LIMITS.wall_seconds:.0f} seconds",
    Ending.OUT_OF_MEMORY: "needed more memory than it may have",
    Ending.OUT_OF_DISK: "wrote more to the disk than it may",
    Ending.TOO_MUCH_OUTPUT: "wrote more output than it may",
    Ending.KILLED: "was killed",
}


@dataclass(frozen=True, slots=True)
class CodeTool:
    """Runs code with copies of the task's files, and gives its output back."""

    sandbox: Sandbox
    files: TaskFiles

    def tool(self) -> OwnTool:
        """The tool."""
        return own_tool(
            "run_python",
            "Runs a Python program in a sandbox without a network, and gives what it prints. "
            "Print what you need: files that it writes are gone afterwards.",
            {
                "code": {"type": "string", "minLength": 1},
                "files": {
                    "type": "array",
                    "maxItems": MOST_FILES,
                    "items": {"type": "string"},
                    "description": "Files to read, by their paths; the program opens them by the same paths",
                },
            },
            self.run,
            preview=self.preview,
            optional=("files",),
        )

    async def run(self, arguments: Arguments) -> ToolOutput:
        """Run it. Raises `ExecutionRefused` and `FileUnavailable`."""
        files = {path: await self._content(path) for path in dict.fromkeys(arguments.get("files", ()))}
        if sum(map(len, files.values())) > _MOST_BYTES:
            raise FileUnavailable("The files are too large to be copied; nothing was run.", hint="Name fewer.")
        name = "main.py"
        while name in files:
            name = f"_{name}"
        code = arguments["code"].encode("utf-8", "replace")
        execution = Execution(program=Program.PYTHON, arguments=(name,), files={**files, name: code}, limits=_LIMITS)
        outcome = await self.sandbox.run(execution)
        return ToolOutput(text=_told(outcome), failed=not outcome.succeeded)

    async def preview(self, arguments: Arguments) -> str:
        """The code, and the files that it gets."""
        files = ", ".join(arguments.get("files", ())) or "none"
        return visible(f"Runs in the sandbox, with copies of these files: {files}\n\n{arguments['code']}")

    async def _content(self, path: str) -> bytes:
        return (await self.files.read(path)).content


def _told(outcome: Outcome) -> str:
    """How it ended, and what it wrote."""
    how = _HOW.get(outcome.ending) or f"ended with exit code {outcome.exit_code}"
    if outcome.ending is Ending.ENDED and outcome.exit_code is None:
        how = f"was ended by signal {outcome.signal}"
    pieces = [f"The program {how} after {outcome.seconds:.1f} seconds."]
    for name, content in (("Output", outcome.stdout), ("Errors", outcome.stderr)):
        if content:
            pieces.append(f"{name}:\n{content.decode('utf-8', 'replace').rstrip()}")
    if outcome.cut:
        pieces.append("There was more output than is shown.")
    if outcome.succeeded and not outcome.stdout:
        pieces.append("It printed nothing.")
    return "\n".join(pieces)
