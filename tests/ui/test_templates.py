"""Templates in the window: found, filled, kept, changed, deleted and taken back, handed on."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.templates import Field, FieldType, Template, TemplateShelf, shipped_templates
from desktop.ui.templates_dialog import TemplatesDialog
from desktop.ui.window import Window

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise")  # offscreen

MINE = Template(
    id="",
    name="Weekly",
    kind="documents",
    goal="List the changes\nfor {whom}",
    fields=(
        Field(name="files", title="Files", type=FieldType.FILES),
        Field(name="whom", title="Whom", required=True),
    ),
    options={"mode": "answer"},
)


@pytest.fixture
def shelf(tmp_path: Path) -> TemplateShelf:
    return TemplateShelf(tmp_path)


@pytest.fixture
def dialog(qtbot: QtBot, window: Window, shelf: TemplateShelf, tmp_path: Path) -> TemplatesDialog:
    """The dialog, as a key opens it, with a template of the person's."""
    shelf.keep(MINE)
    window.use_settings(SettingsFile(tmp_path / "settings.json", Settings()))
    window.actions_["templates"].trigger()
    dialog = window.templates.dialog
    qtbot.waitUntil(lambda: dialog.list.count() > 1)
    return dialog


def names(dialog: TemplatesDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_those_whose_kind_there_is_are_listed_the_persons_own_first(dialog: TemplatesDialog) -> None:
    usable = [each.name for each in shipped_templates() if each.kind in ("documents", "research")]
    assert names(dialog) == ["Weekly", *usable]


def test_a_template_is_found_filled_and_used_with_the_keyboard_alone(
    qtbot: QtBot, window: Window, dialog: TemplatesDialog
) -> None:
    qtbot.keyClicks(dialog.filter, "week")
    assert names(dialog) == ["Weekly"]
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.form.editors["whom"].hasFocus())
    qtbot.keyClicks(dialog.form.editors["whom"], "Ada")
    qtbot.keyClick(dialog.form.editors["whom"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    made = window.composer.request()
    assert (made.kind, made.goal, made.options) == ("documents", "List the changes\nfor Ada", {"mode": "answer"})
    assert window.composer.kind.is_chosen


def test_arrows_lead_through_what_was_found(qtbot: QtBot, dialog: TemplatesDialog) -> None:
    for _ in range(2):
        qtbot.keyClick(dialog.filter, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Up)
    assert dialog.list.currentRow() == 1
    assert dialog.name.text() == "Summarise"


def test_a_field_that_is_missing_is_said_and_nothing_is_changed(window: Window, dialog: TemplatesDialog) -> None:
    dialog.choose("weekly")
    dialog.apply()
    assert dialog.isVisible()
    assert "needs to know: Whom" in dialog.said.text()
    assert window.composer.goal.toPlainText() == ""


def test_files_that_are_attached_stand_in_the_field_for_files(window: Window, dialog: TemplatesDialog) -> None:
    dialog.reject()
    window.composer.add_paths([Path("/x/a.pdf")])
    window.templates.open("weekly")
    assert dialog.form.values()["files"] == ("/x/a.pdf",)
    dialog.form.show_values({"files": ("/x/a.pdf", "/x/b.pdf"), "whom": "Ada"})
    dialog.apply()
    assert [path.name for path in window.composer.attachments.paths] == ["a.pdf", "b.pdf"]


def test_only_a_folder_stands_in_the_field_for_a_folder(
    qtbot: QtBot, window: Window, dialog: TemplatesDialog, shelf: TemplateShelf, tmp_path: Path
) -> None:
    folder = Field(name="folder", title="Folder", type=FieldType.FOLDER)
    shelf.keep(Template(id="", name="Sort", kind="documents", goal="Sort it", fields=(folder,)))
    window.templates.look()
    qtbot.waitUntil(lambda: "Sort" in names(dialog))
    dialog.reject()
    window.composer.add_paths([Path("/x/a.pdf")])
    window.templates.open("sort")
    assert dialog.form.values()["folder"] == ()
    window.composer.add_paths([tmp_path])
    window.templates.open("sort")
    assert dialog.form.values()["folder"] == (str(tmp_path),)


def test_the_menu_offers_them_and_leads_to_the_fields(qtbot: QtBot, window: Window, dialog: TemplatesDialog) -> None:
    dialog.reject()
    menu = window.composer.templates.menu()
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert texts[:2] == ["Weekly", "Summarise"]
    assert texts[-2:] == ["All templates…", "Save as template…"]
    menu.actions()[0].trigger()
    assert dialog.isVisible()
    assert dialog.name.text() == "Weekly"


def test_what_stands_in_the_composer_becomes_a_template(
    qtbot: QtBot, window: Window, shelf: TemplateShelf, tmp_path: Path
) -> None:
    window.use_settings(SettingsFile(tmp_path / "settings.json", Settings()))
    window.composer.add_paths([Path("/x/a.pdf")])
    window.composer.write_goal("Summarise this for {audience} in {points} points")
    window.composer.options.take("documents", {"mode": "summarise"})
    window.actions_["save_template"].trigger()
    editor = window.templates.commands.editor
    assert editor is not None
    assert list(editor.rows) == ["audience", "points"]
    editor.name.setText("For somebody")
    row = editor.rows["points"]
    row.type.setCurrentIndex(row.type.findData(FieldType.CHOICE))
    row.usual.setText("5, 3, 7")
    row.required.setChecked(True)
    with qtbot.waitSignal(window.templates.commands.kept):
        editor.buttons.accepted.emit()
    assert not editor.isVisible()
    kept = shelf.find("for-somebody")
    assert kept.own
    assert kept.options == {"mode": "summarise"}
    assert [(field.name, field.type) for field in kept.fields] == [
        ("files", FieldType.FILES),
        ("audience", FieldType.TEXT),
        ("points", FieldType.CHOICE),
    ]
    assert kept.fields[2].choices == ("5", "3", "7")
    assert (kept.fields[2].default, kept.fields[2].required) == ("5", True)


def test_a_template_is_renamed_and_its_goal_changed(
    qtbot: QtBot, window: Window, dialog: TemplatesDialog, shelf: TemplateShelf
) -> None:
    dialog.choose("weekly")
    dialog.edit.click()
    editor = window.templates.commands.editor
    assert editor is not None
    editor.name.setText("Summarise")
    editor.buttons.accepted.emit()
    qtbot.waitUntil(lambda: "already" in editor.problem.text())
    editor.name.setText("Monthly")
    editor.goal.setPlainText("List the changes for {whom}")
    with qtbot.waitSignal(window.templates.commands.kept):
        editor.buttons.accepted.emit()
    qtbot.waitUntil(lambda: names(dialog)[0] == "Monthly")
    assert shelf.find("monthly").fields == MINE.fields
    assert "weekly" not in [template.id for template in shelf.look().templates]


def test_one_that_came_with_the_program_is_copied_to_be_changed(
    qtbot: QtBot, window: Window, dialog: TemplatesDialog, shelf: TemplateShelf
) -> None:
    dialog.choose("extract")
    assert not dialog.delete.isEnabled()
    dialog.edit.click()
    editor = window.templates.commands.editor
    assert editor is not None
    with qtbot.waitSignal(window.templates.commands.kept):
        editor.buttons.accepted.emit()
    assert shelf.find("Extract to a table (mine)").fields == shelf.find("extract").fields


def test_a_deleted_one_can_be_taken_back(qtbot: QtBot, dialog: TemplatesDialog, shelf: TemplateShelf) -> None:
    dialog.choose("weekly")
    dialog.delete.click()
    qtbot.waitUntil(lambda: "Weekly" not in names(dialog))
    assert dialog.undo.isVisible()
    assert dialog.said.text() == "Deleted: Weekly"
    dialog.undo.click()
    qtbot.waitUntil(lambda: "Weekly" in names(dialog))
    assert not dialog.undo.isVisible()
    assert shelf.find("weekly").goal == MINE.goal


def test_one_is_exported_and_taken_in_elsewhere(
    qtbot: QtBot, window: Window, dialog: TemplatesDialog, tmp_path: Path
) -> None:
    target = tmp_path / "weekly.legwork-template.json"
    window.templates.commands.ask_where = lambda name: [tmp_path / name]
    window.templates.commands.ask_for_file = lambda: [target]
    dialog.choose("weekly")
    dialog.export.click()
    qtbot.waitUntil(lambda: "Exported as" in dialog.said.text())
    assert json.loads(target.read_bytes())["templates"][0]["name"] == "Weekly"
    dialog.take_in.click()
    qtbot.waitUntil(lambda: "Weekly (2)" in names(dialog))
    target.write_bytes(b"nothing")
    dialog.take_in.click()
    qtbot.waitUntil(lambda: "There are no templates in" in dialog.said.text())


def test_a_damaged_file_is_told_at_the_top(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    (tmp_path / "templates.json").write_bytes(b"{")
    window.use_settings(SettingsFile(tmp_path / "settings.json", Settings()))
    window.templates.look()
    qtbot.waitUntil(window.banner.isVisible)
    assert "were kept as" in window.banner.text()
    assert (tmp_path / "templates.broken-1.json").read_bytes() == b"{"
