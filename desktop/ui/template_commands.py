"""What a person does with templates: keep, edit, delete and take that back, import, export."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.engine import LegworkError, StorageFailed
from desktop.templates import SUFFIX, Template, TemplateShelf, write_templates
from desktop.ui import dialogs
from desktop.ui.bridge import Bridge

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.ui.template_editor import TemplateEditor


class TemplateCommands(QObject):
    """Signals: `said(text, mood)`, `kept(Template)` for one that is on the shelf now, `moved()` when some came or went,
    `undo_possible(bool)`.
    """

    said = Signal(str, str)
    kept = Signal(object)
    moved = Signal()
    undo_possible = Signal(bool)

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge, self._window = bridge, parent
        self._shelf: TemplateShelf | None = None
        self._kinds: dict[str, str] = {}
        self._deleted: list[Template] = []
        self.editor: TemplateEditor | None = None
        self.ask_for_file: Callable[[], list[Path]] = partial(dialogs.ask_for_templates, parent)
        self.ask_where: Callable[[str], list[Path]] = partial(dialogs.ask_where_to_export, parent)

    def use_shelf(self, shelf: TemplateShelf) -> None:
        """Say where templates are kept."""
        self._shelf = shelf

    def name_kinds(self, kinds: dict[str, str]) -> None:
        """Say what each kind of task is called."""
        self._kinds = kinds

    def edit(self, template: Template) -> None:
        """Show a template to be changed: one of the person's, or a copy of one that came with the program."""
        copy = template if template.own else replace(template, name=f"{template.name} (mine)", own=True)
        self.compose(copy, instead_of=template.id if template.own else "")

    def compose(self, template: Template, *, instead_of: str = "") -> None:
        """Show a template to be named and kept."""
        from desktop.ui.template_editor import TemplateEditor  # not before the first paint

        parent = self._window.window() if not self._window.isVisible() else self._window
        self.editor = editor = TemplateEditor(template, self._kinds, parent)
        editor.wanted.connect(lambda made: self._keep(editor, made, instead_of))
        editor.open()

    def delete(self, template: Template) -> None:
        """Take one of the person's away; it can be taken back until the window closes."""
        shelf = self._shelf
        if shelf is not None:
            self._bridge.work(lambda: shelf.remove(template.id), self._on_deleted, self._on_error)

    def undo(self) -> None:
        """Take the last deletion back."""
        if self._deleted and self._shelf is not None:
            shelf, template = self._shelf, self._deleted.pop()
            self.undo_possible.emit(bool(self._deleted))
            self._bridge.work(lambda: shelf.keep(template), self._on_restored, self._on_error)

    def export(self, template: Template) -> None:
        """Write a template into a file that the person chooses."""
        for target in self.ask_where(f"{template.id}{SUFFIX}"):
            self._bridge.work(partial(_write, template, target), self._on_exported, self._on_error)

    def take_in(self) -> None:
        """Keep the templates of a file that the person chooses."""
        shelf = self._shelf
        if shelf is None:
            return
        for source in self.ask_for_file():
            self._bridge.work(partial(_take_in, shelf, source), self._on_taken_in, self._on_error)

    def _keep(self, editor: "TemplateEditor", template: Template, instead_of: str) -> None:
        shelf = self._shelf
        if shelf is None:
            return
        self._bridge.work(
            lambda: shelf.keep(template, instead_of=instead_of),
            lambda kept: self._on_kept(editor, kept),
            lambda error: editor.say(str(error)),
        )

    def _on_kept(self, editor: "TemplateEditor", kept: Template) -> None:
        editor.accept()
        self.moved.emit()
        self.kept.emit(kept)
        self.said.emit(f"Kept: {kept.name}", "done")

    def _on_deleted(self, template: Template) -> None:
        self._deleted.append(template)
        self.moved.emit()
        self.said.emit(f"Deleted: {template.name}", "")
        self.undo_possible.emit(True)

    def _on_restored(self, template: Template) -> None:
        self.moved.emit()
        self.kept.emit(template)
        self.said.emit(f"Back again: {template.name}", "done")

    def _on_exported(self, target: Path) -> None:
        self.said.emit(f"Exported as {target}", "done")

    def _on_taken_in(self, templates: tuple[Template, ...]) -> None:
        self.moved.emit()
        for template in templates[-1:]:
            self.kept.emit(template)
        self.said.emit(f"Imported: {', '.join(template.name for template in templates) or 'nothing was in it'}", "done")

    def _on_error(self, error: LegworkError) -> None:
        self.said.emit(str(error), "failed")


def _write(template: Template, target: Path) -> Path:
    try:
        target.write_bytes(write_templates((template,)))
    except OSError as error:
        raise StorageFailed(
            f"The template could not be written to {target} ({error.strerror}); Legwork still has it.",
            hint="Choose another folder, or free some space.",
        ) from error
    return target


def _take_in(shelf: TemplateShelf, source: Path) -> tuple[Template, ...]:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise StorageFailed(
            f"{source.name} could not be read ({error.strerror}); nothing was changed.", hint="Choose another file."
        ) from error
    return shelf.take_in(content, source.name)
