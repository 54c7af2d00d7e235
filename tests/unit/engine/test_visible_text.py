"""Nothing in a text of somebody else hides."""

import sys
import unicodedata

import pytest

from desktop.engine import HIDDEN_MARKS, visible


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("rm \u202etxt.a", "rm ⟨U+202E⟩txt.a"),
        ("a\x1b[8mb\r\nc", "a␛[8mb␍\nc"),
        ("a\U000e0041\ufe0f\U0001d173", "a⟨U+E0041⟩⟨U+FE0F⟩⟨U+1D173⟩"),
        ("half \ud800", "half ⟨U+D800⟩"),
        ("\tä ü 漢 é", "\tä ü 漢 é"),
    ],
)
def test_what_could_not_be_seen_is_named(written: str, seen: str) -> None:
    assert visible(written) == seen


def test_no_character_that_steers_or_turns_the_text_is_left_out() -> None:
    shown = set(range(0x600, 0x606)) | {0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, 0xA, 0x9}
    shown |= set(range(0x13430, 0x13440))  # signs of scripts, which have a shape
    steering = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in shown
    }
    assert {code for code in steering if not HIDDEN_MARKS.match(chr(code))} == set()
