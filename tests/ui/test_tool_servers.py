"""The page of the settings for tool servers."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from desktop.settings import Settings, secret_of
from desktop.settings_file import SettingsFile
from desktop.tools.servers import ServerChoice
from desktop.ui.paste_servers_dialog import PasteServersDialog
from desktop.ui.server_tools_dialog import ServerToolsDialog
from desktop.ui.settings_dialog import SettingsDialog
from desktop.ui.window import Window
from tests.fakes.drawers import MemoryDrawer
from tests.unit.tools.servers.conftest import FAKES

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise")

HUB = ServerChoice(
    name="hub", command="npx", args=("hub-server", "/a b"), cwd="/srv", env={"LEVEL": "3"}, kept=("HUB_TOKEN",)
)
FAR = ServerChoice(name="far", enabled=False, url="https://example.com/mcp", kept=("X-Api-Key",))


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.json", Settings(tool_servers=(HUB, FAR)))


@pytest.fixture
def drawer() -> MemoryDrawer:
    return MemoryDrawer()


@pytest.fixture
def dialog(window: Window, file: SettingsFile, drawer: MemoryDrawer) -> SettingsDialog:
    made = SettingsDialog(window._bridge, file, window._theme, window)
    made.drawer = drawer
    return made


def save(dialog: SettingsDialog) -> None:
    dialog.buttons.button(QDialogButtonBox.StandardButton.Save).click()


def child(dialog: SettingsDialog, kind: type) -> object:
    (found,) = dialog.findChildren(kind)
    return found


def test_the_page_shows_what_is_listed_and_gives_it_back(dialog: SettingsDialog) -> None:
    assert dialog.tools.choices() == (HUB, FAR)
    form = dialog.tools.current
    assert form is not None
    assert form.env.toPlainText() == "LEVEL=3\nHUB_TOKEN=•••"


def test_a_server_is_added_by_hand_with_its_secret_in_the_keyring(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile, drawer: MemoryDrawer
) -> None:
    page = dialog.tools
    page.remove.click()
    page.add.click()
    form = page.current
    assert form is not None
    assert form.name.text() == "server"
    form.name.setText("lab")
    assert page.chooser.currentText() == "lab"
    form.kind.setCurrentIndex(1)
    assert form.command.isHidden() or not form.command.isVisible()
    form.url.setText("https://lab.example.com/mcp")
    form.headers.setPlainText("Authorization = Bearer horse=")
    with qtbot.waitSignal(dialog.accepted):
        save(dialog)
    lab = ServerChoice(name="lab", url="https://lab.example.com/mcp", kept=("Authorization",))
    assert file.current().tool_servers == (FAR, lab)
    assert drawer.kept == {secret_of(lab, "Authorization"): "Bearer horse=", secret_of(HUB, "HUB_TOKEN"): ""}
    assert "horse" not in file.path.read_text()


def test_without_a_keyring_the_person_is_told_where_the_secret_is(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile, drawer: MemoryDrawer
) -> None:
    dialog.show()
    drawer.stuck = True
    form = dialog.tools.current
    assert form is not None
    form.env.setPlainText("HUB_TOKEN=horse")
    save(dialog)
    qtbot.waitUntil(lambda: dialog.problem.text().startswith("Saved. HUB_TOKEN of hub stays in the settings file"))
    assert dialog.isVisible()
    assert file.current().tool_servers[0] == replace(HUB, env={"HUB_TOKEN": "horse"}, kept=())


def test_what_can_not_be_a_server_is_said_and_nothing_is_saved(dialog: SettingsDialog, file: SettingsFile) -> None:
    dialog.show()
    form = dialog.tools.current
    assert form is not None
    for name, said in (("a b", "is no name"), ("far", "called like another one")):
        form.name.setText(name)
        save(dialog)
        assert said in dialog.problem.text()
    form.name.setText("hub")
    form.command.setText("")
    save(dialog)
    assert "needs a program or an address" in dialog.problem.text()
    assert file.current().tool_servers == (HUB, FAR)


def test_json_of_another_program_is_pasted(qtbot: QtBot, dialog: SettingsDialog) -> None:
    dialog.show()
    dialog.tools.paste.click()
    asked = child(dialog, PasteServersDialog)
    assert isinstance(asked, PasteServersDialog)
    asked.text.setPlainText("{}")
    asked.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert "there is no server in it" in asked.problem.text()
    asked.text.setPlainText('{"mcpServers": {"hub": {"command": "x"}, "time": {"command": "uvx", "args": ["y"]}}}')
    asked.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert dialog.tools.choices()[2:] == (
        ServerChoice(name="hub-2", command="x"),
        ServerChoice(name="time", command="uvx", args=("y",)),
    )
    assert dialog.tools.chooser.currentText() == "time"


def test_a_server_is_tried_and_its_tools_accepted(qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("Says <b>it</b> again.", encoding="utf-8")
    args = (str(FAKES / "odd_tool_server.py"), "changing", str(words))
    dialog.tools.take((ServerChoice(name="odd", command=sys.executable, args=args),))
    dialog.show()
    shown = tried(qtbot, dialog)
    assert shown.list.item(0).text() == "echo  (new)"
    assert shown.words.toPlainText().startswith("Says <b>it</b> again.\n\nArguments: {")
    assert not shown.accept_button.isEnabled()
    shown.list.item(0).setCheckState(Qt.CheckState.Checked)
    shown.accept_button.click()
    qtbot.waitUntil(lambda: dialog.tools.said.text().startswith("1 of its tools may be used"))

    words.write_text("Says something else.", encoding="utf-8")
    shown = tried(qtbot, dialog)
    assert shown.list.item(0).text() == "echo  (changed)"
    assert "\n-Says <b>it</b> again.\n+Says something else.\n" in shown.words.toPlainText()
    shown.reject()


def tried(qtbot: QtBot, dialog: SettingsDialog) -> ServerToolsDialog:
    dialog.tools.test.click()
    assert not dialog.tools.remove.isEnabled()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(ServerToolsDialog)), timeout=60_000)
    assert dialog.tools.remove.isEnabled()
    shown = child(dialog, ServerToolsDialog)
    assert isinstance(shown, ServerToolsDialog)
    return shown


def test_a_server_that_can_t_be_had_is_said(qtbot: QtBot, dialog: SettingsDialog) -> None:
    dialog.tools.take((ServerChoice(name="gone", command="no-such-program"),))
    dialog.tools.test.click()
    qtbot.waitUntil(lambda: "there is no program “no-such-program”" in dialog.tools.said.text(), timeout=60_000)
