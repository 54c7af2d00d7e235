"""Text of documents and models in Markdown, without any effect as markup."""

import re

from desktop.agents.evidence.statements import one_line


def plain(text: str) -> str:
    """Text from a document or a model on one line, without any effect as Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", one_line(text))


def inert(markdown: str) -> str:
    """A model's Markdown whose pictures, links and tags are text: whoever shows it asks nobody for anything.

    A picture would send whatever stands in its address to whoever is named there, in any program that shows it.
    """
    broken = re.sub(r"(?<=!)(?=\[)|(?<=\])(?=[(:])", r"\\", markdown)
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", broken)  # a backslash before could be undone by one that is there
