"""What is planted in a result does nothing in the window: no request, no file that is read, no address in disguise."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtGui import Qt as Gui
from PySide6.QtWidgets import QLabel, QMessageBox, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine import Question, TaskStatus
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineThreadDouble, make_task
from tests.ui.test_reading_results import completed, show

CANARY = "canary-5d20c4e1"


class Trap:
    """A listener on loopback that counts who connects."""

    def __init__(self) -> None:
        self.came = 0
        trap = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                trap.came += 1

        self.server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture on the disk that only a reader of files can show."""
    path = tmp_path / "secret.png"
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    assert image.save(str(path))
    return path


def planted(trap: Trap, picture: Path) -> str:
    return (
        f"![]({trap.address}/?{CANARY}) ![]({picture.as_uri()}) ![x]({picture})\n\n"
        f"<img src='{trap.address}/?{CANARY}'> <img src='{picture.as_uri()}'>\n\n"
        f"<link rel=stylesheet href='{trap.address}/'>\n\n"
        f"[open]({picture.as_uri()}) <iframe src='{trap.address}'></iframe> <style>@import '{trap.address}'</style>"
    )


def shows_picture(widget: QWidget) -> bool:
    """Whether the picture from the disk can be seen."""
    image = widget.grab().toImage()
    return any(
        image.pixelColor(x, y) == Qt.GlobalColor.red
        for x in range(0, image.width(), 7)
        for y in range(0, image.height(), 7)
    )


def test_a_plain_browser_would_read_the_file(qtbot: QtBot, picture: Path) -> None:
    """So the tests below can fail."""
    browser = QTextBrowser()
    qtbot.addWidget(browser)
    browser.setHtml(f"<img src='{picture.as_uri()}'>")
    assert shows_picture(browser)


def test_a_planted_result_reads_no_file_and_asks_nobody(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, trap: Trap, picture: Path
) -> None:
    show(qtbot, window, engine_thread, completed(planted(trap, picture)))
    view = window.detail.result
    qtbot.waitUntil(lambda: "picture not shown" in view.toPlainText())
    assert not shows_picture(window)
    assert "<img" in view.toPlainText()
    assert trap.came == 0


def test_a_planted_title_and_question_are_text_everywhere(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, trap: Trap, picture: Path
) -> None:
    markup = f"<img src='{picture.as_uri()}'><b>{CANARY}</b>"
    question = Question(text=markup, details=markup, choices=("Do it", "No"))
    task = replace(make_task(1, title=markup, status=TaskStatus.WAITING), question=question)
    show(qtbot, window, engine_thread, task)
    assert not shows_picture(window)
    for label in window.findChildren(QLabel):
        if CANARY in label.text():
            assert label.textFormat() is Qt.TextFormat.PlainText
    assert trap.came == 0


@pytest.mark.parametrize("address", ["https://a.example/?&lt;b>b.example", "https://a.example/<b>b</b>"])
def test_the_address_of_a_link_is_shown_as_it_is(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    shown: list[tuple[str, Qt.TextFormat]] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: shown.append((box.text(), box.textFormat())))
    view = window.detail.result
    view.open_address = lambda _url: pytest.fail("nobody said yes")  # type: ignore[assignment]
    assert Gui.mightBeRichText(address)  # a label left to itself would take it for a page
    view.confirm(address)
    assert shown == [(f"Open this address in your browser?\n\n{address}", Qt.TextFormat.PlainText)]
