"""The settings page and the list of deliveries."""

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.engine import ChannelKind, DeliveryFailed, DeliveryId, DeliveryStatus, ModelUnavailable
from desktop.models import EndpointChoice
from desktop.models.endpoints.trial import Found
from desktop.notify import Choices, CommandChoice, MailChoice, NtfyChoice, SecretDrawer, SecretName, Security
from desktop.notify.secret_drawer import Secret
from desktop.settings import Settings, key_of, load_settings
from desktop.settings_file import SettingsFile
from desktop.tools import SearchEngine, WebChoice
from desktop.ui.deliveries_dialog import DeliveriesDialog
from desktop.ui.settings_dialog import SettingsDialog
from desktop.ui.window import Window
from tests.contract.test_store_deliveries import Postings, delivery, post
from tests.fakes.engine_double import EngineDouble
from tests.ui.test_dialogs import answer
from tests.unit.store.samples import submitted, task

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise")

CHOSEN = Settings(
    default_model="small",
    default_models={"documents": "large"},
    hub_address="https://mirror.example.com",
    mail=MailChoice(
        enabled=True,
        host="mail.example.com",
        port=2465,
        security=Security.TLS,
        user="me",
        sender="legwork@example.com",
        recipient="me@example.com",
        attach_megabytes=2.5,
    ),
    ntfy=NtfyChoice(enabled=True, server="https://ntfy.example.com", topic="legwork-1", with_token=True),
    command=CommandChoice(enabled=True, arguments=("/usr/bin/notify", "two words")),
    allowed_webhook_hosts=("n8n.local", "127.0.0.1"),
    web=WebChoice(
        search=SearchEngine.SEARXNG, searxng="https://searx.example.com", allowed_hosts=("wiki.local:8080", "nas.local")
    ),
    endpoints=(
        EndpointChoice(name="gpu-box", url="http://gpu-box:8080/v1", models=("qwen3", "gemma"), slots=8),
        EndpointChoice(name="hosted", url="https://models.example.com/v1", context_tokens=32_768),
    ),
)


class Drawer(SecretDrawer):
    """Keeps what it is given, unless it is stuck."""

    def __init__(self) -> None:
        super().__init__({})
        self.kept: dict[Secret, str] = {}
        self.stuck = False

    def keep(self, secret: Secret, value: str) -> None:
        if self.stuck:
            raise DeliveryFailed("There is no keyring.", hint="Unlock it.")
        self.kept[secret] = value


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.json", CHOSEN)


@pytest.fixture
def dialog(window: Window, file: SettingsFile) -> SettingsDialog:
    made = SettingsDialog(window._bridge, file, window._theme, window)
    made.drawer = Drawer()
    return made


def press(dialog: SettingsDialog, which: QDialogButtonBox.StandardButton) -> None:
    dialog.buttons.button(which).click()


def test_the_page_shows_what_is_chosen_and_gives_it_back(dialog: SettingsDialog) -> None:
    assert dialog.changed() == CHOSEN
    assert dialog.mail.host.text() == "mail.example.com"
    assert dialog.command.arguments.toPlainText() == "/usr/bin/notify\ntwo words"


def test_what_is_changed_is_saved_with_its_secrets_in_the_keyring(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile, tmp_path: Path
) -> None:
    dialog.mail.to_address.setText("you@example.com")
    dialog.mail.typed_secret.setText("horse")
    dialog.webhooks.hosts.setPlainText(" localhost \n\n")
    with qtbot.waitSignal(dialog.accepted):
        press(dialog, QDialogButtonBox.StandardButton.Save)
    saved = replace(
        CHOSEN, mail=replace(CHOSEN.mail, recipient="you@example.com"), allowed_webhook_hosts=("localhost",)
    )
    assert file.current() == saved
    assert load_settings(tmp_path / "settings.json").settings == saved
    assert isinstance(dialog.drawer, Drawer)
    assert dialog.drawer.kept == {SecretName.MAIL_PASSWORD: "horse"}
    assert "horse" not in (tmp_path / "settings.json").read_text()


def test_the_hub_is_an_address_or_the_usual_one_and_its_token_is_kept_apart(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile
) -> None:
    dialog.show()
    dialog.models.address.setText("my mirror")
    press(dialog, QDialogButtonBox.StandardButton.Save)
    assert dialog.problem.text().startswith("“my mirror” is no address of a hub.")
    assert dialog.tabs.currentWidget() is dialog.models
    assert dialog.isVisible()
    assert file.current() == CHOSEN

    dialog.models.address.setText(" ")
    dialog.models.server.setText("/nowhere/llama-server")
    press(dialog, QDialogButtonBox.StandardButton.Save)
    assert dialog.problem.text().startswith("There is no program “/nowhere/llama-server”.")
    dialog.models.server.setText(__file__)
    dialog.models.typed_secret.setText("hf_1")
    with qtbot.waitSignal(dialog.accepted):
        press(dialog, QDialogButtonBox.StandardButton.Save)
    assert file.current() == replace(CHOSEN, hub_address=None, llama_server=__file__)
    assert isinstance(dialog.drawer, Drawer)
    assert dialog.drawer.kept == {SecretName.HUB_TOKEN: "hf_1"}
    assert dialog.models.typed_secret.echoMode() is QLineEdit.EchoMode.Password


