"""What reaches the terminal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from desktop.cli.terminal import harmless, one_line
from desktop.engine import InvalidRequest
from tests.unit.cli.conftest import Screen

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31m\u202eb"


def test_text_cannot_steer_a_terminal(live_screen: Screen) -> None:
    live_screen.terminal.print(HOSTILE)
    live_screen.terminal.say(HOSTILE)
    live_screen.terminal.write_bytes(HOSTILE.encode())
    live_screen.terminal.print_json({"title": HOSTILE})
    for written in (live_screen.out.text, live_screen.err.text):
        assert not set(written) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert "�" in written


def test_into_a_pipe_text_and_bytes_go_as_they_are(screen: Screen) -> None:
    screen.terminal.print(HOSTILE)
    screen.terminal.write_bytes(b"\x00\xff")
    assert screen.out.content == HOSTILE.encode() + b"\n\x00\xff"


def test_json_is_one_line_and_readable_in_a_pipe(screen: Screen) -> None:
    screen.terminal.print_json({"title": "Übersicht\nund mehr"})
    assert screen.out.text == '{"title": "Übersicht\\nund mehr"}\n'


def test_json_on_a_terminal_is_the_same_value(live_screen: Screen) -> None:
    live_screen.terminal.print_json({"title": HOSTILE})
    assert json.loads(live_screen.out.text) == {"title": HOSTILE}


def test_an_error_says_what_happened_and_what_to_do(screen: Screen) -> None:
    screen.terminal.say_error(InvalidRequest("The goal is empty.", hint="Say what to do."))
    assert screen.err.text == "legwork: The goal is empty.\nSay what to do.\n"
    assert screen.out.text == ""


def test_an_error_without_advice_is_one_line(screen: Screen) -> None:
    screen.terminal.say_error(InvalidRequest("No."))
    assert screen.err.text == "legwork: No.\n"


def test_the_live_line_is_rewritten_and_gone_before_anything_else(live_screen: Screen) -> None:
    live_screen.terminal.show_live_line("10%")
    live_screen.terminal.show_live_line("20%")
    live_screen.terminal.print("result")
    assert live_screen.err.text == "\r\x1b[2K10%\r\x1b[2K20%\r\x1b[2K"
    live_screen.terminal.clear_live_line()
    assert live_screen.err.text.count("\r") == 3


def test_the_live_line_never_wraps(live_screen: Screen) -> None:
    live_screen.terminal.show_live_line("x" * 500)
    assert live_screen.err.text.endswith("x…")
    assert len(live_screen.err.text) < 200


@given(st.text())
def test_no_text_stays_harmful_or_long_of_lines(text: str) -> None:
    assert "\n" not in one_line(text)
    assert all(mark in "\n\t" or ord(mark) >= 32 for mark in harmless(text))
    assert len(harmless(text)) == len(text)
