"""HTML: the text that a browser shows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from desktop.tools.reading.content import Content
from desktop.tools.reading.decode import decode
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.pieces import pieces
from desktop.tools.reading.plain import text_bytes

_CHARSET = re.compile(rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I)
# XML may close these at once; to an HTML parser everything behind them would be their text
_SELF_CLOSED = re.compile(r"<(title|script|style|textarea|iframe|a|div|span|p)\b([^<>]*)/>", re.I)
_UNSEEN = frozenset(("script", "style", "head", "template", "noscript", "iframe", "object", "svg", "-comment"))
_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em"),
        *(
            "font",
            "i",
            "img",
            "input",
            "ins",
            "kbd",
            "label",
            "mark",
            "meter",
            "nobr",
            "output",
            "q",
            "rp",
            "rt",
            "ruby",
        ),
        *(
            "s",
            "samp",
            "select",
            "small",
            "span",
            "strike",
            "strong",
            "sub",
            "sup",
            "td",
            "th",
            "time",
            "tt",
            "u",
            "var",
        ),
        "wbr",
    )
)
_SPACE = re.compile(r"[ \t\n\r\f]+")


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The page's text in parts of bounded size."""
    data = text_bytes(given, name, limits)
    text = text_of_bytes(data, name)
    # the lines of what is shown are not those of the file
    return Content(parts=(replace(part, line=None) for part in pieces(text)))


def text_of_bytes(data: bytes, name: str) -> str:
    """The text of HTML in whatever encoding it declares or is in."""
    declared = _CHARSET.search(data[:4096])
    return text_of(decode(data, name, declared[1].decode("ascii", "replace") if declared else ""))


def text_of(markup: str) -> str:
    """The text: a line a block or table row, cells with a bar between them, items with their marks."""
    root = LexborHTMLParser(_SELF_CLOSED.sub(r"<\1\2></\1>", markup)).root
    if root is None:
        return ""
    page = _Page()
    title = root.css_first("head > title")
    if title is not None and title.text().strip():
        page.words(title.text())
        page.line()
    for node, entering in _walk(root):
        page.enter(node) if entering else page.leave(node)
    return page.text()


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node on entering and on leaving it, without recursion: pages can be nested very deeply."""
    stack: list[tuple[LexborNode, bool]] = [(root, True)]
    while stack:
        node, entering = stack.pop()
        yield node, entering
        if entering and node.tag not in _UNSEEN:
            stack.append((node, False))
            children = []
            child = node.child
            while child is not None:
                children.append((child, True))
                child = child.next
            stack.extend(reversed(children))


class _Page:
    """Lines that grow while the tree is walked."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._now: list[str] = []
        self._preserving = 0
        self._cell_open = False
        self._cells = 0  # depth: blocks within a cell stay on the row's line
        self._lists: list[int] = []

    def enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "-text":
            self.words(node.text_content or "")
        elif tag == "br":
            self._now.append(" ") if self._cells else self.line()
        elif tag in ("td", "th"):
            if self._cell_open:
                self._now.append(" | ")
            self._cells += 1
        elif tag not in _INLINE and tag not in _UNSEEN:
            self._open_block(tag, node)

    def _open_block(self, tag: str, node: LexborNode) -> None:
        self._break()
        if tag == "pre":
            self._preserving += 1
        elif tag in ("ul", "ol", "menu"):
            start = node.attributes.get("start") or "1"
            self._lists.append(int(start) - 1 if tag == "ol" and start.isdecimal() else 0 if tag == "ol" else -1)
        elif tag == "li":
            self._now.append(self._mark())
        elif tag == "tr":
            self._cell_open = False

    def _mark(self) -> str:
        if not self._lists or self._lists[-1] < 0:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in ("td", "th"):
            self._cells -= 1
            self._cell_open = True
        elif tag not in _INLINE and not tag.startswith("-"):
            if tag == "pre":
                self._break()
                self._preserving -= 1
            elif tag in ("ul", "ol", "menu"):
                self._lists.pop()
            self._break()

    def _break(self) -> None:
        self._now.append(" ") if self._cells else self.line()

    def words(self, text: str) -> None:
        if not self._preserving:
            self._now.append(_SPACE.sub(" ", text))
            return
        first, *others = text.split("\n")
        self._now.append(first)
        for each in others:
            self.line(keep=True)
            self._now.append(each)

    def line(self, *, keep: bool = False) -> None:
        text = "".join(self._now)
        self._now = []
        if not keep and not self._preserving:
            text = re.sub(" {2,}", " ", text).strip(" ")
        if text or keep:
            self._done.append(text)

    def text(self) -> str:
        self.line()
        return "\n".join(self._done)
