"""Text of documents and models in Markdown, without any effect as markup."""

import re

from desktop.agents.evidence.statements import one_line


def plain(text: str) -> str:
    """Text from a document or a model on one line, without any effect as Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", one_line(text))
