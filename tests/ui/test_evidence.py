"""The Evidence tab: sources, an assistant's turns, a program's log; a part of them at a time."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from desktop.ui.evidence_page import QUOTES_SHOWN, TURNS_SHOWN, evidence_html, read_evidence
from desktop.ui.theme import LIGHT
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble
from tests.ui.test_reading_results import completed, show

TURN = {
    "turn": 1,
    "thought": "Look <first>.",
    "call": {"tool": "read_file", "arguments": {"path": "a.txt", "lines": [1, 2]}},
    "output": "one\x1b[2Jtwo",
    "failed": False,
    "same_as_turn": None,
    "tokens": 140,
    "thinking_seconds": 3.2,
    "call_seconds": 0.8,
}


def test_sources_are_listed_by_their_numbers_with_what_is_quoted(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    sources = [
        {"id": 1, "title": "A study", "where": "https://example.org/a", "quotes": [{"text": "So.", "found": True}]},
        {"id": 2, "title": "b.pdf", "where": "b.pdf, page 3", "quotes": [{"text": "Not <so>.", "found": False}]},
    ]
    (engine.files / "sources.json").write_text(json.dumps(sources))
    show(qtbot, window, engine_thread, completed("x", "report.md", "sources.json"))
    view = window.detail.evidence
    qtbot.waitUntil(lambda: "A study" in view.toPlainText())
    text = view.toPlainText()
    assert "2 sources · 1 of 2 quotations were found in their source." in text
    assert "[1] A study\nhttps://example.org/a\n“So.”\n✓ found" in text
    assert "[2] b.pdf\nb.pdf, page 3\n“Not <so>.”\n✕ not found" in text


def test_a_transcript_is_readable_turn_by_turn(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    turns = [TURN, {**TURN, "output": "no such file", "failed": True, "same_as_turn": 1}]
    (engine.files / "transcript.json").write_text(json.dumps({"turns": turns, "ended": "finished"}))
    show(qtbot, window, engine_thread, completed("x", "transcript.json", "sources.json"))
    view = window.detail.evidence
    qtbot.waitUntil(lambda: "read_file" in view.toPlainText())
    text = view.toPlainText()
    assert "2 turns · 8 s · 280 tokens · ended: finished" in text
    assert "Look <first>." in text
    assert "path: a.txt\nlines: [1, 2]" in text
    assert "one␛[2Jtwo" in text
    assert "the same as turn 1" in text
    assert "It failed:\nno such file" in text


def test_ten_thousand_turns_are_shown_a_part_at_a_time(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    turns = [{"thought": f"thought {number}"} for number in range(10_000)]
    (engine.files / "transcript.json").write_text(json.dumps({"turns": turns}))
    show(qtbot, window, engine_thread, completed("x", "transcript.json"))
    view = window.detail.evidence
    qtbot.waitUntil(lambda: "thought 0" in view.toPlainText())
    assert f"thought {TURNS_SHOWN}" not in view.toPlainText()
    assert f"1 to {TURNS_SHOWN} of 10,000 · Later · All 10,000 are in transcript.json" in view.toPlainText()
    view.anchorClicked.emit(QUrl("part:9990"))
    qtbot.waitUntil(lambda: "thought 9999" in view.toPlainText())
    assert "9,991 to 10,000 of 10,000 · Earlier ·" in view.toPlainText()


def test_a_log_is_shown_as_it_is_and_its_end_where_it_is_long() -> None:
    short = evidence_html(read_evidence("run.log", b"1 <b>\r\n2\x07\n"), 0, LIGHT)
    assert "1 &lt;b&gt;\n2␇" in short
    long = evidence_html(read_evidence("run.log", b"line\n" * 20_000 + b"the end"), 0, LIGHT)
    assert "the end" in long
    assert len(long) < 45_000
    assert 'href="artifact:run.log"' in long


def test_a_file_that_can_not_be_understood_is_said(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    (engine.files / "sources.json").write_bytes(b"{")
    show(qtbot, window, engine_thread, completed("x", "sources.json"))
    qtbot.waitUntil(lambda: "can't be understood" in window.detail.evidence.toPlainText())


@pytest.mark.parametrize("name", ["transcript.json", "sources.json", "evidence.json"])
@pytest.mark.parametrize(
    "content",
    ["[]", "{}", "3", '{"turns": 3}', "[3]", '[{"quotes": 3}]', '[{"quotes": [3, {"text": 4}]}]', '[{"call": 5}]'],
)
def test_a_file_of_another_shape_breaks_nothing(name: str, content: str) -> None:
    page = read_evidence(name, content.encode())
    assert evidence_html(page, 0, LIGHT)


def test_as_many_quotations_as_are_shown_need_no_ways_to_others(tmp_path: Path) -> None:
    quotes = [{"quote": f"q{number}", "found": True} for number in range(QUOTES_SHOWN)]
    html = evidence_html(read_evidence("evidence.json", json.dumps(quotes).encode()), 0, LIGHT)
    assert "part:" not in html
    assert html.count("✓ found") == QUOTES_SHOWN
