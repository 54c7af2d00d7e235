"""The settings: how the person is told, whom programs may have called, models, and what agents reach of the web."""

import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTabWidget, QVBoxLayout, QWidget

from desktop.engine import ChannelKind, Engine, LegworkError, SystemClock
from desktop.notify import Choices, SecretDrawer, SecretName, send_test
from desktop.notify.secret_drawer import VARIABLES
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.ui.bridge import Bridge
from desktop.ui.settings_pages import CommandPage, MailPage, ModelsPage, NtfyPage, Page, WebhooksPage
from desktop.ui.web_settings_page import WebSettingsPage

SendTest = Callable[[ChannelKind, Choices, SecretDrawer], Coroutine[Any, Any, None]]


class SettingsDialog(QDialog):
    """Shows the settings and saves them. Passwords and tokens go to the keyring, and are never shown."""

    def __init__(self, bridge: Bridge, file: SettingsFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._file = file
        self.drawer = SecretDrawer()
        self.send: SendTest = _send
        settings = file.current()
        self.mail, self.ntfy = MailPage(settings.mail), NtfyPage(settings.ntfy)
        self.command, self.webhooks = CommandPage(settings.command), WebhooksPage(settings.allowed_webhook_hosts)
        self.models = ModelsPage(settings.hub_address)
        self.web = WebSettingsPage(settings.web)
        self.problem = QLabel()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.tabs = QTabWidget()
        self._build()

    def changed(self) -> Settings:
        """The settings as they are shown now; what is not shown is as it was."""
        return replace(
            self._file.current(),
            mail=self.mail.choice(),
            ntfy=self.ntfy.choice(),
            command=self.command.choice(),
            allowed_webhook_hosts=self.webhooks.choice(),
            hub_address=self.models.choice(),
            web=self.web.choice(),
        )

    def save(self) -> None:
        """Keep what was typed, secrets first, and close; what can't be kept is said, and all stays as it was."""
        if problem := self.models.problem():
            self.tabs.setCurrentWidget(self.models)
            self._say(problem)
            return
        secrets, settings = self._typed(), self.changed()
        self.buttons.setEnabled(False)

        def keep() -> None:
            for name, secret in secrets.items():
                self.drawer.keep(name, secret)
            self._file.save(settings)

        self._bridge.work(keep, lambda _: self.accept(), self._on_problem)

    def _build(self) -> None:
        self.setWindowTitle("Settings")
        self.resize(560, 600)
        self.problem.setProperty("mood", "failed")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.tabs.setDocumentMode(True)
        for page, name in (
            (self.mail, "E-mail"),
            (self.ntfy, "Phone"),
            (self.command, "Command"),
            (self.webhooks, "Webhooks"),
            (self.models, "Models"),
            (self.web, "Web"),
        ):
            self.tabs.addTab(page, name)
        for page in (self.mail, self.ntfy, self.command):
            page.test.clicked.connect(lambda _=False, tried=page: self._try(tried))
            page.test.setAutoDefault(False)
        self.buttons.accepted.connect(self.save)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        for part in (self.tabs, self.problem, self.buttons):
            column.addWidget(part)

    def _typed(self) -> dict[SecretName, str]:
        pages = (self.mail, self.ntfy, self.models, self.web)
        return {page.secret: typed for page in pages if (typed := page.typed_secret.text())}

    def _try(self, page: Page) -> None:
        page.test.setEnabled(False)
        page.say("Sending…")
        typed = {VARIABLES[name]: secret for name, secret in self._typed().items()}
        drawer = SecretDrawer({**os.environ, **typed})
        choices = self.changed().choices

        def on_sent(_: None) -> None:
            page.test.setEnabled(True)
            page.say("Sent. See whether it arrives.", "done")

        def on_failed(error: LegworkError) -> None:
            page.test.setEnabled(True)
            page.say(str(error), "failed")

        async def send(_engine: Engine) -> None:
            await self.send(page.channel, choices, drawer)

        self._bridge.call(send, on_sent, on_failed)

    def _on_problem(self, error: LegworkError) -> None:
        self.buttons.setEnabled(True)
        self._say(str(error))

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.show()


async def _send(channel: ChannelKind, choices: Choices, drawer: SecretDrawer) -> None:
    await send_test(channel, choices, clock=SystemClock(), drawer=drawer)
