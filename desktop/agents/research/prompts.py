"""What the model is asked. Short and plain, since small models read them too; what all prompts of a step share comes
first, so that the runtime reads it once."""

from collections.abc import Sequence
from typing import Final

from desktop.agents.evidence.asking import json_prompt, list_of, numbers, text_of_at_most
from desktop.agents.evidence.fencing import numbered
from desktop.engine import Prompt

MOST_CHOSEN: Final = 8
"""Sentences that are chosen of those that are shown together, at most."""

ANSWER_CHARACTERS: Final = 900
_QUESTION_TOKENS: Final = 60
_CHOICE_TOKENS: Final = 60
_ANSWER_TOKENS: Final = 340
_JUDGEMENT_TOKENS: Final = 30

_QUESTIONS_TASK: Final = (
    "Break this question down into {count} shorter questions that can be looked up one by one in documents. Each asks "
    "for one thing that is needed for the answer. With each, give three to six other words that a text which answers "
    "it may use."
)
_CHOOSE_TASK: Final = (
    "Below are numbered sentences from documents, with what each stands under. Which of them state a fact that answers "
    "the question, or a part of it? Give their numbers, the best first. Give none if they are about something else."
)
_ANSWER_TASK: Final = (
    "Below are numbered sentences from documents. Answer the question in {language}, using only what these sentences "
    "say. Name every fact that belongs to the answer, with names, numbers and dates. Give the numbers of the sentences "
    "that the answer rests on. If the sentences do not answer the question, answered is false."
)
_CONTRADICTION_TASK: Final = (
    "Below are two sentences from documents. Do they contradict each other, so that not both of them can be true?"
)


def questions_prompt(goal: str, count: int) -> Prompt:
    """Ask which questions a question consists of; only the person's words are shown."""
    schema = list_of({"question": text_of_at_most(120), "words": text_of_at_most(60)}, least=1, most=count)
    body = f"Question: {goal}\n\n{_QUESTIONS_TASK.format(count=count)}\n\nAnswer as JSON."
    return json_prompt(body, {"questions": schema}, _QUESTION_TOKENS * count + 20)


def choose_opening(goal: str, questions: Sequence[str]) -> str:
    """What all prompts that choose sentences begin with."""
    parts = "".join(f"\n- {question}" for question in questions)
    asked = f"Question: {goal}" + (f"\nIts parts:{parts}" if parts else "")
    return f"{asked}\n\n{_CHOOSE_TASK}"


def choose_prompt(goal: str, questions: Sequence[str], sentences: Sequence[str]) -> Prompt:
    """Ask which of these sentences matter."""
    schema = numbers(len(sentences), least=0, most=min(MOST_CHOSEN, len(sentences)))
    body = f"{choose_opening(goal, questions)}\n\n{numbered(sentences)}\n\nAnswer as JSON."
    return json_prompt(body, {"sentences": schema}, _CHOICE_TOKENS)


def answer_prompt(question: str, sentences: Sequence[str], language: str) -> Prompt:
    """Ask for the answer to a question from these sentences."""
    properties = {
        "answer": text_of_at_most(ANSWER_CHARACTERS),
        "sentences": numbers(len(sentences), least=1, most=min(8, len(sentences))),
        "answered": {"type": "boolean"},  # last: asked first, small models say no to everything
    }
    task = _ANSWER_TASK.format(language=language)
    body = f"Question: {question}\n\n{task}\n\n{numbered(sentences)}\n\nWrite in {language}. Answer as JSON."
    return json_prompt(body, properties, _ANSWER_TOKENS)


def contradiction_prompt(one: str, other: str) -> Prompt:
    """Ask whether two sentences contradict each other."""
    body = f"{_CONTRADICTION_TASK}\n\n{numbered([one, other])}\n\nAnswer as JSON."
    return json_prompt(body, {"contradict": {"type": "boolean"}}, _JUDGEMENT_TOKENS)
