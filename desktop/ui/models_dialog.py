"""The models: installed, recommended, all that are offered, and found on this machine."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedLayout,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Appraisal, DepotView, DownloadState, DownloadStatus, Fits, LegworkError, Recommendation
from desktop.ui import dialogs, model_wording
from desktop.ui.bridge import Bridge
from desktop.ui.dropped import dropped_models, is_model
from desktop.ui.labels import ElidedLabel, breakable, quiet, set_mood
from desktop.ui.model_buttons import ModelButtons
from desktop.ui.model_commands import ModelCommands
from desktop.ui.model_delegate import ModelDelegate
from desktop.ui.model_list import ModelListModel
from desktop.ui.model_row import ModelRow, Section, named_defaults, rows_of
from desktop.ui.theme import Theme
from desktop.ui.wording import size

SECTIONS: Final = tuple(Section)
_NOTHING: Final = {
    Section.INSTALLED: "No model is here yet. Recommended has those that suit this machine.",
    Section.RECOMMENDED: "None of the models on offer fits into this machine's memory.",
    Section.ALL: "There is nothing to download.",
    Section.FOUND: "LM Studio, Ollama and the Hugging Face cache hold no models here that are not used already. "
    "Drop a .gguf file on this window to use one from anywhere else.",
}
_LOOKING: Final = "Looking at this machine…"
_NO_MATCH: Final = "No model here has these words."
_BY_ADDRESS: Final = "Any other GGUF file of the hub is downloaded by its address: owner/name/file.gguf, then Enter."
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ModelsDialog(QDialog):
    """Lists models; what can be done with the chosen one stands below.

    `changed()` is emitted when models came, went or were chosen.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kinds: dict[str, str] = {}
        self._view: DepotView | None = None
        self._recommendation: Recommendation | None = None
        self._appraisals: dict[str, Appraisal] = {}
        self._appraised = ""  # the model that is looked at just now
        self._forgotten = ""  # the file of the model that was forgotten last
        self.commands = ModelCommands(bridge, lambda *asked: dialogs.confirm(self, *asked), self)
        self.machine, self.advice = QLabel(_LOOKING), quiet(QLabel())
        self.sections, self.filter = QTabBar(), QLineEdit()
        self.model, self.list = ModelListModel(self), QListView()
        self.nothing, self.about, self.said = quiet(QLabel()), quiet(QLabel()), QLabel()
        self.path = quiet(ElidedLabel())
        self.undo, self.add, self.leave = QPushButton("U&ndo"), QPushButton("&Add a file…"), QPushButton("C&lose")
        self.buttons = ModelButtons(self.commands)
        self._pages = QStackedLayout()
        self._build(theme)
        self._lay_out()
        self._connect()

    def name_kinds(self, kinds: Mapping[str, str]) -> None:
        """Say what each kind of task is called."""
        self._kinds = dict(kinds)

    @property
    def section(self) -> Section:
        """The section that is shown."""
        return SECTIONS[self.sections.currentIndex()]

    def show_section(self, section: Section) -> None:
        """Turn to a section."""
        self.sections.setCurrentIndex(SECTIONS.index(section))

    @property
    def chosen(self) -> ModelRow | None:
        """The row that is chosen."""
        row = self.list.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def refresh(self) -> None:
        """Look at everything anew."""
        self._bridge.call_depot(lambda depot: depot.look(), self._on_view, self._on_failed)

    def add_files(self, paths: list[Path]) -> None:
        """Use these model files where they lie, and show them."""
        if paths:
            self.show_section(Section.INSTALLED)
            self.commands.add(paths)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at what there is, and at the machine."""
        super().showEvent(event)
        self._appraisals.clear()
        self.refresh()
        self._bridge.call_depot(lambda depot: depot.recommend(), self._on_recommendation, self._on_failed)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take model files."""
        if dropped_models(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Use what was dropped, where it lies."""
        self.add_files(dropped_models(event.mimeData()))
        event.acceptProposedAction()

    def _build(self, theme: Theme) -> None:
        self.setWindowTitle("Models")
        self.setAcceptDrops(True)
        self.resize(840, 680)
        for section in SECTIONS:
            self.sections.addTab(section.value)
        self.sections.setExpanding(False)
        self.sections.setDrawBase(False)
        self.filter.setPlaceholderText("Filter")
        self.filter.setClearButtonEnabled(True)
        self.list.setModel(self.model)
        self.list.setItemDelegate(ModelDelegate(theme, self.list))
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        for label in (self.machine, self.advice, self.nothing, self.about, self.said):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.nothing.setMargin(32)
        self.about.setMinimumHeight(2 * self.about.fontMetrics().lineSpacing())  # the list keeps its room
        self.about.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for widget, name in (
            (self.machine, "This machine"),
            (self.sections, "Sections"),
            (self.filter, "Filter the models"),
            (self.list, "Models"),
            (self.about, "About the chosen model"),
            (self.path, "Its file"),
            (self.said, "What was done"),
        ):
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        head, outcome, last = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.sections, 1)
        head.addWidget(self.filter)
        self._pages.addWidget(self.nothing)
        self._pages.addWidget(self.list)
        outcome.addWidget(self.said, 1)
        outcome.addWidget(self.undo)
        last.setSpacing(8)
        last.addWidget(self.buttons)
        last.addStretch(1)
        for button in (self.add, self.leave, self.undo):
            button.setAutoDefault(False)
        last.addWidget(self.add)
        last.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for label in (self.machine, self.advice):
            column.addWidget(label)
        column.addLayout(head)
        column.addLayout(self._pages, 1)
        below = QVBoxLayout()
        below.setSpacing(0)
        for label in (self.about, self.path):
            below.addWidget(label)
        column.addLayout(below)
        column.addLayout(outcome)
        column.addLayout(last)
        for part in (self.advice, self.said, self.undo):
            part.hide()

    def _connect(self) -> None:
        self.sections.currentChanged.connect(self._list)
        self.filter.textChanged.connect(self._list)
        self.filter.returnPressed.connect(self._download_typed)
        self.list.selectionModel().currentChanged.connect(self._follow)
        self.list.doubleClicked.connect(self.buttons.first)
        self.model.dataChanged.connect(self._follow)
        for keys, do in ((_ENTER, self.buttons.first), ((Qt.Key.Key_Delete,), self.buttons.remove.click)):
            for key in keys:
                shortcut = QShortcut(QKeySequence(key), self.list)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.activated.connect(do)
        self.add.clicked.connect(lambda: self.add_files(dialogs.ask_for_models(self)))
        self.undo.clicked.connect(self._undo)
        self.leave.clicked.connect(self.close)
        self.commands.changed.connect(self._on_changed)
        self.commands.said.connect(self._say)
        self.commands.forgotten.connect(self._on_forgotten)
        self._bridge.downloads_changed.connect(self._on_downloads)

    def _on_view(self, view: DepotView) -> None:
        is_first, self._view = self._view is None, view
        counts = {Section.INSTALLED: len(view.installed), Section.FOUND: len(view.found)}
        for section, count in counts.items():
            self.sections.setTabText(SECTIONS.index(section), f"{section.value} {count}" if count else section.value)
        self._show_machine()
        self._list()
        if is_first:
            self.list.setFocus()

    def _on_recommendation(self, recommendation: Recommendation) -> None:
        self._recommendation = recommendation
        self.advice.setText(recommendation.advice)
        self.advice.setVisible(bool(recommendation.advice))
        self._show_machine()
        self._list()

    def _on_failed(self, error: LegworkError) -> None:
        self._say(str(error), "failed")

    def _show_machine(self) -> None:
        free = f" · {size(self._view.disk_free)} free on the disk" if self._view and self._view.disk_free else ""
        machine = self._recommendation.machine if self._recommendation else _LOOKING
        self.machine.setText(f"{machine}{free}" if self._recommendation else machine)

    def _list(self) -> None:
        """Show the rows of the section that have the words of the filter; the chosen model stays chosen."""
        if self._view is None:
            return
        chosen = self.chosen
        keys = self._recommendation.keys if self._recommendation else ()
        names = named_defaults(self._view, self._kinds)
        all_rows = rows_of(self._view, self.section, keys)
        words = self.filter.text().lower().split()
        self.model.show([self._known(row, names) for row in all_rows if _has(row, words)])
        self._pages.setCurrentIndex(1 if self.model.rows else 0)
        self.nothing.setText(f"{_NO_MATCH} {_BY_ADDRESS}" if all_rows else self._why_nothing())
        if self.model.rows and self.chosen is None:
            row = self.model.row_of(chosen.key) if chosen else None
            self.list.setCurrentIndex(self.model.index(row or 0))
        self._follow()
        self._appraise_next()

    def _why_nothing(self) -> str:
        looks = self.section is Section.RECOMMENDED and self._recommendation is None
        return _LOOKING if looks else _NOTHING[self.section]

    def _known(self, row: ModelRow, names: Mapping[str, tuple[str, ...]]) -> ModelRow:
        default_for = names.get(row.model.name, ()) if row.model.is_here and not row.is_offered else ()
        return replace(row, appraisal=self._appraisals.get(row.key), default_for=default_for)

    def _appraise_next(self) -> None:
        """Ask what the next model of this section takes; files are read one after the other."""
        unknown = next(
            (row.key for row in self.model.rows if row.can_be_appraised and row.key not in self._appraisals), None
        )
        if unknown is None or self._appraised:
            return
        self._appraised = unknown
        self._bridge.call_depot(
            lambda depot: depot.appraise(unknown),
            lambda appraisal: self._on_appraisal(unknown, appraisal),
            lambda error: self._on_appraisal(unknown, Appraisal(fits=Fits.UNKNOWN, note=error.message)),
        )

    def _on_appraisal(self, key: str, appraisal: Appraisal) -> None:
        self._appraised = ""
        self._appraisals[key] = appraisal
        self.model.appraised(key, appraisal)
        self._appraise_next()

    def _on_downloads(self, statuses: tuple[DownloadStatus, ...]) -> None:
        if not self.isVisible():
            return
        known = {status.id for status in self._view.downloads} if self._view else set()
        if any(status.state is DownloadState.COMPLETED or status.id not in known for status in statuses):
            self.refresh()
        else:
            self.model.moved(statuses)

    def _on_changed(self) -> None:
        self.refresh()
        self.changed.emit()
        self.list.setFocus()

    def _download_typed(self) -> None:
        """Download what was typed where it is the address of a file."""
        address = self.filter.text().strip()
        if is_model(Path(address)) and "/" in address:
            self.filter.clear()
            self.show_section(Section.INSTALLED)
            self.commands.download(address)

    def _follow(self) -> None:
        """Say more of the chosen model, and offer what can be done with it."""
        row = self.chosen
        self.buttons.follow(row, self._kinds, self._view.by_kind if self._view else {})
        for label, text in (
            (self.about, breakable(model_wording.about(row)) if row else ""),
            (self.path, row.model.path if row else ""),
        ):
            label.setText(text)
        QTimer.singleShot(0, self.list, self._show_chosen)  # once the list has the room that is left

    def _show_chosen(self) -> None:
        self.list.scrollTo(self.list.currentIndex())

    def _say(self, text: str, mood: str) -> None:
        self.said.setText(breakable(text))
        self.said.show()
        self.undo.hide()
        set_mood(self.said, mood)

    def _on_forgotten(self, path: str) -> None:
        self._forgotten = path
        self.undo.show()

    def _undo(self) -> None:
        self.undo.hide()
        self.commands.add([Path(self._forgotten)])


def _has(row: ModelRow, words: list[str]) -> bool:
    """Whether all words stand in what a row says."""
    said = f"{row.model.name} {model_wording.facts(row)} {row.model.about}".lower()
    return all(word in said for word in words)