def test_a_search_engine_is_named_with_its_key_in_the_keyring(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile, tmp_path: Path
) -> None:
    page = dialog.web
    assert (page.searxng.isVisibleTo(page), page.typed_secret.isVisibleTo(page)) == (True, False)
    page.engine.setCurrentText("Brave Search, with a key")
    assert (page.searxng.isVisibleTo(page), page.typed_secret.isVisibleTo(page)) == (False, True)
    page.typed_secret.setText("stable")
    page.hosts.setPlainText("")
    with qtbot.waitSignal(dialog.accepted):
        press(dialog, QDialogButtonBox.StandardButton.Save)
    assert file.current().web == WebChoice(search=SearchEngine.BRAVE, searxng="https://searx.example.com")
    assert isinstance(dialog.drawer, Drawer)
    assert dialog.drawer.kept == {SecretName.BRAVE_KEY: "stable"}
    assert "stable" not in (tmp_path / "settings.json").read_text()


def test_nobody_searches_until_somebody_is_named() -> None:
    assert Settings().web == WebChoice(search=SearchEngine.OFF, allowed_hosts=())


def test_what_can_not_be_kept_is_said_and_changes_nothing(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile
) -> None:
    assert isinstance(dialog.drawer, Drawer)
    dialog.drawer.stuck = True
    dialog.show()
    dialog.ntfy.typed_secret.setText("tk_1")
    dialog.ntfy.topic.setText("another")
    press(dialog, QDialogButtonBox.StandardButton.Save)
    qtbot.waitUntil(dialog.problem.isVisible)
    assert "no keyring" in dialog.problem.text()
    assert file.current() == CHOSEN
    press(dialog, QDialogButtonBox.StandardButton.Cancel)
    assert not dialog.isVisible()


def test_a_test_is_sent_with_what_is_typed_and_its_end_is_said(qtbot: QtBot, dialog: SettingsDialog) -> None:
    sent: list[tuple[Any, ...]] = []

    async def send(channel: ChannelKind, choices: Choices, drawer: SecretDrawer) -> None:
        sent.append((channel, choices.mail.host, await drawer.get(SecretName.MAIL_PASSWORD)))
        if len(sent) > 1:
            raise DeliveryFailed("It said no.", hint="Ask why.")

    dialog.send = send
    dialog.mail.host.setText("other.example.com")
    dialog.mail.typed_secret.setText("horse")
    dialog.mail.test.click()
    qtbot.waitUntil(lambda: dialog.mail.said.text().startswith("Sent."))
    assert dialog.mail.test.isEnabled()
    assert sent == [(ChannelKind.MAIL, "other.example.com", "horse")]
    dialog.command.test.click()
    qtbot.waitUntil(lambda: dialog.command.said.text() == "It said no. Ask why.")
    assert sent[1][0] is ChannelKind.COMMAND


def test_another_kind_of_security_brings_its_usual_port(dialog: SettingsDialog) -> None:
    dialog.mail.security.setCurrentIndex(0)
    assert dialog.mail.port.value() == 587
    dialog.mail.security.setCurrentIndex(1)
    assert dialog.mail.port.value() == 465
    assert dialog.mail.typed_secret.echoMode() is QLineEdit.EchoMode.Password


def test_the_menu_opens_settings_and_deliveries(window: Window, file: SettingsFile) -> None:
    opened: list[str] = []

    def close(dialog: QDialog) -> None:
        opened.append(dialog.windowTitle())
        dialog.reject()

    window.actions_["settings"].trigger()  # nothing to show yet
    window.use_settings(file)
    for name in ("settings", "deliveries"):
        answer(close)
        window.actions_[name].trigger()
    assert opened == ["Settings", "Deliveries"]


