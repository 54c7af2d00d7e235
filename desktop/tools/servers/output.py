"""What a server's tool gave back, as text for a model: other content is named, and not passed on."""

import json
from typing import Any, Final

from mcp_types import (
    AudioContent,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
)

from desktop.engine import ToolOutput
from desktop.tools.servers.shown_text import output_text, shown_text

MOST_PARTS: Final = 1_000
_MOST_NAME: Final = 120
_BASE64_BYTES: Final = 0.75


def output_of(result: CallToolResult, most: int) -> ToolOutput:
    """The text of a result, at most so many characters of it."""
    parts = [_text_of(part) for part in result.content[:MOST_PARTS]]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, ensure_ascii=False)]
    text = output_text("\n".join(parts), most)
    return ToolOutput(text=text or "(It gave nothing back.)", failed=result.is_error)


def _text_of(part: Any) -> str:
    match part:
        case TextContent():
            return str(part.text)
        case ImageContent() | AudioContent():
            kind = "an image" if isinstance(part, ImageContent) else "a recording"
            return f"[{kind}, {_named(part.mime_type)}, {len(part.data) * _BASE64_BYTES:,.0f} bytes: not passed on]"
        case EmbeddedResource():
            return f"[a resource, {_named(part.resource.uri)}: not passed on]"
        case ResourceLink():
            return f"[a link to a resource, {_named(part.uri)}: not followed]"
        case _:
            return "[content of a kind that is not known: not passed on]"


def _named(name: object) -> str:
    return shown_text(str(name), _MOST_NAME).replace("\n", " ")
