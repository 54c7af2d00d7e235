"""Looks around before the model is asked: nearly every errand begins with what is there, and small models forget to."""

import re
from collections.abc import Sequence
from typing import Final

from desktop.agents.assistant.assignment import Assignment
from desktop.agents.assistant.menu import Menu
from desktop.agents.assistant.turn import LISTING, READER, READING, RESEARCHER, SEARCHING, Choice, Turn
from desktop.engine import Run, ToolCall

MOST_FILES: Final = 8
"""So many are read at once at most: of more, the model chooses."""

_MOST_FOLDERS: Final = 4
_FOLDER: Final = re.compile(r"^(.+)/$", re.MULTILINE)
_FILE: Final = re.compile(r"^(.+?) · (?:([\d,]+) bytes\b.*|a file to read)$", re.MULTILINE)
_UNKNOWN_SIZE: Final = 1_000


async def look_around(run: Run, menu: Menu, assignment: Assignment, characters: int) -> list[Turn]:
    """List what was given, and read it where that is little: all of it in `characters`, a part of it never."""
    turns = [await _turn(run, 1, LISTING, {})]
    for label in assignment.files[:_MOST_FOLDERS]:
        if label in _FOLDER.findall(turns[0].output):
            turns.append(await _turn(run, len(turns) + 1, LISTING, {"path": label}))
    files = {path: int(size.replace(",", "") or _UNKNOWN_SIZE) for path, size in _files(turns)}
    fits = len(files) <= MOST_FILES and sum(files.values()) <= characters
    if fits and knows_all(turns) and menu.find(READING) is not None:
        for path in files:
            turns.append(await _turn(run, len(turns) + 1, READING, {"path": path}))
    return turns


def knows_all(turns: Sequence[Turn]) -> bool:
    """Whether every folder that is known was listed, so that another listing brings nothing."""
    listings = [turn for turn in turns if turn.choice.action == LISTING and not turn.failed]
    listed = {str(turn.choice.arguments.get("path", "")).rstrip("/") for turn in listings}
    return "" in listed and {folder for turn in listings for folder in _FOLDER.findall(turn.output)} <= listed


def needless(turns: Sequence[Turn], *, can_search: bool) -> list[str]:
    """The actions that look for what is known: nothing to list, and where all was read, nothing to search for there."""
    if not knows_all(turns):
        return []
    return [LISTING, *((SEARCHING, READER, *((RESEARCHER,) if not can_search else ())) if has_read_all(turns) else ())]


def has_read_all(turns: Sequence[Turn]) -> bool:
    """Whether every file that is known of was read."""
    read = {turn.choice.arguments.get("path") for turn in turns if turn.choice.action == READING and not turn.failed}
    return {path for path, _ in _files(turns)} <= read


def _files(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    return [found for turn in turns if not turn.failed for found in _FILE.findall(turn.output)]


async def _turn(run: Run, number: int, action: str, arguments: dict[str, str]) -> Turn:
    output = await run.tools.use(f"call {number}", ToolCall(tool=action, arguments=arguments))
    thought = "First I look at what there is." if action == LISTING else "I read it before I do anything."
    choice = Choice(thought=thought, action=action, arguments=dict(arguments))
    return Turn(number=number, choice=choice, output=output.text, failed=output.failed, by_model=False)
