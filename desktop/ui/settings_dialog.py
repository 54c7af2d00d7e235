"""The settings: how the person is told, whom programs may have called, models, and what agents reach of the web."""

import asyncio
import contextlib
import importlib
import os
from collections.abc import Callable, Coroutine, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTabWidget, QVBoxLayout, QWidget

from desktop.engine import ChannelKind, DeliveryFailed, Engine, LegworkError, SystemClock, Tool
from desktop.models.endpoints.choice import EndpointChoice, check_endpoints
from desktop.notify import Choices, SecretDrawer, send_test
from desktop.notify.secret_drawer import Secret, variable_of
from desktop.settings import Settings, key_of
from desktop.settings_file import SettingsFile
from desktop.tool_servers import Look, ToolServers
from desktop.tools.servers import ServerChoice, check_servers
from desktop.ui.bridge import Bridge
from desktop.ui.server_tools_dialog import ServerToolsDialog, tools_in_words
from desktop.ui.settings_endpoints import EndpointForm, EndpointsPage
from desktop.ui.settings_pages import CommandPage, MailPage, ModelsPage, NtfyPage, Page, WebhooksPage
from desktop.ui.theme import Theme
from desktop.ui.tool_servers_page import ToolServersPage
from desktop.ui.web_settings_page import WebSettingsPage

if TYPE_CHECKING:
    from desktop.models.endpoints.trial import Found

_TRIAL = "desktop.models.endpoints.trial"

SendTest = Callable[[ChannelKind, Choices, SecretDrawer], Coroutine[Any, Any, None]]
TryOut = Callable[[EndpointChoice, str], Coroutine[Any, Any, "Found"]]


