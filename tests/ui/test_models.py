"""The page *Models*: what is here, what suits, what is on its way, and what a person does with it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.engine import (
    Appraisal,
    DepotModel,
    DownloadState,
    DownloadStatus,
    Fits,
    LegworkError,
    ModelInfo,
    StorageFailed,
)
from desktop.ui.bridge import Bridge
from desktop.ui.model_row import Section
from desktop.ui.models_dialog import ModelsDialog
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble
from tests.fakes.memory_depot import GB, MemoryDepot, offer
from tests.ui.test_dialogs import answer, press

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise")

ADDED = DepotModel(
    key="/mine/added.gguf", name="added", size=GB, path="/mine/added.gguf", is_here=True, is_removable=True
)
LINKED = replace(ADDED, key="/there/linked.gguf", name="linked", path="/there/linked.gguf", is_linked=True)


@pytest.fixture
def depot(engine: EngineDouble) -> MemoryDepot:
    return engine.depot


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> ModelsDialog:
    """The page as a person opens it, with the looks at depot and machine done."""
    window.actions_["models"].trigger()
    opened = window.findChild(ModelsDialog)
    assert opened is not None
    qtbot.waitUntil(lambda: opened.machine.text().startswith("Test Card"))
    qtbot.waitUntil(lambda: bool(opened.model.rows))
    return opened


def turn_to(qtbot: QtBot, dialog: ModelsDialog, section: Section, name: str) -> None:
    """Turn to a section and choose the model of that name."""
    dialog.show_section(section)
    dialog.refresh()
    qtbot.waitUntil(lambda: name in names(dialog))
    dialog.list.setCurrentIndex(dialog.model.index(names(dialog).index(name)))
    dialog.list.setFocus()


def names(dialog: ModelsDialog) -> list[str]:
    return [row.model.name for row in dialog.model.rows]


def shown_buttons(dialog: ModelsDialog) -> list[str]:
    return [button.text().replace("&", "") for button in dialog.buttons._all if button.isVisible()]


def move(thread: EngineThreadDouble, depot: MemoryDepot, **fields: object) -> DownloadStatus:
    """The download of the small model stands so by now."""
    status = DownloadStatus(id="maker--small", name="Small", state=DownloadState.RUNNING, total=GB)
    moved = replace(status, **fields)  # type: ignore[arg-type]
    thread.do(lambda: depot.tell(moved))
    return moved


@pytest.mark.parametrize("way", ["key", "composer", "status line", "status line by key"])
def test_the_page_opens_from_menu_composer_and_status_line(qtbot: QtBot, window: Window, way: str) -> None:
    qtbot.waitUntil(lambda: window.composer.model.menu() is not None)
    if way == "key":
        qtbot.waitActive(window)
        qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    elif way == "composer":
        window.composer.model.menu().actions()[-1].trigger()
    elif way == "status line":
        qtbot.mouseClick(window.status.left, Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(window.status.left, Qt.Key.Key_Return)
    dialog = window.findChild(ModelsDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.section is Section.INSTALLED


def test_it_shows_what_is_here_what_suits_what_there_is_and_what_was_found(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot
) -> None:
    assert names(dialog) == ["starter"]
    assert dialog.machine.text() == "Test Card, 12 GB · 16 GB of memory · 100 GB free on the disk"
    dialog.show_section(Section.RECOMMENDED)
    assert names(dialog) == ["Small"]
    dialog.show_section(Section.ALL)
    assert names(dialog) == ["Small", "Large"]
    dialog.show_section(Section.FOUND)
    assert names(dialog) == []
    assert dialog.nothing.isVisible()
    assert "Ollama" in dialog.nothing.text()
    depot.found = [replace(offer("other"), key="/ollama/blob", download="", source="Ollama")]
    dialog.refresh()
    qtbot.waitUntil(lambda: names(dialog) == ["Other"])
    assert dialog.sections.tabText(3) == "Found on this machine 1"


def test_each_model_says_in_words_whether_it_fits(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    depot.appraisals["large"] = Appraisal(
        fits=Fits.TIGHTLY, need=13 * 2**30, memory=12 * 2**30, where="Test Card", note="Slow."
    )
    turn_to(qtbot, dialog, Section.ALL, "Large")
    qtbot.waitUntil(lambda: all(row.appraisal for row in dialog.model.rows))
    said = [dialog.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in (0, 1)]
    assert said[0] == "Small, Apache-2.0 · 1.0 GB, Fits 1.2 of 12 GB"
    assert said[1] == "Large, Apache-2.0 · 20 GB, Tight 13.0 of 12 GB"
    qtbot.waitUntil(lambda: "Tight: takes about 13.0 of 12 GB (Test Card). Slow." in dialog.about.text())
    assert depot.appraised.count("large") == 1


def test_a_model_that_can_not_be_appraised_says_why(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    depot.installed.append(ADDED)
    depot.appraisals[ADDED.key] = Appraisal(fits=Fits.UNKNOWN, note="The file is cut short.")
    turn_to(qtbot, dialog, Section.INSTALLED, "added")
    qtbot.waitUntil(lambda: dialog.about.text() == "The file is cut short.")


def test_a_model_is_downloaded_paused_and_gone_on_with_by_the_keyboard(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, engine_thread: EngineThreadDouble
) -> None:
    turn_to(qtbot, dialog, Section.RECOMMENDED, "Small")
    assert shown_buttons(dialog) == ["Download"]
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown_buttons(dialog) == ["Pause", "Cancel…"])
    move(engine_thread, depot, done=450_000_000, speed=50_000_000.0, seconds_left=11.0)
    said = "45 % · 450 MB of 1.0 GB · 50 MB/s · about 10 s left"
    qtbot.waitUntil(lambda: said in dialog.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))
    qtbot.keyClick(dialog, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown_buttons(dialog) == ["Resume", "Cancel…"])
    assert dialog.list.hasFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: depot.downloads["maker--small"].is_moving)
    dialog.show_section(Section.INSTALLED)
    assert names(dialog) == ["Small", "starter"]  # what is on its way stands first
    move(engine_thread, depot, state=DownloadState.COMPLETED, done=GB)
    qtbot.waitUntil(lambda: names(dialog) == ["starter", "Small"])
    dialog.show_section(Section.RECOMMENDED)
    assert "installed" in dialog.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert shown_buttons(dialog) == []


def test_a_flood_of_reports_reaches_the_page_as_a_few(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, bridge: Bridge, engine_thread: EngineThreadDouble
) -> None:
    batches: list[tuple[DownloadStatus, ...]] = []
    bridge.downloads_changed.connect(batches.append)
    move(engine_thread, depot)
    qtbot.waitUntil(lambda: bool(batches))
    status = depot.downloads["maker--small"]

    def flood() -> None:
        for done in range(5001):
            depot.tell(replace(status, done=done))

    engine_thread.do(flood)
    qtbot.waitUntil(lambda: batches[-1][0].done == 5000)
    assert len(batches) <= 4


def test_a_failed_download_says_why_and_can_be_given_up(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, engine_thread: EngineThreadDouble
) -> None:
    move(engine_thread, depot, state=DownloadState.FAILED, done=GB // 2, problem="The disk is full.", hint="Free some.")
    turn_to(qtbot, dialog, Section.ALL, "Small")
    qtbot.waitUntil(lambda: "The disk is full. Free some." in dialog.about.text())
    asked: list[tuple[str, str, str]] = []
    dialog.commands.confirm = lambda *question: bool(asked.append(question))
    dialog.buttons.cancel.click()
    assert asked == [
        ("Give up the download of Small?", "500 MB that were loaded will be gone.", "Give up"),
    ]
    assert depot.downloads
    dialog.commands.confirm = lambda *_: True
    dialog.buttons.cancel.click()
    qtbot.waitUntil(lambda: dialog.said.text().endswith("500 MB are free again."))
    qtbot.waitUntil(lambda: shown_buttons(dialog) == ["Download"])


def test_a_refusal_is_said_in_words(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    turn_to(qtbot, dialog, Section.ALL, "Small")
    depot.refusal = LegworkError("The hub can't be reached.", hint="Check the network.")
    dialog.buttons.get.click()
    qtbot.waitUntil(lambda: dialog.said.text() == "The hub can't be reached. Check the network.")
    assert dialog.said.property("mood") == "failed"


def test_what_frees_the_disk_is_asked_with_how_much(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    depot.installed.append(ADDED)
    turn_to(qtbot, dialog, Section.INSTALLED, "added")
    asked: list[str] = []

    def keep(box: object) -> None:
        assert isinstance(box, QMessageBox)
        asked.append(f"{box.text()} {box.informativeText()}")
        box.reject()

    answer(keep)
    dialog.buttons.remove.click()
    assert asked == [
        "Remove added with its file? This frees 1.0 GB. It can't be undone, but it may be downloaded again."
    ]
    assert ADDED in depot.installed
    answer(press("Remove"))
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.list.setFocus()
    qtbot.waitUntil(dialog.list.hasFocus)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: dialog.said.text() == "added is removed, 1.0 GB are free again.")
    qtbot.waitUntil(lambda: names(dialog) == ["starter"])
    assert not dialog.undo.isVisible()


def test_what_is_only_forgotten_is_not_asked_and_can_be_undone(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, tmp_path: Path
) -> None:
    path = tmp_path / "linked.gguf"
    path.write_bytes(b"GGUF")
    depot.installed.append(replace(LINKED, key=str(path), path=str(path)))
    turn_to(qtbot, dialog, Section.INSTALLED, "linked")
    dialog.commands.confirm = lambda *_: pytest.fail("there was nothing to ask")
    dialog.buttons.remove.click()
    qtbot.waitUntil(dialog.undo.isVisible)
    assert "its file stays where it is" in dialog.said.text()
    qtbot.waitUntil(lambda: names(dialog) == ["starter"])
    dialog.undo.click()
    qtbot.waitUntil(lambda: names(dialog) == ["starter", "linked"])
    assert not dialog.undo.isVisible()


def test_the_starter_stays_whatever_key_is_pressed(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    turn_to(qtbot, dialog, Section.INSTALLED, "starter")
    assert shown_buttons(dialog) == ["Use for…"]
    dialog.commands.confirm = lambda *_: pytest.fail("it can't be removed")
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert [model.name for model in depot.installed] == ["starter"]
    assert depot.downloads == {}


def dropped(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(widget: Window | ModelsDialog, *paths: Path) -> bool:
    """Drop files there; whether it takes them."""
    where, copy, mime = QPoint(5, 5), Qt.DropAction.CopyAction, dropped(*paths)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(where, copy, mime, left, none)
    entering.ignore()
    widget.dragEnterEvent(entering)
    if entering.isAccepted():
        widget.dropEvent(QDropEvent(where, copy, mime, left, none))
    return entering.isAccepted()


def test_a_model_dropped_on_the_page_is_used_where_it_lies(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.GGUF"
    path.write_bytes(b"GGUF")
    dialog.show_section(Section.ALL)
    assert not drop(dialog, tmp_path / "letter.pdf")
    assert drop(dialog, path, tmp_path / "letter.pdf")
    qtbot.waitUntil(lambda: names(dialog) == ["starter", "mine"])
    assert depot.added == [path]
    assert dialog.said.text() == "mine can be used now; its file stays where it is."


@pytest.mark.parametrize("button", ["Use as model", "Don't"])
def test_a_model_dropped_on_the_window_is_offered_and_not_attached(
    qtbot: QtBot, window: Window, depot: MemoryDepot, tmp_path: Path, button: str
) -> None:
    path, letter = tmp_path / "mine.gguf", tmp_path / "letter.pdf"
    path.write_bytes(b"GGUF")
    asked: list[str] = []

    def choose(box: object) -> None:
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        press(button)(box)

    answer(choose)
    assert drop(window, path, letter)
    qtbot.waitUntil(lambda: asked == ["Use mine.gguf as a model?"])
    assert window.composer.attachments.paths == (letter,)
    if button == "Don't":
        assert window.findChild(ModelsDialog) is None
        assert depot.added == []
    else:
        qtbot.waitUntil(lambda: depot.added == [path])
        assert window.findChild(ModelsDialog).isVisible()


def test_a_file_is_chosen_in_a_dialog(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gone.gguf"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))
    dialog.add.click()
    qtbot.waitUntil(lambda: "is missing" in dialog.said.text())
    assert depot.added == [path]


def test_a_model_of_another_program_is_used_with_a_press(
    qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot, tmp_path: Path
) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(b"GGUF")
    depot.found = [DepotModel(key=str(path), name="other", size=4, path=str(path), source="LM Studio")]
    turn_to(qtbot, dialog, Section.FOUND, "other")
    assert shown_buttons(dialog) == ["Use here"]
    dialog.list.doubleClicked.emit(dialog.list.currentIndex())
    qtbot.waitUntil(lambda: names(dialog) == [])
    dialog.show_section(Section.INSTALLED)
    assert names(dialog) == ["starter", "other"]


def menu_entry(dialog: ModelsDialog, text: str) -> Callable[[], None]:
    return next(action for action in dialog.buttons.default.menu().actions() if action.text() == text).trigger


def test_a_model_is_chosen_for_a_kind_of_task_and_the_composer_shows_it(
    qtbot: QtBot, window: Window, dialog: ModelsDialog, depot: MemoryDepot
) -> None:
    depot.installed.append(ADDED)
    turn_to(qtbot, dialog, Section.INSTALLED, "added")
    menu_entry(dialog, "Research only")()
    qtbot.waitUntil(lambda: dialog.said.text() == "added is used for Research from now on.")
    assert depot.defaults.by_kind() == {"research": "added"}
    qtbot.waitUntil(lambda: dialog.chosen is not None and dialog.chosen.default_for == ("Research",))
    assert window.composer.model.text() == "Default: SmolLM2-135M"
    window.composer.kind.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: window.composer.model.text() == "Default: added")
    assert window.composer.request().model is None

    menu_entry(dialog, "No longer for Research")()
    qtbot.waitUntil(lambda: window.composer.model.text() == "Default: SmolLM2-135M")
    menu_entry(dialog, "Everything")()
    qtbot.waitUntil(lambda: depot.defaults.usual() == "added")
    qtbot.waitUntil(lambda: names(dialog) == ["added", "starter"])


def test_what_can_not_be_saved_is_said(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    depot.refusal = StorageFailed("The settings could not be written.", hint="Look at the disk.")
    menu_entry(dialog, "Everything")()
    qtbot.waitUntil(lambda: dialog.said.text() == "The settings could not be written. Look at the disk.")
    assert depot.defaults.usual() is None


def test_a_choice_in_the_composer_outlives_a_change_of_the_models(
    qtbot: QtBot, window: Window, depot: MemoryDepot, engine_thread: EngineThreadDouble
) -> None:
    qtbot.waitUntil(lambda: window.composer.model.menu() is not None)
    window.composer.model.menu().actions()[2].trigger()
    window.composer.kind.menu().actions()[1].trigger()
    assert window.composer.model.text() == "Qwen3-4B Q4_K_M"
    odd = ModelInfo(name="New & old", path="/odd.gguf", size=0)
    window.composer.offer(
        (("documents", "Documents"), ("research", "Research")),
        (odd, ModelInfo(name="Qwen3-4B Q4_K_M", path="", size=0)),
    )
    assert (window.composer.request().kind, window.composer.request().model) == ("research", "Qwen3-4B Q4_K_M")
    window.composer.offer((("documents", "Documents"),), (odd,))
    assert (window.composer.request().kind, window.composer.request().model) == ("documents", None)
    assert window.composer.model.text() == "Default: New && old"


def test_models_elsewhere_are_offered_with_their_host_also_as_the_default(window: Window) -> None:
    here = ModelInfo(name="tiny", path="/tiny.gguf", size=1)
    there = ModelInfo(name="box/m", path="http://gpu-box:8080/v1#m", size=0, host="gpu-box:8080")
    kinds = (("documents", "Documents"), ("research", "Research"))
    window.composer.offer(kinds, (here, there), {"research": "box/m"})
    actions = window.composer.model.menu().actions()
    assert [action.text() for action in actions[:3]] == ["Default: tiny", "tiny", "box/m (at gpu-box:8080)"]
    actions[2].trigger()
    assert window.composer.request().model == "box/m"
    actions[0].trigger()
    window.composer.kind.menu().actions()[1].trigger()
    assert window.composer.model.toolTip() == "Model: Default: box/m (at gpu-box:8080)"
    window.composer.offer(kinds, (there, here))
    assert window.composer.model.toolTip() == "Model: Default: box/m (at gpu-box:8080)"


def test_the_filter_finds_words_in_any_order(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    depot.offers = [offer(f"model-{number}", about="Writes well.") for number in range(200)]
    turn_to(qtbot, dialog, Section.ALL, "Model-150")
    qtbot.keyClicks(dialog.filter, "WELL -150")
    assert names(dialog) == ["Model-150"]
    dialog.filter.setText("nothing like it")
    assert dialog.nothing.text().startswith("No model here has these words. Any other GGUF file of the hub")
    dialog.filter.clear()
    assert len(names(dialog)) == 200


def test_names_and_licences_may_be_anything(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    odd = replace(ADDED, key="/odd.gguf", name="<b>&amp;\n" + "x" * 3000, path="/odd.gguf")
    depot.installed.append(odd)
    depot.appraisals[odd.key] = Appraisal(fits=Fits.NOT, need=GB, memory=GB, licence="a\x00\u202eb" + "y" * 10**5)
    turn_to(qtbot, dialog, Section.INSTALLED, odd.name)
    qtbot.waitUntil(lambda: dialog.chosen is not None and dialog.chosen.appraisal is not None)
    assert dialog.width() < 1500
    assert len(dialog.model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)) < 3300
    assert not dialog.grab().isNull()


def test_who_has_only_the_starter_is_told_once_of_a_better_model(
    qtbot: QtBot, window: Window, depot: MemoryDepot, engine_thread: EngineThreadDouble
) -> None:
    qtbot.waitUntil(lambda: window.tasks.take_up.isVisible())
    assert window.tasks.take_up.text() == "Get Small (1.0 GB)…"
    assert "Small suits this machine" in window.tasks.suggestion.text()
    window.tasks.take_up.click()
    dialog = window.findChild(ModelsDialog)
    assert dialog.section is Section.RECOMMENDED
    move(engine_thread, depot, done=GB // 4, speed=1e6)
    qtbot.waitUntil(lambda: window.tasks.suggestion.text() == "Small: 25 % · 250 MB of 1.0 GB · 1.0 MB/s")
    move(engine_thread, depot, state=DownloadState.COMPLETED, done=GB)
    qtbot.waitUntil(window.tasks.suggestion.isHidden)
    assert window.tasks.take_up.isHidden()


def test_a_file_of_the_hub_is_downloaded_by_its_address(qtbot: QtBot, dialog: ModelsDialog, depot: MemoryDepot) -> None:
    asked: list[str] = []

    async def download(key: str) -> DownloadStatus:
        asked.append(key)
        status = DownloadStatus(id="maker--repo--other", name="other", state=DownloadState.STARTING)
        return depot.tell(status)

    depot.download = download  # type: ignore[method-assign]
    dialog.show_section(Section.ALL)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.filter.setFocus()
    qtbot.keyClicks(dialog.filter, "small")
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Return)
    assert dialog.section is Section.ALL
    dialog.filter.setText("maker/repo/other.gguf")
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(dialog) == ["other", "starter"])
    assert asked == ["maker/repo/other.gguf"]
    assert dialog.model.rows[0].appraisal is None  # nobody knows before it is here


def test_the_page_goes_to_the_tray_with_the_window(window: Window, dialog: ModelsDialog) -> None:
    window.hide()
    assert not dialog.isVisible()


def test_who_has_a_model_is_told_of_none(
    qtbot: QtBot, bridge: Bridge, theme: Theme, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine.depot.installed.append(ADDED)
    window = Window(bridge, theme)
    qtbot.addWidget(window)
    window.show()
    bridge.attach(engine, engine_thread.loop)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: window.composer.model.menu() is not None)
    done: list[bool] = []
    bridge.call_depot(lambda depot: depot.look(), lambda _: done.append(True))
    qtbot.waitUntil(lambda: bool(done))
    assert window.tasks.take_up.isHidden()


def test_an_engine_that_keeps_no_models_says_so(qtbot: QtBot, window: Window, engine: EngineDouble) -> None:
    engine.depot = None  # type: ignore[assignment]
    window.models.open()
    dialog = window.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: dialog.said.text() == "Nobody keeps models here. Start Legwork with a data folder.")


def test_looking_at_slow_files_holds_nobody(
    qtbot: QtBot, window: Window, depot: MemoryDepot, engine_thread: EngineThreadDouble
) -> None:
    opened = asyncio.Event()

    async def appraise(key: str) -> Appraisal:
        await opened.wait()
        return Appraisal(fits=Fits.WELL)

    depot.appraise = appraise  # type: ignore[method-assign]
    window.models.open(Section.ALL)
    dialog = window.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: names(dialog) == ["Small", "Large"])
    assert dialog.buttons.get.isVisible()
    dialog.buttons.get.click()
    qtbot.waitUntil(lambda: "maker--small" in depot.downloads)
    engine_thread.do(opened.set)
    qtbot.waitUntil(lambda: all(row.appraisal for row in dialog.model.rows))
