"""What every request has to fulfil, whatever its kind."""

from desktop.engine.errors import InvalidRequest
from desktop.engine.task import MAX_GOAL_CHARACTERS, MAX_TITLE_CHARACTERS, TaskRequest

KEEP_DAYS = range(7, 31)
PRIORITIES = range(10)


def check_request(request: TaskRequest) -> None:
    """Raise `InvalidRequest` where the request can't become a task of any kind."""
    if not _is_text(request.goal):
        raise InvalidRequest("The goal holds bytes that are no text; nothing was started.", hint="Type it again.")
    if not request.goal.strip():
        raise InvalidRequest("The goal is empty; nothing was started.", hint="Say in a sentence what you want to have.")
    if len(request.goal) > MAX_GOAL_CHARACTERS:
        raise InvalidRequest(
            f"The goal has {len(request.goal):,} characters, more than the {MAX_GOAL_CHARACTERS:,} that it may have; "
            "nothing was started.",
            hint="Put the long part into a text file and give that as an input.",
        )
    if request.priority not in PRIORITIES:
        raise InvalidRequest(f"{request.priority} is no priority; nothing was started.", hint="Choose one from 0 to 9.")
    if request.keep_days not in KEEP_DAYS:
        raise InvalidRequest(
            f"A result can't be kept for {request.keep_days} days; nothing was started.", hint="Choose 7 to 30 days."
        )
    for given in request.inputs:
        if (given.path is None) == (given.text is None):
            raise InvalidRequest(
                f"The input “{given.label}” must be either a path or a text; nothing was started.",
                hint="Give each input a path, or a name and a text.",
            )
        if not _is_text(given.path or "") or not _is_text(given.name or "") or not _is_text(given.text or ""):
            raise InvalidRequest(
                f"The input “{given.label.encode(errors='replace').decode()}” holds bytes that are no text in its name "
                "or content; nothing was started.",
                hint="Rename the file, or give the text in UTF-8.",
            )


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def title_of(request: TaskRequest) -> str:
    """The title that was asked for, or the goal's first line; at most `MAX_TITLE_CHARACTERS` characters."""
    title = " ".join((request.title or request.goal.strip().partition("\n")[0]).split())
    if len(title) <= MAX_TITLE_CHARACTERS:
        return title
    return title[: MAX_TITLE_CHARACTERS - 1].rstrip() + "…"