class SettingsDialog(QDialog):
    """Shows the settings and saves them. Passwords and tokens go to the keyring, and are never shown."""

    def __init__(self, bridge: Bridge, file: SettingsFile, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._theme = bridge, theme
        self._file = file
        self.drawer = SecretDrawer()
        self.send: SendTest = _send
        self.try_out: TryOut = _try_out
        settings = file.current()
        self.mail, self.ntfy = MailPage(settings.mail), NtfyPage(settings.ntfy)
        self.command, self.webhooks = CommandPage(settings.command), WebhooksPage(settings.allowed_webhook_hosts)
        self.models = ModelsPage(settings.hub_address, settings.llama_server)
        self.web, self.endpoints = WebSettingsPage(settings.web), EndpointsPage(settings.endpoints)
        self.tools = ToolServersPage(settings.tool_servers, lambda: self.web.choice().allowed_hosts)
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
            llama_server=self.models.program(),
            web=self.web.choice(),
            endpoints=self.endpoints.choices(),
            tool_servers=self.tools.choices(),
        )

    def save(self) -> None:
        """Keep what was typed, secrets first, and close; what can't be kept is said, and all stays as it was."""
        if problem := self.models.problem():
            self.tabs.setCurrentWidget(self.models)
            self._say(problem)
            return
        secrets, settings = self._typed(), self.changed()
        try:
            check_endpoints(settings.endpoints)
            check_servers(settings.tool_servers, settings.web.allowed_hosts)
        except LegworkError as error:
            self._on_problem(error)
            return
        gone = {key_of(each) for each in self._file.current().endpoints} - {key_of(each) for each in settings.endpoints}
        self.buttons.setEnabled(False)

        def keep() -> str:
            for name, secret in secrets.items():
                self.drawer.keep(name, secret)
            servers, before = ToolServers(self._file, self.drawer), self._file.current().tool_servers
            put_away = tuple(map(servers.put_away, settings.tool_servers))
            self._file.save(replace(settings, tool_servers=tuple(each.choice for each in put_away)))
            self._forget({key for key in gone if key.server not in {each.server for each in settings.endpoints}})
            servers.forget(before)
            return " ".join(each.problem for each in put_away if each.problem)

        self._bridge.work(keep, self._on_saved, self._on_problem)

    def _on_saved(self, remark: str) -> None:
        """Close, unless there is something that the person should know of what was saved."""
        if remark:
            self.buttons.setEnabled(True)
            self._say(f"Saved. {remark}")
        else:
            self.accept()

    def _build(self) -> None:
        self.setWindowTitle("Settings")
        self.resize(680, 600)
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
            (self.endpoints, "Model servers"),
            (self.web, "Web"),
            (self.tools, "Tools"),
        ):
            self.tabs.addTab(page, name)
        for page in (self.mail, self.ntfy, self.command):
            page.test.clicked.connect(lambda _=False, tried=page: self._try(tried))
            page.test.setAutoDefault(False)
        self.endpoints.test.clicked.connect(self._try_endpoint)
        self.tools.test.clicked.connect(self._try_server)
        self.buttons.accepted.connect(self.save)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        for part in (self.tabs, self.problem, self.buttons):
            column.addWidget(part)

    def _typed(self) -> dict[Secret, str]:
        pages = (self.mail, self.ntfy, self.models, self.web)
        typed: dict[Secret, str] = {page.secret: secret for page in pages if (secret := page.typed_secret.text())}
        return typed | {key_of(endpoint): secret for endpoint, secret in self.endpoints.typed().items()}

    def _forget(self, secrets: Set[Secret]) -> None:
        """Take keys of servers that are not asked any more out of the keyring, where there is one."""
        with contextlib.suppress(DeliveryFailed):
            for secret in secrets:
                self.drawer.keep(secret, "")

    def _try(self, page: Page) -> None:
        page.test.setEnabled(False)
        page.say("Sending…")
        drawer = self._drawer_with_typed()
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

    def _try_endpoint(self) -> None:
        form = self.endpoints.current
        if form is None:
            return
        endpoint, drawer = form.choice(), self._drawer_with_typed()
        self.endpoints.show_trying(True)
        self.endpoints.say("Asking… the server may have to load the model first.")

        async def ask(_engine: Engine) -> "Found":
            return await self.try_out(endpoint, await drawer.find(key_of(endpoint)))

        self._bridge.call(ask, lambda found: self._on_found(form, found), self._on_not_found)

    def _on_found(self, form: EndpointForm, found: "Found") -> None:
        self.endpoints.show_trying(False)
        form.offer(found.models)
        self.endpoints.say(found.sentence, "done")

    def _on_not_found(self, error: LegworkError) -> None:
        self.endpoints.show_trying(False)
        self.endpoints.say(str(error), "failed")

    def _try_server(self) -> None:
        form = self.tools.current
        if form is None:
            return
        choice, servers = form.choice(), ToolServers(self._file, self.drawer)
        self.tools.show_trying(True)
        self.tools.say("Starting it… it may have to be downloaded first.")

        async def look(_engine: Engine) -> Look:
            return await servers.look_at(choice)

        self._bridge.call(look, lambda seen: self._on_seen(choice, seen), self._on_not_seen)

    def _on_seen(self, choice: ServerChoice, seen: Look) -> None:
        self.tools.show_trying(False)
        if not seen.tools:
            self.tools.say(" ".join(seen.troubles) or "It has no tools.", "failed")
            return
        self.tools.say(" ".join((tools_in_words(seen.tools), *seen.troubles)), "needs" if seen.troubles else "done")
        shown = ServerToolsDialog(choice.name, seen, self._theme, self)
        shown.accepted_tools.connect(lambda tools: self._accept(choice, tools))
        shown.open()

    def _accept(self, choice: ServerChoice, tools: tuple[Tool, ...]) -> None:
        servers = ToolServers(self._file, self.drawer)
        done = f"{len(tools)} of its tools may be used, as far as each task's policy allows."
        self._bridge.work(
            lambda: servers.accept(choice, tools), lambda _: self.tools.say(done, "done"), self._on_not_seen
        )

    def _on_not_seen(self, error: LegworkError) -> None:
        self.tools.show_trying(False)
        self.tools.say(str(error), "failed")

    def _drawer_with_typed(self) -> SecretDrawer:
        typed = {variable_of(name): secret for name, secret in self._typed().items()}
        return SecretDrawer({**os.environ, **typed})

    def _on_problem(self, error: LegworkError) -> None:
        self.buttons.setEnabled(True)
        self._say(str(error))

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.show()


async def _send(channel: ChannelKind, choices: Choices, drawer: SecretDrawer) -> None:
    await send_test(channel, choices, clock=SystemClock(), drawer=drawer)


async def _try_out(endpoint: EndpointChoice, key: str) -> "Found":
    trial = await asyncio.to_thread(importlib.import_module, _TRIAL)  # brings the HTTP client; the loop has others
    found: Found = await trial.try_endpoint(endpoint, key, SystemClock())
    return found
