"""The window's way to the templates: the menu at the composer, the dialog, and *Save as template*."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from desktop.engine import LegworkError, TaskRequest
from desktop.templates import Field, FieldType, Shelf, Template, TemplateShelf, fill
from desktop.ui.bridge import Bridge
from desktop.ui.composer import Composer
from desktop.ui.template_commands import TemplateCommands

if TYPE_CHECKING:
    from desktop.ui.templates_dialog import TemplatesDialog

NAME_CHARACTERS = 40
"""Of a goal, in the name that is proposed for a template."""


class TemplatesDoor(QObject):
    """Keeps what is offered up to date. What is wrong with the person's file is told by `bridge.failed`."""

    def __init__(self, bridge: Bridge, composer: Composer, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge, self._composer, self._window = bridge, composer, parent
        self._shelf: TemplateShelf | None = None
        self._templates: tuple[Template, ...] = ()
        self._dialog: TemplatesDialog | None = None
        self.commands = TemplateCommands(bridge, parent)
        self.commands.moved.connect(self.look)
        self._menu = QMenu(composer.templates)
        self._menu.aboutToShow.connect(self._fill_menu)
        composer.templates.setMenu(self._menu)

    @property
    def dialog(self) -> "TemplatesDialog":
        """The dialog, made when it is first wanted."""
        if self._dialog is None:
            from desktop.ui.templates_dialog import TemplatesDialog  # not before the first paint

            self._dialog = TemplatesDialog(self.commands, self._window)
            self._dialog.used.connect(self._composer.take)
            self._offer()
        return self._dialog

    def use_folder(self, data: Path) -> None:
        """Say in which folder the person's templates are kept."""
        self._shelf = TemplateShelf(data)
        self.commands.use_shelf(self._shelf)

    def look(self) -> None:
        """See what there is now."""
        if self._shelf is not None:
            self._bridge.work(self._shelf.look, self._on_shelf)

    def open(self, identifier: str = "") -> None:
        """Show the dialog, with a template chosen."""
        dialog = self.dialog
        self._offer()
        attached = self._composer.attachments
        dialog.prefill([str(path) for path in attached.paths], [str(path) for path in attached.folders])
        dialog.open()
        if identifier:
            dialog.choose(identifier)
        else:
            dialog.filter.setFocus()
            dialog.filter.selectAll()
        self.look()

    def save(self) -> None:
        """Make a template of what stands in the composer."""
        request = self._composer.request()
        self.commands.name_kinds(self._titles)
        self.commands.compose(template_of(request))

    def use(self, template: Template) -> None:
        """Put a template without fields into the composer, or show the fields of one that has some."""
        if template.fields:
            self.open(template.id)
            return
        try:
            self._composer.take(fill(template, {}))
        except LegworkError as error:
            self._bridge.failed.emit(error)

    @property
    def _titles(self) -> dict[str, str]:
        return dict(self._composer.kind.titles)

    def _offer(self) -> None:
        self.commands.name_kinds(self._titles)
        if self._dialog is not None:
            self._dialog.offer(self._templates, self._titles)

    def _on_shelf(self, shelf: Shelf) -> None:
        self._templates = shelf.templates
        self._offer()
        if shelf.problem:
            self._bridge.failed.emit(LegworkError(shelf.problem))

    def _fill_menu(self) -> None:
        self._menu.clear()
        usable = [template for template in self._templates if template.kind in self._titles]
        own = [template for template in usable if template.own]
        for template in own:
            self._add(template)
        if own:
            self._menu.addSeparator()
        for template in usable:
            if not template.own:
                self._add(template)
        self._menu.addSeparator()
        self._menu.addAction("All templates…", self.open)
        self._menu.addAction("Save as template…", self.save)

    def _add(self, template: Template) -> None:
        action = self._menu.addAction(template.name.replace("&", "&&"))
        action.setToolTip(template.about)
        action.triggered.connect(lambda _checked=False: self.use(template))


def template_of(request: TaskRequest) -> Template:
    """A template that makes this request again; files are asked for where it had some."""
    files = Field(name="files", title="Files", type=FieldType.FILES)
    name = " ".join(request.goal.split())[:NAME_CHARACTERS].strip() or "My template"
    return Template(
        id="",
        name=name,
        kind=request.kind,
        goal=request.goal,
        fields=(files,) if request.inputs else (),
        options=dict(request.options),
        own=True,
    )