def test_a_model_server_is_added_with_its_key_in_the_keyring_and_another_one_goes_with_its_key(
    qtbot: QtBot, dialog: SettingsDialog, file: SettingsFile, tmp_path: Path
) -> None:
    page = dialog.endpoints
    page.chooser.setCurrentIndex(1)
    page.remove.click()
    page.add.click()
    added = page.current
    assert added is not None
    assert (added.name.text(), page.chooser.currentText()) == ("server-1", "server-1")
    added.name.setText("lab")
    assert page.chooser.currentText() == "lab"
    added.url.setText("https://lab.example.com/v1")
    added.typed_secret.setText("sk-horse")
    assert added.typed_secret.echoMode() is QLineEdit.EchoMode.Password
    with qtbot.waitSignal(dialog.accepted):
        press(dialog, QDialogButtonBox.StandardButton.Save)
    lab = EndpointChoice(name="lab", url="https://lab.example.com/v1")
    assert file.current().endpoints == (CHOSEN.endpoints[0], lab)
    assert isinstance(dialog.drawer, Drawer)
    assert dialog.drawer.kept == {key_of(lab): "sk-horse", key_of(CHOSEN.endpoints[1]): ""}
    assert "sk-horse" not in (tmp_path / "settings.json").read_text()


def test_a_model_server_that_can_not_be_one_is_said_and_nothing_is_saved(
    dialog: SettingsDialog, file: SettingsFile
) -> None:
    dialog.show()
    form = dialog.endpoints.current
    assert form is not None
    for address, said in (("gpu-box", "has no address"), ("http://9.9.9.9/v1", "open internet")):
        form.url.setText(address)
        press(dialog, QDialogButtonBox.StandardButton.Save)
        assert said in dialog.problem.text()
    form.url.setText("http://gpu-box:8080/v1")
    form.name.setText("hosted")
    press(dialog, QDialogButtonBox.StandardButton.Save)
    assert "called like another one" in dialog.problem.text()
    assert dialog.isVisible()
    assert file.current() == CHOSEN


def test_a_model_server_is_tried_with_what_is_typed_and_offers_what_it_has(
    qtbot: QtBot, dialog: SettingsDialog
) -> None:
    tried: list[tuple[str, str]] = []
    answered = Event()

    async def try_out(endpoint: EndpointChoice, key: str) -> Found:
        tried.append((endpoint.base, key))
        await asyncio.to_thread(answered.wait, 10)
        if len(tried) > 1:
            raise ModelUnavailable("It said no.", hint="Ask why.")
        return Found(models=("phi",), sentence="It has phi.")

    dialog.try_out = try_out
    page = dialog.endpoints
    page.chooser.setCurrentIndex(1)
    form = page.current
    assert form is not None
    form.typed_secret.setText("sk-horse")
    page.test.click()
    assert not page.remove.isEnabled()
    answered.set()
    qtbot.waitUntil(lambda: page.said.text() == "It has phi.")
    assert form.choice().models == ("phi",)
    assert page.remove.isEnabled()
    page.test.click()
    qtbot.waitUntil(lambda: page.said.text() == "It said no. Ask why.")
    assert tried == [("https://models.example.com/v1", "sk-horse")] * 2


@pytest.fixture
def told(engine: EngineDouble) -> None:
    """A dead delivery, one on its way and one delivered."""

    async def tell() -> None:
        postings = Postings()
        for number in (1, 2, 3):
            await engine.store.add(submitted(task(number)))
        engine.store.post_with(postings.rule, postings.on_posted)
        for number in (1, 2, 3):
            await post(engine.store, postings, delivery(number, of=number, target="https://example.com/secret-part"))
        for number, status, problem in (
            (1, DeliveryStatus.DEAD, "It answered 500."),
            (3, DeliveryStatus.DELIVERED, ""),
        ):
            found = await engine.store.delivery(DeliveryId(f"msg_{number}"))
            await engine.store.keep_delivery(replace(found, status=status, attempts=10, problem=problem))

    asyncio.run(tell())


def cells(dialog: DeliveriesDialog, row: int) -> list[str]:
    items = [dialog.table.item(row, column) for column in range(dialog.table.columnCount())]
    return [item.text() for item in items if item is not None]


@pytest.mark.usefixtures("told")
def test_a_dead_delivery_is_shown_with_why_and_sent_again(qtbot: QtBot, window: Window) -> None:
    dialog = DeliveriesDialog(window._bridge, window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 3)
    assert not dialog.again.isEnabled()
    assert cells(dialog, 2)[:4] == ["Task 1", "started", "webhook https://example.com", "✕ given up"]
    dialog.table.selectRow(0)
    assert not dialog.again.isEnabled()  # it was delivered
    dialog.table.selectRow(2)
    assert dialog.problem.text() == "Tried 10 times. It answered 500."
    dialog.again.click()
    qtbot.waitUntil(lambda: cells(dialog, 2)[3] == "… on its way")
    dialog.filter.setCurrentIndex(1)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 0)
    assert dialog.problem.text() == "Nothing here."
