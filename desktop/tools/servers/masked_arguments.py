"""Secrets among the arguments of a server's program: many are told their key or password that way."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import unquote

MASK: Final = "…"
_HEADER: Final = re.compile(r"-H|--?headers?", re.IGNORECASE)
_NAMED: Final = re.compile(r"-{0,2}(?P<name>[\w.-]+)(?:=|:\s*)(?P<value>.+)", re.DOTALL)
"""`--api-key=abc`, `API_KEY=abc`, `Authorization: Bearer abc`."""
_WITHIN: Final = re.compile(r"[?&;\s](?P<name>[\w.-]+)=(?P<value>[^&#;\s]+)")
"""In the query of an address, or in what a database is told."""
_BARE: Final = (
    re.compile(r"://(?P<value>[^/\s?#]+)@"),
    re.compile(r"\b(?:bearer|basic)\s+(?P<value>\S+)", re.IGNORECASE),
    re.compile(r"(?P<value>\b(?:sk|pk|ghp|gho|ghs|github_pat|glpat|hf|xox[abp])[-_][\w-]{16,})"),
)
"""What shows by itself that it is secret: who somebody is at an address, and keys of the usual forms."""

Sounds = Callable[[str], object]
"""Whether what has this name is secret."""


def masked(arguments: Sequence[str], sounds: Sounds) -> tuple[str, ...]:
    """The arguments as a person may read them and others overhear."""
    return tuple(_without(argument, spans) for argument, spans in _found(arguments, sounds))


def secrets_among(arguments: Sequence[str], sounds: Sounds) -> tuple[str, ...]:
    """The secrets; of "Bearer abc" and "user:abc" the last part too."""
    whole = [argument[begin:end] for argument, spans in _found(arguments, sounds) for begin, end in spans]
    parts = [re.split(r"[:\s]", each)[-1] for each in whole]
    return tuple({each for text in (*whole, *parts) for each in (text, unquote(text)) if each})


def _found(arguments: Sequence[str], sounds: Sounds) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each argument, with where its secrets begin and end."""
    before = ""
    for argument in arguments:
        yield argument, sorted(_spans(argument, before, sounds))
        before = argument


def _spans(argument: str, before: str, sounds: Sounds) -> set[tuple[int, int]]:
    named = _NAMED.fullmatch(argument)
    if _HEADER.fullmatch(before):
        return {named.span("value") if named else (0, len(argument))}
    if before.startswith("-") and "=" not in before and sounds(_plain(before)) and not argument.startswith("-"):
        return {(0, len(argument))}
    if named and (sounds(_plain(named["name"])) or _HEADER.fullmatch(f"--{named['name']}")):
        return {named.span("value")}
    within = {each.span("value") for each in _WITHIN.finditer(argument) if sounds(_plain(each["name"]))}
    return within | {each.span("value") for form in _BARE for each in form.finditer(argument)}


def _plain(name: str) -> str:
    """The name of an option as variables are called."""
    return name.strip("-").replace("-", "_")


def _without(argument: str, spans: list[tuple[int, int]]) -> str:
    for begin, end in reversed(spans):
        argument = f"{argument[:begin]}{MASK}{argument[end:]}"
    return argument
