"""Markdown of models and documents, as any program may show it: HTML in it may work there, and pictures are fetched."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from desktop.agents.evidence.markdown import inert, plain

PIECES = [
    "![",
    "[",
    "]",
    "](",
    "]:",
    "(",
    ")",
    "<",
    ">",
    "</",
    "\\",
    "!",
    "`",
    "```",
    "\n",
    "\n\n",
    " ",
    "    ",
    "x",
    "img src=",
    "a href=",
    "http://trap.example/?canary",
    "file:///etc/passwd",
    "&lt;",
    "&#33;",
    "*",
    "- ",
    "1. ",
    "|",
    ":",
]
HOSTILE = (
    "![](http://trap.example/?canary)",
    "![x][1]\n\n[1]: http://trap.example/?canary",
    "[x](http://trap.example/?canary) [x]( file:///etc/passwd )",
    "<img src='http://trap.example/?canary'> </p><script>alert(1)</script> <!-- x --> <?php ?>",
    "\\<img src=x> \\![](x) !\\[](x) [x\\](y)",
    "<http://trap.example/?canary>",
)


def kinds(markdown: str) -> set[str]:
    """The kinds of what a program makes of it that keeps HTML, and takes tables."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(markdown)
    return {each.type for token in tokens for each in [token, *(token.children or [])]}


ACTIVE = {"image", "link_open", "html_block", "html_inline"}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("made", [inert, plain])
def test_nothing_of_it_is_fetched_led_to_or_run(made: Callable[[str], str], hostile: str) -> None:
    assert kinds(hostile) & ACTIVE
    assert not kinds(made(hostile)) & ACTIVE


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_text_at_all_gets_around_it(text: str) -> None:
    assert not kinds(inert(text)) & ACTIVE


def test_what_is_harmless_keeps_its_form() -> None:
    text = (
        "# Result\n\n- **117** metres, `a < b`\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nSee https://example.org [1]."
    )
    assert inert(text) == text
