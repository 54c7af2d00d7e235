"""The window's way to the models: what the composer offers, the page *Models*, dropped files, a first suggestion."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.engine import DepotModel, DownloadState, DownloadStatus, Engine, ModelInfo
from desktop.ui import dialogs, model_wording, wording
from desktop.ui.bridge import Bridge
from desktop.ui.composer import Composer
from desktop.ui.model_row import Section
from desktop.ui.task_list import TaskList
from desktop.ui.theme import Theme

if TYPE_CHECKING:
    from desktop.ui.models_dialog import ModelsDialog

Choices = tuple[tuple[tuple[str, str], ...], tuple[ModelInfo, ...], Mapping[str, str]]
"""The kinds of task (name and title), the models, and those that were chosen for a kind."""


class ModelsDoor(QObject):
    """Keeps what the window offers up to date, and opens the page *Models*.

    `usual_changed(str)` is emitted with what a person calls the model that whoever names none gets; empty where there
    is none.
    """

    usual_changed = Signal(str)

    def __init__(self, bridge: Bridge, theme: Theme, composer: Composer, tasks: TaskList, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge, self._theme = bridge, theme
        self._composer, self._tasks, self._window = composer, tasks, parent
        self._kinds: dict[str, str] = {}
        self._dialog: ModelsDialog | None = None
        self._suggested: DepotModel | None = None
        self._has_asked = False
        bridge.downloads_changed.connect(self._on_downloads)
        composer.models_wanted.connect(self.open)
        tasks.welcomed.connect(self._suggest)
        tasks.models_wanted.connect(lambda: self.open(Section.RECOMMENDED))

    def look(self) -> None:
        """Offer what there is now."""
        self._bridge.call(_choices, self._on_choices)

    def open(self, section: Section = Section.INSTALLED) -> None:
        """Show the page *Models*, beside which the work goes on."""
        dialog = self._opened()
        dialog.show_section(section)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def close(self) -> None:
        """Close the page, if it is open."""
        if self._dialog is not None:
            self._dialog.close()

    def offer_files(self, paths: list[Path]) -> None:
        """Ask whether to use files that were dropped as models, once whoever dropped them is let go."""
        QTimer.singleShot(0, self, lambda: self._ask_to_add(paths))

    def _ask_to_add(self, paths: list[Path]) -> None:
        names = paths[0].name if len(paths) == 1 else f"these {len(paths)} files"
        if dialogs.ask_to_add(self._window, names):
            self.open()
            self._opened().add_files(paths)

    def _opened(self) -> "ModelsDialog":
        if self._dialog is None:
            from desktop.ui.models_dialog import ModelsDialog  # not before the first paint

            self._dialog = ModelsDialog(self._bridge, self._theme, self._window)
            self._dialog.changed.connect(self.look)
        self._dialog.name_kinds(self._kinds)
        return self._dialog

    def _on_choices(self, choices: Choices) -> None:
        kinds, models, by_kind = choices
        self._kinds = dict(kinds)
        self._composer.offer(kinds, models, by_kind)
        self.usual_changed.emit(wording.model_choice(models[0]) if models else "")
        self._tasks.delegate.name_kinds(self._kinds)
        self._tasks.view.viewport().update()

    def _on_downloads(self, statuses: tuple[DownloadStatus, ...]) -> None:
        if any(status.state is DownloadState.COMPLETED for status in statuses):
            self.look()
        for status in statuses:
            if self._suggested is not None and status.id == self._suggested.download:
                is_here = status.state is DownloadState.COMPLETED
                said = "" if is_here else f"{status.name}: {model_wording.download(status)}"
                self._tasks.suggest(said, "Look at the models…")

    def _suggest(self) -> None:
        """Who sees the list empty, and has only what came with Legwork, is told once of a better model."""
        if not self._has_asked:
            self._has_asked = True
            self._bridge.call(_better_models, self._on_better_models)

    def _on_better_models(self, better: tuple[DepotModel, ...]) -> None:
        if better:
            self._suggested = best = better[0]
            self._tasks.suggest(
                f"Legwork came with a very small model. {best.name} suits this machine and does far better.",
                f"Get {best.name} ({wording.size(best.size)})…",
            )


async def _choices(engine: Engine) -> Choices:
    by_kind = {} if engine.depot is None else await engine.depot.by_kind()
    return engine.kinds(), engine.models(), by_kind


async def _better_models(engine: Engine) -> tuple[DepotModel, ...]:
    """What suits this machine, the best one first; nothing where the person has models of their own already."""
    if engine.depot is None:
        return ()
    view = await engine.depot.look()
    if any(model.is_removable for model in view.installed):
        return ()
    recommended = await engine.depot.recommend()
    offered = {model.key: model for model in view.offered}
    return tuple(offered[key] for key in recommended.keys if key in offered)
