"""Questions and pages before the window, answered by the keyboard or a click; and the tray."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMessageBox, QSystemTrayIcon, QTextBrowser
from pytestqt.qtbot import QtBot

from desktop.ui import dialogs
from desktop.ui.theme import Theme
from desktop.ui.tray import Tray
from desktop.ui.window import Window

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise", "systemTrayWindowChanged")


def answer(how: Callable[[QDialog], None]) -> None:
    """Answer the next dialog as soon as it stands there."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            how(dialog)
        else:
            QTimer.singleShot(10, look)

    QTimer.singleShot(0, look)


def press(text: str) -> Callable[[QDialog], None]:
    """Press the button that begins with these words."""

    def how(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        next(button for button in dialog.buttons() if button.text().startswith(text)).click()

    return how


@pytest.mark.parametrize(("button", "quits"), [("Quit", True), ("Keep open", False)])
def test_whoever_closes_while_work_runs_decides(window: Window, button: str, quits: bool) -> None:
    answer(press(button))
    assert dialogs.ask_to_quit(window, "1 running") is quits


def test_escape_keeps_the_window_open(window: Window) -> None:
    answer(lambda dialog: dialog.reject())
    assert not dialogs.ask_to_quit(window, "1 running")


def test_every_key_is_listed(window: Window) -> None:
    seen: list[str] = []

    def read(dialog: QDialog) -> None:
        seen.append(dialog.findChild(QTextBrowser).toPlainText())
        dialog.reject()

    answer(read)
    window.actions_["shortcuts"].trigger()
    listed = window.actions_.keys()
    for name, key in listed:
        assert name in seen[0]
        assert key in seen[0]


def test_the_program_says_what_it_is(window: Window) -> None:
    seen: list[str] = []

    def read(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        seen.append(dialog.text())
        dialog.accept()

    answer(read)
    window.actions_["about"].trigger()
    assert "on your own machine" in seen[0]


@pytest.mark.parametrize(("button", "opened"), [("Open", True), ("Stay here", False)])
def test_an_address_is_opened_only_after_it_was_seen(window: Window, button: str, opened: bool) -> None:
    answer(press(button))
    assert window.detail.result.confirm("https://example.org/a") is opened


def test_files_and_folders_are_added_by_dialog(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(tmp_path / "a.pdf")], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    menu = window.composer.attach.menu()
    assert [action.objectName() for action in menu.actions()] == ["add_files", "add_folder"]
    for action in menu.actions():
        action.trigger()
    assert window.composer.attachments.paths == (tmp_path / "a.pdf", tmp_path)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    assert dialogs.ask_for_folder(window) == []


def test_where_a_copy_goes_is_asked_by_dialog(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/elsewhere/report.md", ""))
    assert window.detail.files.ask_target("report.md") == "/elsewhere/report.md"


def test_the_tray_opens_answers_pauses_and_quits(qtbot: QtBot, theme: Theme) -> None:
    tray = Tray(theme.mark)
    menu = tray.findChild(QSystemTrayIcon).contextMenu()
    assert isinstance(menu, QMenu)
    for action, wish in zip(
        [action for action in menu.actions() if not action.isSeparator()],
        (tray.open_wanted, tray.answer_wanted, tray.pause_wanted, tray.quit_wanted),
        strict=True,
    ):
        with qtbot.waitSignal(wish):
            action.trigger()


def test_a_click_on_the_tray_opens_and_its_tooltip_says_the_workload(qtbot: QtBot, theme: Theme) -> None:
    tray = Tray(theme.mark)
    icon = tray.findChild(QSystemTrayIcon)
    with qtbot.waitSignal(tray.open_wanted):
        icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    with qtbot.assertNotEmitted(tray.open_wanted):
        icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    tray.say("2 running")
    assert icon.toolTip() == "Legwork: 2 running"
    tray.show()
    tray.hide()
    assert not icon.isVisible()
