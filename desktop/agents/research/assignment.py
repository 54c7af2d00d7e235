"""What a request asks to be found out: its goal and options, understood."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from desktop.agents.evidence.language import language_of, parse_language
from desktop.agents.option_names import check_option_names
from desktop.engine import MAX_GOAL_CHARACTERS, InvalidRequest, TaskRequest

OPTIONS: Final = ("web", "sources", "depth", "language")
MOST_ADDRESSES: Final = 100
_SWITCHES: Final = {"on": True, "off": False, "true": True, "false": False, "yes": True, "no": False}


class Depth(StrEnum):
    """How much is read for an answer."""

    QUICK = "quick"
    NORMAL = "normal"
    THOROUGH = "thorough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a depth means."""

    questions: int  # that the question is broken down into, at most
    passages: int  # that are looked through, at most
    candidates: int  # sentences of them that the model reads, at most
    quotes: int  # below the answer, besides those that it rests on, at most; a third as many below a part's
    pages: int  # fetched for each question, of those that a search of the web found


EFFORTS: Final = {
    Depth.QUICK: Effort(questions=0, passages=20, candidates=36, quotes=20, pages=2),
    Depth.NORMAL: Effort(questions=3, passages=40, candidates=64, quotes=30, pages=3),
    Depth.THOROUGH: Effort(questions=6, passages=80, candidates=128, quotes=60, pages=5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A request, understood."""

    goal: str
    searches_web: bool
    addresses: tuple[str, ...]  # of pages that the person named
    depth: Depth
    language: str  # of the report, by its English name

    @property
    def effort(self) -> Effort:
        """How much is read."""
        return EFFORTS[self.depth]


def understand(request: TaskRequest) -> Assignment:
    """The request's goal and options. Raises `InvalidRequest`."""
    goal = _checked_goal(request.goal)
    check_option_names(request.options, OPTIONS, "research")
    assignment = Assignment(
        goal=goal,
        searches_web=_switch(request.options.get("web")),
        addresses=_addresses(request.options.get("sources")),
        depth=_depth(request.options.get("depth")),
        language=_language(request.options.get("language"), goal),
    )
    if not (request.inputs or assignment.addresses or assignment.searches_web):
        raise InvalidRequest(
            "There is nothing to look into; nothing was started.",
            hint="Give files or folders, name pages with sources=https://…, or search the web with web=on.",
        )
    return assignment


def _checked_goal(goal: str) -> str:
    if not goal.strip():
        raise InvalidRequest("There is no question; nothing was started.", hint="Write what you want to know.")
    if len(goal) > MAX_GOAL_CHARACTERS:
        raise InvalidRequest(
            f"The question has {len(goal):,} characters, {MAX_GOAL_CHARACTERS:,} are allowed; nothing was started.",
            hint="Put long material into a file and give the file to the task.",
        )
    return goal.strip()


def _switch(option: Any) -> bool:
    if option in (None, ""):
        return False
    switch = _SWITCHES.get(str(option).strip().lower())
    if switch is None:
        raise InvalidRequest(f"web is “{option}”; nothing was started.", hint="Write web=on or web=off.")
    return switch


def _addresses(option: Any) -> tuple[str, ...]:
    """A list, or a text with addresses between white space, commas or semicolons."""
    given = option if isinstance(option, list | tuple) else [option or ""]
    if not all(isinstance(each, str) for each in given):
        raise InvalidRequest("sources is no list of addresses; nothing was started.", hint="Write sources=https://…")
    found = [part.strip(",;") for each in given for part in re.split(r"[,;]?\s+|[,;](?=https?://)", each)]
    addresses = tuple(dict.fromkeys(part for part in found if part))
    wrong = [part for part in addresses if not part.lower().startswith(("http://", "https://"))]
    if wrong:
        raise InvalidRequest(
            f"“{wrong[0][:80]}” is no address of a page; nothing was started.",
            hint="Write addresses as https://example.org/page, and give files and folders as the task's files.",
        )
    if len(addresses) > MOST_ADDRESSES:
        raise InvalidRequest(
            f"{len(addresses)} addresses are more than the {MOST_ADDRESSES} that a task takes; nothing was started.",
            hint="Divide them among several tasks.",
        )
    return addresses


def _depth(option: Any) -> Depth:
    wanted = str(option or Depth.NORMAL).strip().lower()
    if wanted not in set(Depth):
        raise InvalidRequest(
            f"There is no depth “{option}”; nothing was started.", hint=f"The depths are {', '.join(Depth)}."
        )
    return Depth(wanted)


def _language(option: Any, goal: str) -> str:
    if option in (None, ""):
        return language_of(goal) or "English"
    language = parse_language(str(option).strip())
    if language is None:
        raise InvalidRequest(
            f"“{str(option)[:40]}” is no language; nothing was started.",
            hint="Write its English name or its code, for example language=German or language=de.",
        )
    return language
