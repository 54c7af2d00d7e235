"""File names as they may stand in a message: a name is chosen by others and can hold anything."""

import unicodedata


def shown_name(name: str) -> str:
    """The name without line breaks, direction marks or halves of characters, and not longer than a line."""
    shown = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each)[0] == "C" else each for each in name)
    shown = "".join(" " if each.isspace() else each for each in shown)
    return shown if len(shown) <= 120 else f"{shown[:80]}…{shown[-39:]}"
