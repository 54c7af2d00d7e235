"""Reading a result: nothing in it can fetch, run or open anything by itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from desktop.engine import Artifact, Check, Failure, Result, Task, TaskStatus, Verdict, Verification
from desktop.ui.detail import EVIDENCE, RESULT, STEPS
from desktop.ui.evidence import parse_evidence
from desktop.ui.markdown_page import SHOWN_CHARACTERS, render
from desktop.ui.page import Page, is_web
from desktop.ui.theme import LIGHT
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task

HOSTILE = """
<img src=file:///etc/passwd> <script>alert(1)</script> <style>body { background: url(/etc/passwd) }</style>

![passwords](file:///etc/passwd) ![remote](http://example.org/x.png) ![](/etc/passwd)

[a file](file:///etc/passwd) [code](javascript:alert(1)) [data](data:text/html,x) [page](https://example.org/a)
"""


def completed(summary: str, *names: str, verdict: Verdict = Verdict.PARTLY) -> Task:
    verification = Verification(verdict=verdict, checks=(Check(name="quotations found", passed=2, total=3),))
    artifacts = tuple(Artifact(name=name, media_type="text/plain", size=5, sha256="00") for name in names)
    result = Result(summary=summary, verification=verification, artifacts=artifacts)
    return replace(make_task(1, title="Notes", status=TaskStatus.COMPLETED), result=result)


def show(qtbot: QtBot, window: Window, thread: EngineThreadDouble, task: Task) -> None:
    thread.do(lambda: thread.engine.put(task, event=True))
    qtbot.waitUntil(lambda: window.detail.task is not None and window.detail.task == task)


def test_hostile_markdown_becomes_text_and_loads_nothing() -> None:
    html = render(Page(markdown=HOSTILE), LIGHT)
    assert "<img" not in html
    assert "<script" not in html
    assert html.count("<style>") == 1
    assert html.count("href=") == 1
    assert "picture not shown: remote" in html


def test_the_reader_loads_no_resource_whatever_asks(qtbot: QtBot, window: Window) -> None:
    view = window.detail.result
    for address in ("file:///etc/passwd", "/etc/passwd", "http://example.org/x.png", "qrc:/x"):
        loaded = view.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl(address))
        assert bytes(loaded) == b""


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "ftp://example.org", "http:", "/x", "http://["]
)
def test_an_address_that_is_no_web_page_is_no_link(address: str) -> None:
    assert not is_web(address)


def test_a_link_opens_only_after_the_person_has_seen_where_it_leads(qtbot: QtBot, window: Window) -> None:
    view = window.detail.result
    asked: list[str] = []
    opened: list[QUrl] = []
    view.open_address = lambda url: bool(opened.append(url)) or True
    view.confirm = lambda address: bool(asked.append(address))
    view.anchorClicked.emit(QUrl("https://example.org/a"))
    view.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert asked == ["https://example.org/a"]
    assert opened == []
    view.confirm = lambda _address: True
    view.anchorClicked.emit(QUrl("https://example.org/a"))
    assert opened == [QUrl("https://example.org/a")]


def test_a_result_says_how_far_it_is_verified(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    show(qtbot, window, engine_thread, completed("# Findings\n\nAll *good*."))
    assert window.detail.tabs.currentIndex() == RESULT
    qtbot.waitUntil(lambda: "Findings" in window.detail.result.toPlainText())
    assert "Partly verified · 2 of 3 quotations found" in window.detail.result.toPlainText()


def test_the_report_is_shown_where_there_is_one(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    (engine.files / "report.md").write_bytes(b"# The whole report")
    show(qtbot, window, engine_thread, completed("Short", "report.md"))
    qtbot.waitUntil(lambda: "The whole report" in window.detail.result.toPlainText())


def test_a_long_text_is_shown_in_part_with_a_way_to_the_whole() -> None:
    html = render(Page(markdown="word " * SHOWN_CHARACTERS, whole="report.md"), LIGHT)
    assert len(html) < 2 * SHOWN_CHARACTERS
    assert 'href="artifact:report.md"' in html
    assert "characters are shown" in html


def test_a_failed_task_says_why_what_to_do_and_what_there_is(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    failure = Failure(type="RuntimeFailed", message="Out of memory; 3 pages are kept.", hint="Choose a smaller model.")
    task = replace(make_task(1, status=TaskStatus.FAILED), failure=failure, draft="Page one says *hello*.")
    show(qtbot, window, engine_thread, task)
    qtbot.waitUntil(lambda: "hello" in window.detail.result.toPlainText())
    text = window.detail.result.toPlainText()
    assert "Out of memory; 3 pages are kept." in text
    assert "Choose a smaller model." in text


def test_evidence_lists_every_quotation_with_its_place(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    (engine.files / "evidence.json").write_bytes(
        b'[{"file": "a.pdf", "page": 3, "quote": "It is <b>so</b>.", "found": true},'
        b' {"quote": "Not so.", "found": false}]'
    )
    show(qtbot, window, engine_thread, completed("x", "evidence.json"))
    window.detail.tabs.setCurrentIndex(EVIDENCE)
    qtbot.waitUntil(lambda: "Not so." in window.detail.evidence.toPlainText())
    text = window.detail.evidence.toPlainText()
    assert "1 of 2 quotations were found" in text
    assert "It is <b>so</b>." in text
    assert "a.pdf, page 3" in text


def test_quotations_are_found_however_deep_they_stand() -> None:
    quotes = parse_evidence(
        b'{"rows": [{"file": "i.pdf", "total": {"value": 3, "quote": "3,00", "page": 2, "found": true}}]}'
    )
    assert [(quote.text, quote.found, quote.place) for quote in quotes] == [("3,00", True, "i.pdf, page 2")]


def test_a_file_that_could_run_is_not_opened_but_shown_in_its_folder(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, tmp_path: Path
) -> None:
    show(qtbot, window, engine_thread, completed("x", "report.txt", "solution.py"))
    files = window.detail.files
    opened: list[str] = []
    files.open_address = lambda url: bool(opened.append(url.toLocalFile())) or True
    files.open_artifact("report.txt")
    files.open_artifact("solution.py")
    assert opened == [str(tmp_path / "report.txt"), str(tmp_path)]


def test_a_file_is_saved_where_the_person_wants_it(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("a,b")
    show(qtbot, window, engine_thread, completed("x", "table.csv"))
    files = window.detail.files
    files.ask_target = lambda _name: str(tmp_path / "copy.csv")
    with qtbot.waitSignal(files.said):
        window.actions_["save"].trigger()
    assert (tmp_path / "copy.csv").read_text() == "a,b"


def test_a_copy_that_cannot_be_saved_says_so(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("a,b")
    show(qtbot, window, engine_thread, completed("x", "table.csv"))
    window.detail.files.ask_target = lambda _name: str(tmp_path / "missing" / "copy.csv")
    window.actions_["save"].trigger()
    qtbot.waitUntil(window.banner.isVisible)
    assert "Legwork still has it" in window.banner.text()


def test_a_running_task_begins_at_its_steps_and_ends_at_its_result(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    running = replace(make_task(1, title="Notes", status=TaskStatus.RUNNING), draft="So far **this**.")
    show(qtbot, window, engine_thread, running)
    assert window.detail.tabs.currentIndex() == STEPS
    qtbot.waitUntil(lambda: "So far this." in window.detail.steps.draft.toPlainText())
    show(qtbot, window, engine_thread, completed("Done."))
    assert window.detail.tabs.currentIndex() == RESULT


def test_a_quotation_that_several_claims_use_is_listed_once() -> None:
    quotes = parse_evidence(
        b'{"claims": [{"text": "A", "quotations": [{"document": "a.pdf", "page": 3, "text": "So.", "found": true}]}],'
        b' "quotations": [{"number": 1, "document": "a.pdf", "page": 3, "line": null, "label": "", "text": "So.",'
        b' "found": true}], "documents": [{"name": "a.pdf"}]}'
    )
    assert [(quote.text, quote.found, quote.place) for quote in quotes] == [("So.", True, "a.pdf, page 3")]
