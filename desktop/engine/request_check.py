"""What every request has to fulfil, whatever its kind."""

import re
from typing import Any, Final

import msgspec

from desktop.engine.errors import InvalidRequest
from desktop.engine.task import MAX_GOAL_CHARACTERS, MAX_TITLE_CHARACTERS, Input, TaskRequest

KEEP_DAYS = range(7, 31)
PRIORITIES = range(10)
_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of what follows them, beyond the end of a title."""


def check_request(request: TaskRequest) -> None:
    """Raise `InvalidRequest` where the request can't become a task of any kind."""
    _check_texts(request)
    _check_goal(request.goal)
    if request.priority not in PRIORITIES:
        raise InvalidRequest(f"{request.priority} is no priority; nothing was started.", hint="Choose one from 0 to 9.")
    if request.keep_days not in KEEP_DAYS:
        raise InvalidRequest(
            f"A result can't be kept for {request.keep_days} days; nothing was started.", hint="Choose 7 to 30 days."
        )
    for name, value in (request.options | request.memo).items():
        _check_option(name, value)
    for given in request.inputs:
        _check_input(given)


def _check_texts(request: TaskRequest) -> None:
    texts = {"kind": request.kind, "goal": request.goal, "title": request.title, "model": request.model}
    for name, text in texts.items():
        if not is_text(text):
            raise InvalidRequest(
                f"The {name} holds bytes that are no text; nothing was started.", hint="Type it again."
            )


def _check_goal(goal: str) -> None:
    if not goal.strip():
        raise InvalidRequest("The goal is empty; nothing was started.", hint="Say in a sentence what you want to have.")
    if len(goal) > MAX_GOAL_CHARACTERS:
        raise InvalidRequest(
            f"The goal has {len(goal):,} characters, more than the {MAX_GOAL_CHARACTERS:,} that it may have; "
            "nothing was started.",
            hint="Put the long part into a text file and give that as an input.",
        )


def _check_option(name: str, value: Any) -> None:
    """Refuse what JSON would not bring back as it is: an infinite number, for one, would come back as nothing."""
    try:
        comes_back = bool(msgspec.json.decode(msgspec.json.encode({name: value})) == {name: value})
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError):
        comes_back = False
    if not comes_back:
        raise InvalidRequest(
            f"The option {name!a} has a value that can't be kept; nothing was started.",
            hint="Give it texts, finite numbers, true or false, or lists and objects of these.",
        )


def _check_input(given: Input) -> None:
    if (given.path is None) == (given.text is None):
        raise InvalidRequest(
            f"The input “{given.label}” must be either a path or a text; nothing was started.",
            hint="Give each input a path, or a name and a text.",
        )
    if not all(is_text(text) for text in (given.path, given.name, given.text)):
        raise InvalidRequest(
            f"The input “{given.label.encode(errors='replace').decode()}” holds bytes that are no text in its name "
            "or content; nothing was started.",
            hint="Rename the file, or give the text in UTF-8.",
        )


def is_text(text: str | None) -> bool:
    """Whether it can be written as UTF-8: no bytes of something else came in with it."""
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        return False
    return True


def title_of(request: TaskRequest) -> str:
    """The title that was asked for, or the goal's first line; at most `MAX_TITLE_CHARACTERS` characters."""
    title = " ".join(_TURNS.sub("", request.title or request.goal.strip().partition("\n")[0]).split())
    if len(title) <= MAX_TITLE_CHARACTERS:
        return title
    return title[: MAX_TITLE_CHARACTERS - 1].rstrip() + "…"
