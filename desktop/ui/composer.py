"""Where a task is composed: goal, files, kind and model, the estimate before Start, and Start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Forecast, LegworkError, ModelInfo, Task, TaskRequest
from desktop.ui import wording
from desktop.ui.attachments import Attachments
from desktop.ui.bridge import Asking, Bridge
from desktop.ui.chooser import Chooser
from desktop.ui.goal_edit import GoalEdit
from desktop.ui.kind_chooser import KindChooser
from desktop.ui.kind_suggestion import suggest_kind
from desktop.ui.labels import ElidedLabel, quiet, set_mood
from desktop.ui.options_panel import OptionsPanel
from desktop.ui.theme import Theme

ESTIMATE_DELAY: Final = 350
"""Milliseconds of silence after which what is typed is estimated."""

KEEPING_DELAY: Final = 2000
"""Milliseconds after which a task that the engine has not kept yet can be given up."""

NARROW: Final = 560
_NARROWEST_MODEL: Final = 72  # pixels; its whole name is in the tooltip
_GAPS: Final = 80  # pixels between and around what stands beside the estimate
_IN_LINE: Final = QBoxLayout.Direction.LeftToRight
_STACKED: Final = QBoxLayout.Direction.TopToBottom

NO_MODEL: Final = "No model"
_STILL_KEPT: Final = "The task is still being kept: the disk does not answer yet. What you typed stays here until then."
_GIVEN_UP: Final = "Given up: the task will not run. What you typed is still here."


class Composer(QFrame):
    """Asks for a task. `submitted(Task)` is emitted when the engine has taken it, `models_wanted()` where the person
    means to look at the models.
    """

    submitted = Signal(object)
    models_wanted = Signal()

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._bridge = bridge
        self._theme = theme
        self._generation = 0
        self._model: str | None = None
        self._models: tuple[ModelInfo, ...] = ()
        self._by_kind: dict[str, str] = {}
        self.goal = GoalEdit()
        self.attachments = Attachments(theme)
        self.options = OptionsPanel(bridge)
        self.kind = KindChooser()
        self.model = Chooser("Model", "Model", strong=False)
        self.attach, self.templates, self.tune = QToolButton(), QToolButton(), QToolButton()
        self.estimate = ElidedLabel()
        self.start = QPushButton("Start")
        self.message = QLabel()
        self._row = QBoxLayout(_IN_LINE)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ESTIMATE_DELAY)
        self._timer.timeout.connect(self._ask_estimate)
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEEPING_DELAY)
        self._keeping.timeout.connect(self._on_slow)
        self._asking: Asking | None = None
        self._build()
        self._connect()
        self._paint_icons()

    def request(self) -> TaskRequest:
        """What stands in the composer now."""
        return TaskRequest(
            kind=self.kind.kind,
            goal=self.goal.toPlainText(),
            inputs=self.attachments.inputs,
            options=self.options.options(),
            model=self._model,
        )

    def take(self, request: TaskRequest) -> None:
        """Show a request, to be changed or started: its kind as a choice, its options, its goal, and its files."""
        if request.kind in self.kind.titles:
            self.kind.choose(request.kind)
            self.options.take(request.kind, request.options)
        self.tune.setChecked(bool(self.options.options()))
        self.attachments.add([Path(given.path) for given in request.inputs if given.path])
        self.write_goal(request.goal)

    def add_paths(self, paths: list[Path]) -> None:
        """Attach files and folders, and turn to the goal."""
        self.attachments.add(paths)
        self.goal.setFocus()

    def write_goal(self, text: str) -> None:
        """Put a goal into the field, to be changed or started."""
        self.goal.setPlainText(text)
        self.goal.moveCursor(self.goal.textCursor().MoveOperation.End)
        self.goal.setFocus()

    def set_dropping(self, dropping: bool) -> None:
        """Show that files may be dropped now."""
        self._mark("dropping", dropping)

    def offer(
        self,
        kinds: tuple[tuple[str, str], ...],
        models: tuple[ModelInfo, ...],
        by_kind: Mapping[str, str] | None = None,
    ) -> None:
        """Say which kinds of task and which models there are, the usual model first.

        `by_kind` has the models of kinds that have one of their own. What the person chose stays, where it still is.
        """
        self._models, self._by_kind = models, dict(by_kind or {})
        self.kind.offer_kinds(dict(kinds))
        if self._model not in [model.name for model in models]:
            self._model = None
        self._suggest()
        self._offer_models()
        self._refresh_estimate()

    def offer_files(self, actions: list[QAction]) -> None:
        """Put what adds files and folders behind the paperclip."""
        menu = QMenu(self.attach)
        menu.addActions(actions)
        self.attach.setMenu(menu)

    def submit(self) -> None:
        """Hand the task to the engine; what was typed stays until the engine has it."""
        if self._asking is not None:
            return
        self._timer.stop()
        self._generation += 1
        self.start.setEnabled(False)
        self.start.setText("Starting…")
        request = self.request()
        self._keeping.start()
        self._asking = self._bridge.call(lambda engine: engine.submit(request), self._on_submitted, self._on_refused)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep estimate and Start where they fit."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Give estimate and Start a line of their own where they do not fit beside the choices."""
        parts = (self.attach, self.templates, self.kind, self.tune, self.model, self.start)
        needed = sum(part.sizeHint().width() for part in parts)
        needed += self.estimate.fontMetrics().horizontalAdvance(self.estimate.text()) + _GAPS
        self._row.setDirection(_STACKED if self.width() < max(NARROW, needed) else _IN_LINE)

    def _build(self) -> None:
        quiet(self.estimate)
        self.estimate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.estimate.setAccessibleName("Estimated time")
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAccessibleName("What is in the way")
        self.message.hide()
        self.start.setObjectName("start")
        self.start.setAccessibleName("Start")
        self.start.setToolTip("Start the task (Ctrl+Enter)")
        self.attach.setAccessibleName("Add files")
        self.attach.setToolTip("Add files (Ctrl+O) or a folder (Ctrl+Shift+O)")
        self.templates.setAccessibleName("Templates")
        self.templates.setToolTip("Frequent jobs with their fields (Ctrl+L shows all)")
        self.tune.setAccessibleName("Options")
        self.tune.setToolTip("Options of this kind of task (Ctrl+T)")
        self.tune.setCheckable(True)
        self.model.setMinimumWidth(_NARROWEST_MODEL)
        for button in (self.attach, self.templates):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._lay_out()

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(4)
        for widget in (self.attach, self.templates, self.kind, self.tune, self.model):
            choices.addWidget(widget)
        choices.addStretch(1)
        end = QHBoxLayout()
        end.setSpacing(16)
        end.addWidget(self.estimate, 1)
        end.addWidget(self.start)
        self._row.setSpacing(8)
        self._row.addLayout(choices)
        self._row.addLayout(end, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 8)
        column.setSpacing(8)
        for part in (self.goal, self.attachments, self.options, self.message):
            column.addWidget(part)
        column.addLayout(self._row)

    def _connect(self) -> None:
        self.goal.textChanged.connect(self._on_edited)
        self.goal.focused.connect(lambda has: self._mark("focused", has))
        self.attachments.changed.connect(self._on_edited)
        self.kind.kind_changed.connect(self._on_kind)
        self.model.chosen.connect(self._choose_model)
        self.options.changed.connect(self._on_options)
        self.tune.toggled.connect(self._show_options)
        self.start.clicked.connect(self._on_start)
        self._theme.changed.connect(self._paint_icons)
        self._bridge.attached.connect(self._on_edited)
        self._bridge.moved.connect(self._refresh_estimate)

    def _paint_icons(self) -> None:
        self.start.setIcon(self._theme.icon("play" if self._asking is None else "close", "on_accent"))
        self._paint_tune()
        for button, glyph in ((self.attach, "paperclip"), (self.templates, "text-box-multiple-outline")):
            button.setIcon(self._theme.icon(glyph))
            button.setIconSize(QSize(18, 18))
        for chooser in (self.kind, self.model):
            chooser.setIcon(self._theme.icon("chevron-down"))

    def _mark(self, name: str, on: bool) -> None:
        self.setProperty(name, on)
        self.style().unpolish(self)
        self.style().polish(self)

    def _offer_models(self) -> None:
        """The one that this kind of task uses where nobody says otherwise comes first, by its name."""
        named = [(wording.model_choice(model), model.name) for model in self._models]
        choices = [(self._usual_choice(), None), *named]
        menu = self.model.offer(choices, self._model)
        menu.addSeparator()
        menu.addAction("Get and manage models…", self.models_wanted.emit)
        self._arrange()

    def _usual_choice(self) -> str:
        own = self._by_kind.get(self.kind.kind)
        usual = next((model for model in self._models if own is None or own in (model.name, model.path)), None)
        named = own if usual is None else wording.model_choice(usual)
        return f"Default: {named}" if named else NO_MODEL

    def _suggest(self) -> None:
        self.kind.suggest(suggest_kind(self.goal.toPlainText(), self.attachments.names, self.kind.titles))
        self._arrange()

    def _on_kind(self, kind: str) -> None:
        self.options.show_kind(kind)
        self._offer_models()
        self._on_options()

    def _on_options(self) -> None:
        self._paint_tune()
        self._estimate_anew()

    def _show_options(self, shown: bool) -> None:
        self.options.setVisible(shown)
        self._paint_tune()

    def _paint_tune(self) -> None:
        """The icon tells that something is not as usual, also while the panel is closed."""
        unusual = bool(self.options.options())
        self.tune.setIcon(self._theme.icon("tune-variant", "accent" if unusual else "quiet"))
        self.tune.setIconSize(QSize(18, 18))
        self.tune.setAccessibleDescription("Some are not as usual" if unusual else "All are as usual")

    def _choose_model(self, model: str | None) -> None:
        self._model = model
        self._estimate_anew()

    def _on_edited(self) -> None:
        self._suggest()
        self._estimate_anew()

    def _estimate_anew(self) -> None:
        self._generation += 1
        self._say("")
        if not self._has_something:
            self._timer.stop()
            self.estimate.setText("")
            return
        self.estimate.setText(wording.ESTIMATING)
        self._timer.start()

    @property
    def _has_something(self) -> bool:
        return bool(self.goal.toPlainText().strip())

    def _refresh_estimate(self) -> None:
        """The queue moved, so the wait may have changed; what is shown stays until the new figure is there."""
        if self._has_something and self._asking is None and self.message.isHidden():
            self._timer.start()

    def _ask_estimate(self) -> None:
        generation, request = self._generation, self.request()
        self._bridge.call(
            lambda engine: engine.estimate(request),
            lambda forecast: self._on_estimate(generation, forecast),
            lambda error: self._on_no_estimate(generation, error),
        )

    def _on_estimate(self, generation: int, forecast: Forecast) -> None:
        if generation == self._generation:
            self.estimate.setText(wording.forecast(forecast))
            self._arrange()

    def _on_no_estimate(self, generation: int, error: LegworkError) -> None:
        if generation == self._generation:
            self.estimate.setText("")
            self._say(str(error), "needs")

    def _on_start(self) -> None:
        if self._asking is None:
            self.submit()
            return
        self._asking.give_up()
        self._ready()
        self._say(_GIVEN_UP, "needs")

    def _on_slow(self) -> None:
        self._say(_STILL_KEPT, "needs")
        self.start.setText("Give up")
        self.start.setEnabled(True)
        self._paint_icons()

    def _on_submitted(self, task: Task) -> None:
        self._ready()
        self.kind.begin_anew()
        self.goal.clear()
        self.attachments.clear()
        self.options.reset()
        self.tune.setChecked(False)
        self.submitted.emit(task)

    def _on_refused(self, error: LegworkError) -> None:
        self._ready()
        self.estimate.setText("")
        self._say(str(error), "failed")
        self.goal.setFocus()

    def _ready(self) -> None:
        self._asking = None
        self._keeping.stop()
        self._say("")
        self.start.setEnabled(True)
        self.start.setText("Start")
        self._paint_icons()

    def _say(self, text: str, mood: str = "") -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))
        set_mood(self.message, mood)
