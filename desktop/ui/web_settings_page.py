"""The page of the settings that is about the web: who searches it, and what agents reach besides."""

from typing import Final

from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from desktop.notify import SecretName
from desktop.tools import SearchEngine, WebChoice
from desktop.ui.settings_pages import add_line, explained, lines, lines_of, new_form, secret_field

_ENGINES: Final = (
    (SearchEngine.OFF, "Nobody: agents don't search"),
    (SearchEngine.SEARXNG, "A SearXNG"),
    (SearchEngine.BRAVE, "Brave Search, with a key"),
)


class WebSettingsPage(QWidget):
    """Shows the choice, and gives it back as it was changed. The key is never shown."""

    secret = SecretName.BRAVE_KEY

    def __init__(self, choice: WebChoice) -> None:
        super().__init__()
        self.form = new_form()
        self.engine, self.searxng, self.typed_secret = QComboBox(), QLineEdit(choice.searxng), secret_field()
        for engine, name in _ENGINES:
            self.engine.addItem(name, engine)
        self.engine.setCurrentIndex([engine for engine, _ in _ENGINES].index(choice.search))
        self.engine.currentIndexChanged.connect(lambda _: self._follow())
        self.searxng.setPlaceholderText("https://searx.example.com")
        self.hosts = lines("Hosts that agents reach", choice.allowed_hosts)
        self.hosts.setPlaceholderText("wiki.local:8080")
        self._build()
        self._follow()

    def choice(self) -> WebChoice:
        """What is chosen now."""
        return WebChoice(
            search=_ENGINES[self.engine.currentIndex()][0],
            searxng=self.searxng.text().strip(),
            allowed_hosts=lines_of(self.hosts),
        )

    def _build(self) -> None:
        for name, field in (("Search with", self.engine), ("Address", self.searxng), ("Key", self.typed_secret)):
            add_line(self.form, name, field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(16)
        column.addWidget(explained("What agents search for leaves this machine, for the search engine that you name."))
        column.addLayout(self.form)
        column.addWidget(
            explained(
                "Agents read public pages, over https. Name the hosts of this machine and its network that they may "
                "read from too, one a line, with a port where only that is meant."
            )
        )
        column.addWidget(self.hosts, 1)

    def _follow(self) -> None:
        engine = _ENGINES[self.engine.currentIndex()][0]
        self.form.setRowVisible(self.searxng, engine is SearchEngine.SEARXNG)
        self.form.setRowVisible(self.typed_secret, engine is SearchEngine.BRAVE)
