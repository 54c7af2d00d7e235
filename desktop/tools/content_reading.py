"""Content that came as bytes, from the web or an open file: it passes the reader processes as any file does."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from desktop.engine import Document, DocumentReader, Source

_MOST_PAGES: Final = 100_000
"""Page numbers come from the document; one that is beyond all sense would cost memory."""


async def read_content(reader: DocumentReader, content: bytes, *, name: str, media_type: str) -> Document:
    """The document that the bytes are. Raises `UnreadableDocument`, and `OSError` where they can't be put down."""
    with tempfile.TemporaryDirectory(prefix="legwork-") as folder:  # for its owner only
        path = Path(folder, "content")
        await asyncio.to_thread(path.write_bytes, content)
        source = Source(name=name, path=str(path), text=None, media_type=media_type, size=len(content))
        return await reader.read(source)


def whole_text(document: Document) -> str:
    """The text in one piece. Form feeds part the pages, also those that hold nothing, so that they can be counted."""
    pieces: list[str] = []
    page = 1
    for part in document.parts:
        if part.page is None:
            pieces.append(part.text)
            continue
        if part.page > page:
            pieces.append("\f" * min(part.page - page, _MOST_PAGES))
            page = part.page
        pieces.append(part.text.replace("\f", " "))
    return "".join(pieces)
