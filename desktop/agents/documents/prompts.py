"""What the model is asked. Short and plain, since small models read them too; what all prompts of a step share comes
first, so that the runtime reads it once."""

import re
from collections.abc import Sequence
from typing import Any, Final

from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.mode import Mode
from desktop.agents.evidence.asking import integer, json_prompt, list_of, numbers, text_of_at_most
from desktop.agents.evidence.fencing import fence, numbered
from desktop.engine import Prompt

POINT_CHARACTERS: Final = 240
_LEAST_CHARACTERS: Final = 20  # of a point: fewer are no sentence
_POINT: Final = {
    # It begins with a letter or the like: where digits are allowed, small models count. Runtimes match a pattern with
    # the JSON as it is written, so a quotation mark has its backslash here.
    "type": "string",
    "pattern": r"^[^\x00-@\[\\\]^_`{|}~\x7f]"
    rf'([^"\\\x00-\x1f\x7f]|\\"){{{_LEAST_CHARACTERS - 1},{POINT_CHARACTERS - 1}}}$',
}
POINT_TOKENS: Final = 95  # the most that a point of that length takes with its JSON around it
ANSWER_CHARACTERS: Final = 1200
ANSWER_TOKENS: Final = 420
TEMPLATE_TOKENS: Final = 48  # what chat templates put around the messages

_NUMBERED: Final = re.compile(
    r"^(?:\[\d+\]|[-*\u2022}\]{,:;]|\d{1,2}[.)](?=\s)|(?:sentence|point|note|satz|punkt|notiz) \d+[:.)])\s*",
    re.IGNORECASE,
)

_NOTE_TASKS: Final = {
    Mode.SUMMARISE: (
        "Below are the numbered sentences of one passage. Choose the {count} sentences that matter most for the task. "
        "For each, say in one short sentence what it says, in {language}, and give its number. "
        "Keep names, numbers and dates."
    ),
    Mode.ANSWER: (
        "Below are the numbered sentences of one passage. Choose the sentences (1 to {count}) that come closest to "
        "answering the question. For each, say in one short sentence what it says, in {language}, and give its number. "
        "Keep names, numbers and dates."
    ),
}
_COMBINE_TASK: Final = (
    "Below are numbered notes about documents. Put together notes that say the same and keep the {count} most "
    "important points for the task. For each point, write one short sentence in {language} and give the numbers of its "
    "notes. "
    "Keep names, numbers and dates."
)
_SUMMARY_TASK: Final = (
    "Below are numbered notes about documents. Write the summary that the task asks for, in {language}: {shape}. "
    "Each point is one sentence that says something different, with the numbers of the notes that it rests on. "
    "Use only the notes."
)
_ANSWER_TASK: Final = (
    "Below are numbered notes about documents. Answer the question in {language}, using only the notes. The answer "
    "begins with the direct answer, in one to three sentences. Give the numbers of the notes that it rests on, "
    "the most important first. If the notes do not answer the question, answered is false."
)
_FIELDS_TASK: Final = (
    "A table is made from documents, one row for each document. Which columns does the task ask for? Give each a short "
    "name in lower case with underscores, and a type."
)


def note_opening(assignment: Assignment, count: int) -> str:
    """What all prompts for notes begin with."""
    return _opening(assignment, _NOTE_TASKS[assignment.mode].format(count=count, language=assignment.language))


def note_prompt(assignment: Assignment, sentences: Sequence[str], place: str, count: int) -> Prompt:
    """Ask for notes on a passage, as numbers of its sentences with a point each."""
    schema = list_of(
        {"point": _POINT, "sentence": integer(len(sentences))},
        least=1,
        most=min(count, len(sentences)),
    )
    passage = f"Passage from {fence(place)}:\n{numbered(sentences)}"
    body = f"{note_opening(assignment, count)}\n\n{passage}\n\n{_closing(assignment)}"
    return json_prompt(body, {"points": schema}, POINT_TOKENS * count + 20)


def combine_opening(assignment: Assignment, count: int) -> str:
    """What all prompts that combine notes begin with."""
    return _opening(assignment, _COMBINE_TASK.format(count=count, language=assignment.language))


def combine_prompt(assignment: Assignment, notes: Sequence[str], count: int) -> Prompt:
    """Ask for fewer points that say what these notes say."""
    schema = _points_with_notes(len(notes), least=1, most=count)
    body = f"{combine_opening(assignment, count)}\n\n{numbered(notes)}\n\n{_closing(assignment)}"
    return json_prompt(body, {"points": schema}, POINT_TOKENS * count + 20)


def write_opening(assignment: Assignment, count: int) -> str:
    """What the prompt for the result begins with."""
    if assignment.mode is Mode.ANSWER:
        return _opening(assignment, _ANSWER_TASK.format(language=assignment.language))
    shape = f"exactly {count} points" if assignment.count else f"an overview of two sentences, then {count} points"
    return _opening(assignment, _SUMMARY_TASK.format(language=assignment.language, shape=shape))


def summary_prompt(assignment: Assignment, notes: Sequence[str], count: int) -> Prompt:
    """Ask for the summary of these notes: points, and where no number of them is asked for, an overview before."""
    least = count if assignment.count else min(3, count)
    properties: dict[str, Any] = {} if assignment.count else {"overview": text_of_at_most(2 * POINT_CHARACTERS)}
    properties["points"] = _points_with_notes(len(notes), least=least, most=count)
    body = f"{write_opening(assignment, count)}\n\n{numbered(notes)}\n\n{_closing(assignment)}"
    return json_prompt(body, properties, POINT_TOKENS * count + 200)


def answer_prompt(assignment: Assignment, notes: Sequence[str]) -> Prompt:
    """Ask for the answer to the question from these notes."""
    properties = {
        "answer": text_of_at_most(ANSWER_CHARACTERS),
        "notes": numbers(len(notes), least=1, most=min(6, len(notes))),
        "answered": {"type": "boolean"},  # last: asked first, small models say no to everything
    }
    body = f"{write_opening(assignment, 0)}\n\n{numbered(notes)}\n\n{_closing(assignment)}"
    return json_prompt(body, properties, ANSWER_TOKENS)


def fields_prompt(assignment: Assignment) -> Prompt:
    """Ask which fields the goal wants; only the person's words are shown, never a document."""
    schema = list_of(
        {
            "name": text_of_at_most(40),
            "type": {"enum": ["text", "number", "date", "boolean"]},
            "meaning": text_of_at_most(80),
        },
        least=1,
        most=12,
    )
    return json_prompt(_opening(assignment, _FIELDS_TASK), {"fields": schema}, 700)


def sentence_of(value: Any) -> str:
    """A decoded text on one line, without a number that a model put in front; with a sign where it was cut off."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    text = _NUMBERED.sub("", text)
    return text if len(text) < POINT_CHARACTERS - 1 or text.endswith((".", "!", "?")) else f"{text.rstrip(',;: ')} …"


def _opening(assignment: Assignment, task: str) -> str:
    word = "Question" if assignment.mode is Mode.ANSWER else "Task"
    return f"{word}: {assignment.goal}\n\n{task}"


def _closing(assignment: Assignment) -> str:
    """What small models forget unless they read it last."""
    return f"Write in {assignment.language}. Answer as JSON."


def _points_with_notes(notes: int, *, least: int, most: int) -> dict[str, Any]:
    properties = {
        "point": _POINT,
        "notes": numbers(notes, least=1, most=min(3, notes)),
    }
    return list_of(properties, least=least, most=most)
