"""What can be chosen for each kind of task besides its goal: the options of its agent, as fields."""

from collections.abc import Mapping
from typing import Final

from desktop.templates import Field, FieldType
from desktop.ui.kind_suggestion import ASSISTANT, CODE, DOCUMENTS, RESEARCH

WEB: Final = "web"
OFF, ON = "off", "on"
TESTS: Final = "tests"
"""The option that holds the text of a file of tests."""

POLICY: Final = "policy"
"""The option that says which tools may be used without asking."""

SERVERS: Final = "servers"
"""The option that names the servers whose tools may be used."""

_LANGUAGE: Final = Field(name="language", title="Language of the result", hint="that of the goal")

OPTION_FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    DOCUMENTS: (
        Field(name="mode", title="What to do", type=FieldType.CHOICE, choices=("summarise", "answer", "extract")),
        _LANGUAGE,
        Field(
            name="fields", title="Columns of a table", type=FieldType.COLUMNS, hint="number\ndate:date\ntotal:number"
        ),
    ),
    RESEARCH: (
        Field(name=WEB, title="Search the web", type=FieldType.CHOICE, choices=(OFF, ON), default=OFF),
        Field(
            name="depth",
            title="Depth",
            type=FieldType.CHOICE,
            choices=("quick", "normal", "thorough"),
            default="normal",
        ),
        Field(name="sources", title="Pages to read", hint="https://example.org/page"),
        _LANGUAGE,
    ),
    CODE: (
        Field(name="language", title="Written as", type=FieldType.CHOICE, choices=("python", "package", "shell")),
        Field(name="entry_point", title="Function or class", hint="as the description names it"),
    ),
    ASSISTANT: (Field(name="budget", title="At most", hint="25 turns, 30 minutes"),),
}
"""What is left out, or as usual, is not put into the request: the agent knows what is usual."""
