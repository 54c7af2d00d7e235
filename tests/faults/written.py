"""What tasks wrote into the folders that they were given, held against what their journal says of it.

Each write is counted outside of the database when it begins. The journal has the intent before that, and the answer of
the person where one was needed; of a write that may have been done another one follows only where the person said so.
"""

import hashlib
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from desktop.agents.assistant.turn import Choice
from desktop.engine import QuestionAnswered, QuestionAsked, Task, TaskId, ToolOutput, WrittenFile
from desktop.engine.tool_questions import AGAIN, ALL, ONCE
from desktop.tools import GivenFolders
from tests.faults.image import Image
from tests.faults.kinds import LOG, LOGS

_WRITE: Final = "write_file"
_TURN: Final = "turn "


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Something that is about to be written. The folder, with which a path begins, is the task's alone."""

    path: str
    digest: str  # of the content


@dataclass(frozen=True, slots=True)
class WriteCounter:
    """The file that counts them, a line each."""

    path: Path

    @classmethod
    def beside(cls, executions: Path) -> "WriteCounter":
        """The one that belongs to a count of executions."""
        return cls(executions.with_suffix(".written"))

    def put_in(self) -> None:
        """Count from now on whatever this process writes into given folders."""
        write, counter = GivenFolders.write, self

        async def counted(self: GivenFolders, path: str, content: bytes, *, version: str | None = None) -> WrittenFile:
            counter._add(Begun(path=path, digest=_digest(content)))
            return await write(self, path, content, version=version)

        GivenFolders.write = counted  # type: ignore[method-assign]

    def read(self) -> list[Begun]:
        """All that was counted."""
        if not self.path.exists():
            return []
        return [msgspec.json.decode(line, type=Begun) for line in self.path.read_bytes().splitlines()]

    def _add(self, begun: Begun) -> None:
        with self.path.open("ab", buffering=0) as file:
            file.write(msgspec.json.encode(begun) + b"\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One that a model chose, as the journal has it."""

    run: int
    turn: int
    path: str
    content: bytes
    intents: int  # how often it was about to be done
    output: ToolOutput | None  # None: none yet

    @property
    def call(self) -> str:
        """The name of its step."""
        return f"call {self.turn}"


def misdone(image: Image, begun: list[Begun]) -> Iterator[str]:
    """What was written otherwise than the journals say."""
    journaled: Tally[Begun] = Tally()
    for task in image.tasks.values():
        writes = list(_writes(image, task.task_id))
        for write in writes:
            journaled[Begun(path=write.path, digest=_digest(write.content))] += write.intents
            yield from _unallowed(image, task, write)
        if task.request.kind == "assistant":
            yield from _other_files(task, writes)
    for each, times in Tally(begun).items():
        if times > journaled[each]:
            yield f"{each.path} was begun to be written {times} times, by the journal {journaled[each]} times"


def _writes(image: Image, task_id: TaskId) -> Iterator[Write]:
    """In their order."""
    own = [entry for entry in image.journal if entry.key.task_id == task_id]
    entries = {(entry.key.run, entry.key.step, entry.item): entry for entry in own}
    turns = [(run, int(step.removeprefix(_TURN))) for run, step, _ in entries if step.startswith(_TURN)]
    for run, turn in sorted(turns):
        choice = msgspec.json.decode(entries[run, f"{_TURN}{turn}", ""].result, type=Choice)
        if choice.action != _WRITE or choice.trouble:
            continue
        result = entries.get((run, f"call {turn}", ""))
        yield Write(
            run=run,
            turn=turn,
            path=choice.arguments["path"],
            content=choice.arguments["content"].encode(),
            intents=sum((key[0], key[1]) == (run, f"call {turn}") and key[2] != "" for key in entries),
            output=None if result is None else msgspec.json.decode(result.result, type=ToolOutput),
        )


def _unallowed(image: Image, task: Task, write: Write) -> Iterator[str]:
    """Intents that nobody allowed."""
    questions, answers = {}, {}
    for _, event in image.events[task.task_id]:
        if event.run == write.run and isinstance(event, QuestionAsked):
            questions[event.question_id] = event.question.key
        elif event.run == write.run and isinstance(event, QuestionAnswered):
            answers[questions[event.question_id]] = event.answer
    is_allowed = "policy" in task.request.options or ALL in answers.values()
    if write.intents and not is_allowed and answers.get(write.call) != ONCE:
        yield f"{task.task_id}: nobody allowed {write}"
    for number in range(1, write.intents):
        if answers.get(f"{write.call} {number}") != AGAIN:
            yield f"{task.task_id}: nobody said to do it again: {write}"


def _other_files(task: Task, writes: list[Write]) -> Iterator[str]:
    """Files that hold something else than what was there or was written last."""
    (given,) = task.request.inputs
    assert given.path is not None
    folder = Path(given.path)
    possible: dict[str, set[bytes | None]] = {f"{folder.name}/{LOG}": {text.encode() for text in LOGS}}
    for write in writes:
        if write.output is not None and not write.output.failed:
            possible[write.path] = {write.content}
        elif write.intents:
            possible.setdefault(write.path, {None}).add(write.content)
    found = {f"{folder.name}/{path.name}": path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}
    for path in possible.keys() | found.keys():
        if found.get(path) not in possible.get(path, ()):
            yield f"{task.task_id}: {path} holds {found.get(path)!r}, which is not what was written last"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
