"""The pages of the settings: each shows one of the choices, and gives it back as it was changed."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import ChannelKind
from desktop.notify import CommandChoice, MailChoice, NtfyChoice, SecretName, Security
from desktop.notify.choices import PORTS
from desktop.ui.labels import quiet

_SECURITIES: Final = ((Security.STARTTLS, "STARTTLS"), (Security.TLS, "TLS"))
_MAX_PORT: Final = 65_535
_MAX_MEGABYTES: Final = 50.0
_KEPT: Final = "leave empty to keep the one in the keyring"
_NO_MOOD: Final = ""
FIELD_HEIGHT: Final = 28
USUAL_HUB: Final = "https://huggingface.co"


class Page(QWidget):
    """A form with a switch above, and below a button that sends a test, with what came of it."""

    def __init__(self, channel: ChannelKind, switch: str, about: str) -> None:
        super().__init__()
        self.channel = channel
        self.switch = QCheckBox(switch)
        self.test = QPushButton("Send a test")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAccessibleName("What came of the test")
        self.form = new_form()
        row = QHBoxLayout()
        row.addWidget(self.test)
        row.addWidget(self.said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.switch)
        column.addWidget(explained(about))
        column.addLayout(self.form)
        column.addStretch(1)
        column.addLayout(row)

    def say(self, text: str, mood: str = _NO_MOOD) -> None:
        """Say what came of the test."""
        self.said.setText(text)
        self.said.setProperty("mood", mood)
        self.said.style().polish(self.said)

    def add(self, name: str, field: QWidget) -> None:
        """A line of the form."""
        add_line(self.form, name, field)


class MailPage(Page):
    """Where e-mail goes out, and to whom."""

    secret = SecretName.MAIL_PASSWORD

    def __init__(self, choice: MailChoice) -> None:
        super().__init__(
            ChannelKind.MAIL,
            "Tell me by e-mail",
            "When a task completes, fails or needs you: how the result begins, with its files.",
        )
        self.host, self.user = QLineEdit(choice.host), QLineEdit(choice.user)
        self.from_address, self.to_address = QLineEdit(choice.sender), QLineEdit(choice.recipient)
        self.typed_secret = secret_field()
        self.security, self.port, self.attach = QComboBox(), QSpinBox(), QDoubleSpinBox()
        self.port.setRange(1, _MAX_PORT)
        for security, name in _SECURITIES:
            self.security.addItem(name, security)
        self.security.setCurrentIndex([security for security, _ in _SECURITIES].index(choice.security))
        self.port.setValue(choice.port)
        self.security.currentIndexChanged.connect(lambda row: self.port.setValue(PORTS[_SECURITIES[row][0]]))
        self.attach.setRange(0.0, _MAX_MEGABYTES)
        self.attach.setDecimals(1)
        self.attach.setSuffix(" MB")
        self.attach.setValue(choice.attach_megabytes)
        self.switch.setChecked(choice.enabled)
        self.host.setPlaceholderText("mail.example.com")
        self.user.setPlaceholderText("empty where the server wants none")
        self.add("Server", self.host)
        self.add("Security", self.security)
        self.add("Port", self.port)
        self.add("User", self.user)
        self.add("Password", self.typed_secret)
        self.add("From", self.from_address)
        self.add("To", self.to_address)
        self.add("Attach files up to", self.attach)

    def choice(self) -> MailChoice:
        """What is chosen now."""
        return MailChoice(
            enabled=self.switch.isChecked(),
            host=self.host.text().strip(),
            port=self.port.value(),
            security=_SECURITIES[self.security.currentIndex()][0],
            user=self.user.text().strip(),
            sender=self.from_address.text().strip(),
            recipient=self.to_address.text().strip(),
            attach_megabytes=self.attach.value(),
        )


class NtfyPage(Page):
    """The server and topic that the phone follows."""

    secret = SecretName.NTFY_TOKEN

    def __init__(self, choice: NtfyChoice) -> None:
        super().__init__(
            ChannelKind.NTFY,
            "Tell my phone through ntfy",
            "The ntfy app follows a topic on any server. Whoever knows the topic can read it: choose a long one.",
        )
        self.server, self.topic = QLineEdit(choice.server), QLineEdit(choice.topic)
        self.with_token, self.typed_secret = QCheckBox("The server wants a token"), secret_field()
        self.with_token.setChecked(choice.with_token)
        self.typed_secret.setEnabled(choice.with_token)
        self.with_token.toggled.connect(self.typed_secret.setEnabled)
        self.switch.setChecked(choice.enabled)
        self.add("Server", self.server)
        self.add("Topic", self.topic)
        self.form.addRow("", self.with_token)
        self.add("Token", self.typed_secret)

    def choice(self) -> NtfyChoice:
        """What is chosen now."""
        return NtfyChoice(
            enabled=self.switch.isChecked(),
            server=self.server.text().strip(),
            topic=self.topic.text().strip(),
            with_token=self.with_token.isChecked(),
        )


class CommandPage(Page):
    """A program of the person's own."""

    def __init__(self, choice: CommandChoice) -> None:
        super().__init__(
            ChannelKind.COMMAND,
            "Run a command of my own",
            "The program and its arguments, one a line; no shell reads them. It finds the facts of the task in its "
            "environment (LEGWORK_TASK_ID, LEGWORK_TASK_STATUS, LEGWORK_TASK_TITLE, …) and as JSON on its standard "
            "input, and has 20 seconds.",
        )
        self.arguments = lines("Program and arguments", choice.arguments)
        self.switch.setChecked(choice.enabled)
        self.add("Command", self.arguments)

    def choice(self) -> CommandChoice:
        """What is chosen now."""
        return CommandChoice(enabled=self.switch.isChecked(), arguments=lines_of(self.arguments))


