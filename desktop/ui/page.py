"""A page to show: untrusted Markdown, with lines of our own before it. What makes HTML of it is `markdown_page`."""

from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

WEB: Final = frozenset({"http", "https"})
WHOLE: Final = "artifact:"
"""The scheme of links to the task's own files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A text to show: `whole` is the artifact that holds all of it, `lead` HTML of ours that goes before it."""

    markdown: str
    whole: str = ""
    lead: str = ""


def is_web(address: str) -> bool:
    """Whether an address leads to a web page, which a person may open after seeing it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in WEB and bool(parts.netloc)


def note(text: str, colour: str) -> str:
    """A line of our own, in one of the theme's colours."""
    return f'<p style="color:{colour}">{escape(text)}</p>'
