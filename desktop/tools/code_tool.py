"""The tool that runs Python in the sandbox."""

import contextlib
from collections.abc import Mapping
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
MOST_WRITTEN: Final = 5
"""Files of a program that are handed on; whatever else it writes is gone."""
_MOST_BYTES: Final = 32 * 1024**2
_MOST_WRITTEN_BYTES: Final = 200_000  # of each
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
            "Runs a Python program (standard library, no network) on copies of the given files, and gives what it "
            "prints and the files that it writes.",
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
        wrote = _texts(outcome.files) if outcome.succeeded else {}
        return ToolOutput(text=_told(outcome, wrote), failed=not outcome.succeeded, wrote=wrote)

    async def preview(self, arguments: Arguments) -> str:
        """The code, and the files that it gets."""
        files = ", ".join(arguments.get("files", ())) or "none"
        return visible(f"Runs in the sandbox, with copies of these files: {files}\n\n{arguments['code']}")

    async def _content(self, path: str) -> bytes:
        return (await self.files.read(path)).content


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """What of the files is text that somebody may want to keep."""
    texts: dict[str, str] = {}
    for name, content in sorted(files.items()):
        if len(texts) < MOST_WRITTEN and len(content) <= _MOST_WRITTEN_BYTES:
            with contextlib.suppress(UnicodeDecodeError):
                texts[name] = content.decode()
    return texts


def _told(outcome: Outcome, wrote: Mapping[str, str]) -> str:
    """How it ended, and what it wrote."""
    how = _HOW.get(outcome.ending) or f"ended with exit code {outcome.exit_code}"
    if outcome.ending is Ending.ENDED and outcome.exit_code is None:
        how = f"was ended by signal {outcome.signal}"
    pieces = [f"The program {how} after {outcome.seconds:.1f} seconds."]
    if wrote:
        pieces.append(f"It wrote {visible(', '.join(wrote))}.")
    for name, content in (("Output", outcome.stdout), ("Errors", outcome.stderr)):
        if content:
            pieces.append(f"{name}:\n{content.decode('utf-8', 'replace').rstrip()}")
    if outcome.cut:
        pieces.append("There was more output than is shown.")
    if outcome.succeeded and not outcome.stdout and not wrote:
        pieces.append("It printed nothing.")
    return "\n".join(pieces)