class WebhooksPage(QWidget):
    """The hosts that programs may have called though they are on this network."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__()
        self.hosts = lines("Allowed hosts", allowed)
        self.hosts.setPlaceholderText("n8n.local")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(16)
        column.addWidget(
            explained(
                "Programs that hand tasks over can ask to be called back. Such calls go to public addresses, over "
                "https. Name the hosts of this machine and its network that may be called too, one a line."
            )
        )
        column.addWidget(self.hosts, 1)

    def choice(self) -> tuple[str, ...]:
        """What is allowed now."""
        return lines_of(self.hosts)


class ModelsPage(QWidget):
    """Where models are downloaded from, and what runs them."""

    secret = SecretName.HUB_TOKEN

    def __init__(self, hub_address: str | None, llama_server: str | None) -> None:
        super().__init__()
        self.address, self.typed_secret = QLineEdit(hub_address or ""), secret_field()
        self.server = QLineEdit(llama_server or "")
        self.address.setPlaceholderText(USUAL_HUB)
        self.server.setPlaceholderText("The best one that Legwork finds")
        form = new_form()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(16)
        column.addWidget(
            explained(
                "Models come from Hugging Face, or from a mirror of it. Some are given only to people who accepted a "
                "licence there: for these it takes a token of your account, which is kept in the keyring and sent to "
                "that address alone, over https."
            )
        )
        column.addLayout(form)
        runs = new_form()
        column.addWidget(
            explained(
                "A llama-server can bring a graphics card in that Legwork's own runtime can't use. Name the program to "
                "have it run models, from the next start on; the report of “legwork doctor” says which one is used."
            )
        )
        column.addLayout(runs)
        column.addStretch(1)
        for name, field in (("Hub or mirror", self.address), ("Token", self.typed_secret)):
            add_line(form, name, field)
        add_line(runs, "llama-server", self.server)

    def choice(self) -> str | None:
        """The address that is chosen now; None for the usual one."""
        return self.address.text().strip().rstrip("/") or None

    def program(self) -> str | None:
        """The llama-server that is chosen now; None for the best one."""
        return self.server.text().strip() or None

    def problem(self) -> str:
        """What is wrong with it; empty where nothing is."""
        if (program := self.program()) and not Path(program).expanduser().is_file():
            return f"There is no program “{program}”. Name the file of a llama-server, or leave it empty."
        parts = urlsplit(self.choice() or USUAL_HUB)
        if parts.scheme in ("https", "http") and parts.hostname:
            return ""
        return f"“{self.choice()}” is no address of a hub. Write one like {USUAL_HUB}, or leave it empty."


def lines(name: str, values: tuple[str, ...]) -> QPlainTextEdit:
    """A field for several values, one a line."""
    field = QPlainTextEdit("\n".join(values))
    field.setObjectName("lines")
    field.setAccessibleName(name)
    field.setTabChangesFocus(True)
    return field


def lines_of(field: QPlainTextEdit) -> tuple[str, ...]:
    """The values in the field."""
    return tuple(line.strip() for line in field.toPlainText().splitlines() if line.strip())


def explained(text: str) -> QLabel:
    """A quiet paragraph."""
    label = quiet(QLabel(text))
    label.setWordWrap(True)
    return label


def new_form() -> QFormLayout:
    """Names on the left, fields on the right."""
    form = QFormLayout()
    form.setSpacing(8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def add_line(form: QFormLayout, name: str, field: QWidget) -> None:
    """A line of a form."""
    field.setAccessibleName(name)
    field.setMinimumHeight(FIELD_HEIGHT)
    form.addRow(name, field)


def secret_field() -> QLineEdit:
    """A field for what goes to the keyring; it never shows what is there."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setPlaceholderText(_KEPT)
    return field
