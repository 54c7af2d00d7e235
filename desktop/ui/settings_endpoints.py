"""The page of the settings for model servers: a form for each, and a trial that says what it found."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.models.endpoints.choice import MOST_SLOTS, EndpointChoice
from desktop.ui.labels import set_mood
from desktop.ui.settings_pages import FIELD_HEIGHT, add_line, explained, lines, lines_of, new_form, secret_field

_ABOUT: Final = (
    "Another machine can do the thinking: any server that speaks OpenAI's API, such as llama-server, vLLM, Ollama or "
    "LM Studio. What a task asks, with the text of its documents, is then sent there. It happens only to tasks whose "
    "model you choose from such a server."
)
_NONE: Final = "No server is listed."
_NEW: Final = "server"
_MOST_CONTEXT: Final = 10_000_000
_MODELS_HEIGHT: Final = 84


class EndpointForm(QWidget):
    """One server."""

    def __init__(self, choice: EndpointChoice) -> None:
        super().__init__()
        self.name, self.url = QLineEdit(choice.name), QLineEdit(choice.url)
        self.models: QPlainTextEdit = lines("Models", choice.models)
        self.context, self.slots, self.typed_secret = QSpinBox(), QSpinBox(), secret_field()
        self.url.setPlaceholderText("http://gpu-box:8080/v1")
        self.models.setPlaceholderText("one a line, as the server calls them; “Try it” lists them")
        self.models.setFixedHeight(_MODELS_HEIGHT)
        self.context.setRange(0, _MOST_CONTEXT)
        self.context.setSingleStep(1024)
        self.context.setGroupSeparatorShown(True)
        self.context.setSpecialValueText("what the server says")
        self.context.setSuffix(" tokens")
        self.context.setValue(choice.context_tokens or 0)
        self.slots.setRange(1, MOST_SLOTS)
        self.slots.setValue(choice.slots)
        form = new_form()
        form.setContentsMargins(0, 0, 0, 0)
        for label, field in (
            ("Name", self.name),
            ("Address", self.url),
            ("Key", self.typed_secret),
            ("Models", self.models),
            ("Context", self.context),
            ("Questions at once", self.slots),
        ):
            add_line(form, label, field)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self.setLayout(form)

    def choice(self) -> EndpointChoice:
        """What is chosen now."""
        return EndpointChoice(
            name=self.name.text().strip(),
            url=self.url.text().strip(),
            models=lines_of(self.models),
            context_tokens=self.context.value() or None,
            slots=self.slots.value(),
        )

    def offer(self, models: tuple[str, ...]) -> None:
        """Fill in what the server has, where no model is named yet."""
        if not lines_of(self.models):
            self.models.setPlainText("\n".join(models))


class EndpointsPage(QWidget):
    """The servers, of which one is shown."""

    def __init__(self, choices: tuple[EndpointChoice, ...]) -> None:
        super().__init__()
        self.chooser = QComboBox()
        self.add, self.remove = QPushButton("Add"), QPushButton("Remove")
        self.forms = QStackedWidget()
        self.test = QPushButton("Try it")
        self.said = QLabel()
        self._build()
        for choice in choices:
            self._append(choice)
        self._choose(0)

    @property
    def current(self) -> EndpointForm | None:
        """The form of the server that is shown."""
        shown = self.forms.currentWidget()
        return shown if isinstance(shown, EndpointForm) else None

    def choices(self) -> tuple[EndpointChoice, ...]:
        """What is chosen now."""
        return tuple(form.choice() for form in self._all())

    def typed(self) -> dict[EndpointChoice, str]:
        """The keys that were typed."""
        return {form.choice(): key for form in self._all() if (key := form.typed_secret.text().strip())}

    def say(self, text: str, mood: str = "") -> None:
        """Say what came of the trial."""
        self.said.setText(text)
        set_mood(self.said, mood)

    def show_trying(self, trying: bool) -> None:
        """A server that is being tried stays where it is."""
        for part in (self.test, self.chooser, self.add, self.remove):
            part.setEnabled(not trying)

    def _all(self) -> list[EndpointForm]:
        found = (self.forms.widget(row) for row in range(self.forms.count()))
        return [form for form in found if isinstance(form, EndpointForm)]

    def _build(self) -> None:
        self.chooser.setAccessibleName("Server")
        self.chooser.setMinimumHeight(FIELD_HEIGHT)
        self.chooser.setPlaceholderText(_NONE)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAccessibleName("What came of the trial")
        for button in (self.add, self.remove, self.test):
            button.setAutoDefault(False)
        self.chooser.currentIndexChanged.connect(self._show)
        self.add.clicked.connect(self._on_add)
        self.remove.clicked.connect(self._on_remove)
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.chooser, 1)
        above.addWidget(self.add)
        above.addWidget(self.remove)
        below.addWidget(self.test, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(16)
        column.addWidget(explained(_ABOUT))
        column.addLayout(above)
        column.addWidget(self.forms)
        column.addStretch(1)
        column.addLayout(below)

    def _append(self, choice: EndpointChoice) -> None:
        form = EndpointForm(choice)
        self.forms.addWidget(form)
        self.chooser.addItem(choice.name)
        form.name.textChanged.connect(lambda name: self.chooser.setItemText(self.forms.indexOf(form), name))

    def _choose(self, row: int) -> None:
        self.chooser.setCurrentIndex(row)  # nothing is chosen by itself where a placeholder says that there is nothing
        self._show(row)

    def _show(self, row: int) -> None:
        self.forms.setCurrentIndex(row)
        self.forms.setVisible(self.forms.count() > 0)
        self.remove.setEnabled(self.forms.count() > 0)
        self.test.setEnabled(self.forms.count() > 0)
        self.say("")

    def _on_add(self) -> None:
        names = {choice.name for choice in self.choices()}
        name = next(each for n in range(1, len(names) + 2) if (each := f"{_NEW}-{n}") not in names)
        self._append(EndpointChoice(name=name, url=""))
        self._choose(self.forms.count() - 1)
        form = self._all()[-1]
        form.name.setFocus()
        form.name.selectAll()

    def _on_remove(self) -> None:
        form = self.current
        if form is None:
            return
        row = self.forms.indexOf(form)
        self.forms.removeWidget(form)
        form.deleteLater()
        self.chooser.removeItem(row)
        self._choose(max(0, row - 1))
