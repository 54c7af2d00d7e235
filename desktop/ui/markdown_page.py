"""Markdown from a model or a document, made into HTML that can do nothing but be read.

HTML in the Markdown is shown as the text that it is. Pictures become their descriptions: nothing is fetched, neither
from the network nor from this machine's disk.
"""

from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from desktop.ui.page import WHOLE, Page, is_web
from desktop.ui.theme import Colours

SHOWN_CHARACTERS: Final = 40_000
"""Longer texts are shown up to here, with a way to the whole."""


class _Renderer(RendererHTML):
    """Says pictures in words."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """The picture's description, and where it would have come from."""
        token = tokens[idx]
        said = self.renderInlineAsText(token.children or [], options, env) or "no description"
        return f"<i>[picture not shown: {escape(said)}]</i>"


def render(page: Page, colours: Colours) -> str:
    """The page as HTML in the theme's colours."""
    shown, cut = _shorten(page.markdown)
    body = _parser().render(shown)
    if cut:
        way = f' <a href="{WHOLE}{escape(page.whole)}">Open the whole file</a>' if page.whole else ""
        body += f"<p><i>The first {len(shown):,} of {len(page.markdown):,} characters are shown.</i>{way}</p>"
    return f"<html><head><style>{_style(colours)}</style></head><body>{page.lead}{body}</body></html>"


def _parser() -> MarkdownIt:
    return _Parser("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])


class _Parser(MarkdownIt):
    """Takes only links to the web for links; any other address stays text."""

    def validateLink(self, url: str) -> bool:
        """Whether a link may be made of this address."""
        return is_web(url)


def _shorten(markdown: str) -> tuple[str, bool]:
    if len(markdown) <= SHOWN_CHARACTERS:
        return markdown, False
    end = markdown.rfind("\n\n", SHOWN_CHARACTERS // 2, SHOWN_CHARACTERS)
    return markdown[: end if end > 0 else SHOWN_CHARACTERS], True


def _style(colours: Colours) -> str:
    return (
        f"body {{ color: {colours.text}; }} p, li {{ line-height: 145%; }} a {{ color: {colours.accent}; }}"
        f" h1 {{ font-size: x-large; }} h2 {{ font-size: large; }} h3, h4 {{ font-size: medium; }}"
        f" code, pre {{ background-color: {colours.code}; font-family: monospace; }}"
        f" blockquote {{ color: {colours.quiet}; }}"
        f" th {{ background-color: {colours.code}; padding: 4px 8px; text-align: left; }} td {{ padding: 4px 8px; }}"
    )
