"""Choosing what kind of task it is, and its options."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.engine import OWN_TOOLS, Input, TaskRequest
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.tools import SearchEngine, WebChoice
from desktop.tools.servers import ServerChoice
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble

KINDS = (("documents", "Documents"), ("research", "Research"), ("code", "Code"), ("assistant", "Assistant"))


@pytest.fixture
def engine(tmp_path: Path) -> EngineDouble:
    engine = EngineDouble(tmp_path)
    engine.kinds = lambda: KINDS  # type: ignore[method-assign]
    return engine


@pytest.fixture
def choosing(qtbot: QtBot, window: Window) -> Window:
    qtbot.waitUntil(lambda: len(window.composer.kind.titles) == 4)
    return window


def editor(window: Window, kind: str, name: str) -> QComboBox | QLineEdit:
    found = window.composer.options.forms[kind].editors[name]
    assert isinstance(found, QComboBox | QLineEdit)
    return found


def test_the_kind_follows_words_and_files_and_says_why(choosing: Window) -> None:
    composer = choosing.composer
    composer.write_goal("Fix this program")
    assert composer.request().kind == "code"
    assert composer.kind.text() == "Code · suggested"
    composer.add_paths([Path("/x/main.py")])
    assert "suggested because of 1 program file and “Fix this program”" in composer.kind.toolTip()
    composer.write_goal("Summarise")
    composer.attachments.clear()
    assert composer.request().kind == "documents"


def test_the_kind_that_the_person_chose_stays(choosing: Window) -> None:
    composer = choosing.composer
    composer.kind.menu().actions()[1].trigger()
    composer.write_goal("Fix this program")
    assert composer.request().kind == "research"
    assert composer.kind.text() == "Research"
    assert "chosen by you" in composer.kind.toolTip()


def test_one_key_takes_a_suggestion_back_and_up_again(qtbot: QtBot, choosing: Window) -> None:
    composer = choosing.composer
    qtbot.waitActive(choosing)
    composer.write_goal("Fix this program")
    qtbot.keyClick(composer.goal, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert (composer.request().kind, composer.kind.text()) == ("documents", "Documents")
    qtbot.keyClicks(composer.goal, " and run the tests")
    assert composer.request().kind == "documents"
    qtbot.keyClick(composer.goal, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert (composer.request().kind, composer.kind.text()) == ("code", "Code")
    composer.write_goal("Summarise this")
    assert composer.request().kind == "code"


def test_suggestions_can_be_had_again(choosing: Window) -> None:
    composer = choosing.composer
    composer.kind.choose("research")
    composer.write_goal("Fix this program")
    composer.kind.menu().actions()[-1].trigger()
    assert composer.request().kind == "code"


def test_the_next_task_begins_with_the_kind_of_the_last_and_usual_options(
    qtbot: QtBot, choosing: Window, engine: EngineDouble
) -> None:
    composer = choosing.composer
    composer.kind.choose("assistant")
    composer.options.policy.choices["write_file"].setCurrentIndex(0)
    composer.write_goal("Put them in order")
    composer.submit()
    qtbot.waitUntil(lambda: composer.goal.toPlainText() == "")
    assert engine.requests[0].options == {"policy": {"write_file": "allow"}}
    assert (composer.request().kind, composer.request().options) == ("assistant", {})
    composer.write_goal("Fix this program")
    assert composer.request().kind == "code"


def test_what_is_as_usual_is_not_put_into_the_request(choosing: Window) -> None:
    composer = choosing.composer
    for kind, _ in KINDS:
        composer.kind.choose(kind)
        assert composer.request().options == {}


def test_options_are_what_the_agents_take(choosing: Window) -> None:
    composer = choosing.composer
    composer.kind.choose("documents")
    composer.options.forms["documents"].show_values({"mode": "extract", "fields": "a, b:date", "language": "de"})
    assert composer.request().options == {"mode": "extract", "fields": "a, b:date", "language": "de"}
    composer.kind.choose("code")
    composer.options.forms["code"].show_values({"language": "shell", "entry_point": "main"})
    assert composer.request().options == {"language": "shell", "entry_point": "main"}
    composer.kind.choose("assistant")
    composer.options.forms["assistant"].show_values({"budget": "5 turns"})
    composer.options.policy.set_value("fetch_page=deny, mail.*=ask")
    assert composer.request().options == {"budget": "5 turns", "policy": {"fetch_page": "deny", "mail.*": "ask"}}
    composer.kind.choose("documents")
    assert composer.request().options["mode"] == "extract"


def test_servers_are_ticked_by_the_names_that_the_settings_have(qtbot: QtBot, choosing: Window, tmp_path: Path) -> None:
    composer, editor_ = choosing.composer, choosing.composer.options.servers
    composer.kind.choose("assistant")
    listed = (ServerChoice(name="mail", command="a"), ServerChoice(name="off", command="b", enabled=False))
    settings = Settings(tool_servers=(*listed, ServerChoice(name="wiki", command="c")))
    composer.options.use_settings(SettingsFile(tmp_path / "settings.json", settings))
    qtbot.waitUntil(lambda: list(editor_.boxes) == ["mail", "wiki"])
    assert composer.request().options == {}
    editor_.boxes["mail"].click()
    assert composer.request().options == {"servers": ["wiki"]}
    editor_.boxes["wiki"].click()
    assert composer.request().options == {"servers": []}
    composer.take(composer.request())
    assert not any(box.isChecked() for box in editor_.boxes.values())
    composer.take(TaskRequest(kind="assistant", goal="Look.", options={"servers": "wiki, gone"}))
    assert editor_.boxes["gone"].text() == "gone (not in the settings)"
    assert composer.request().options == {"servers": ["wiki", "gone"]}
    editor_.boxes["gone"].click()
    editor_.boxes["mail"].click()
    assert composer.request().options == {}


def test_every_tool_of_legwork_has_a_title_of_its_own(choosing: Window) -> None:
    choices = choosing.composer.options.policy.choices
    titles = {choice.accessibleName() for choice in choices.values()}
    assert list(choices) == list(OWN_TOOLS)
    assert len(titles) == len(OWN_TOOLS)
    assert not titles & set(OWN_TOOLS)


def test_nothing_in_the_composer_is_cut_in_the_smallest_window(qtbot: QtBot, choosing: Window) -> None:
    composer = choosing.composer
    files = tuple(Input(path=f"/given/tenders/offer {number}.pdf") for number in range(3))
    composer.take(TaskRequest(kind="research", goal="Compare what they cost, and when they start. " * 2, inputs=files))
    composer.options.show()
    for width, height in ((1360, 860), (900, 600)):
        choosing.resize(width, height)
        qtbot.waitUntil(lambda: composer.height() >= composer.heightForWidth(composer.width()))
        lines = composer.goal.document().size().height()
        assert composer.goal.height() >= lines * composer.goal.fontMetrics().lineSpacing()


def test_the_web_is_off_and_can_not_be_switched_on_against_the_settings(
    qtbot: QtBot, choosing: Window, tmp_path: Path
) -> None:
    options = choosing.composer.options
    choosing.composer.kind.choose("research")
    options.show()
    web = editor(choosing, "research", "web")
    assert not web.isEnabled()
    assert options.no_web.isVisibleTo(options)
    settings = SettingsFile(tmp_path / "settings.json", Settings(web=WebChoice(search=SearchEngine.BRAVE)))
    options.use_settings(settings)
    qtbot.waitUntil(web.isEnabled)
    assert not options.no_web.isVisibleTo(options)
    options.forms["research"].show_values({"web": "on"})
    assert choosing.composer.request().options == {"web": "on"}
    settings.save(Settings())
    options.look()
    qtbot.waitUntil(lambda: not web.isEnabled())
    assert choosing.composer.request().options == {}


def test_tests_of_the_persons_own_go_with_a_program(qtbot: QtBot, choosing: Window, tmp_path: Path) -> None:
    tests = choosing.composer.options.tests
    choosing.composer.kind.choose("code")
    (tmp_path / "test_x.py").write_text("def test_x():\n    pass\n")
    with qtbot.waitSignal(tests.changed):
        tests.read(tmp_path / "test_x.py")
    assert tests.said.text() == "test_x.py, 2 lines"
    assert choosing.composer.request().options == {"tests": "def test_x():\n    pass\n"}
    (tmp_path / "bad.py").write_bytes(b"\xff")
    tests.read(tmp_path / "bad.py")
    qtbot.waitUntil(lambda: "could not be read as text" in tests.said.text())
    tests.clear.click()
    assert choosing.composer.request().options == {}


def test_a_task_is_edited_as_it_was_with_options_that_have_no_field(choosing: Window, tmp_path: Path) -> None:
    composer = choosing.composer
    given = (Input(path=str(tmp_path)),)
    options = {"mode": "answer", "max_megabytes": 40}
    composer.take(TaskRequest(kind="documents", goal="Which?", inputs=given, options=options))
    made = composer.request()
    assert (made.kind, made.goal, made.inputs, made.options) == ("documents", "Which?", given, options)
    assert composer.options.isVisible()
    assert "max_megabytes = 40" in composer.options.also.text()
    composer.options.forget.click()
    assert composer.request().options == {"mode": "answer"}


def test_the_options_are_opened_with_a_key(qtbot: QtBot, choosing: Window) -> None:
    qtbot.waitActive(choosing)
    qtbot.keyClick(choosing.composer.goal, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert choosing.composer.options.isVisible()
    qtbot.keyClick(choosing.composer.goal, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert not choosing.composer.options.isVisible()
