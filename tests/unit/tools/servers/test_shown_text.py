"""What a server says, as it reaches a person or a model."""

import pytest

from desktop.tools.servers.shown_text import has_hidden, output_text, shown_text


def test_what_hides_is_replaced_by_what_is_seen() -> None:
    assert shown_text("a\u200b\U000e0041b\r\nc\rd\te", 50) == "a��b\nc\nd\te"
    assert shown_text("pay\ufe0f", 50) == "pay�"


def test_marks_that_scripts_and_pictures_need_stay_in_what_a_tool_gives() -> None:
    assert output_text("क्\u200dष ❤\ufe0f \u202e", 50) == "क्\u200dष ❤\ufe0f �"


@pytest.mark.parametrize(("text", "but", "hidden"), [("a b", "", False), ("a\nb", "", True), ("a\nb", "\n", False)])
def test_line_breaks_hide_too_where_a_name_should_be(text: str, but: str, *, hidden: bool) -> None:
    assert has_hidden(text, but) is hidden
