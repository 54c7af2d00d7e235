"""The person's choices, in a small JSON file in the data folder."""

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from desktop.engine import StorageFailed
from desktop.models.endpoints.choice import EndpointChoice, plain_name
from desktop.notify import Choices, CommandChoice, EndpointKey, MailChoice, NtfyChoice, ServerSecret
from desktop.tools import WebChoice
from desktop.tools.servers import ServerChoice
from desktop.tools.servers import plain_name as plain_server_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be chosen. Keys of other versions are carried along in `others` and written back untouched."""

    default_model: str | None = None  # None: the best one here
    default_models: dict[str, str] = field(default_factory=dict)  # by the kinds of task that have one of their own
    llama_server: str | None = None  # a llama-server that is to run models; None: the best of those that are found
    hub_address: str | None = None  # where models are downloaded from; None: HF_ENDPOINT, else the usual hub
    idle_minutes: float = 10.0  # an unused model is unloaded after this long
    max_running: int | None = None  # tasks at the same time; None: the engine decides
    notifications: bool = True
    keep_awake: bool = True  # the machine does not go to sleep by itself while tasks run
    mail: MailChoice = field(default_factory=MailChoice)
    ntfy: NtfyChoice = field(default_factory=NtfyChoice)
    command: CommandChoice = field(default_factory=CommandChoice)
    allowed_webhook_hosts: tuple[str, ...] = ()  # which may be called though they are on the local network
    web: WebChoice = field(default_factory=WebChoice)  # where agents search, and which hosts of this network they reach
    allowed_folders: tuple[str, ...] | None = None  # whose files other programs may name; None: the home folder
    read_advice: str = ""  # about a graphics card that is not used, as the person dismissed it
    endpoints: tuple[EndpointChoice, ...] = ()  # model servers that may be asked
    tool_servers: tuple[ServerChoice, ...] = ()  # MCP servers whose tools agents may use
    others: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.idle_minutes <= 0:
            raise ValueError("idle_minutes must be greater than 0")
        if self.max_running is not None and self.max_running < 1:
            raise ValueError("max_running must be at least 1")
        if any(not Path(folder).expanduser().is_absolute() for folder in self.allowed_folders or ()):
            raise ValueError("allowed_folders must be absolute paths")

    @property
    def choices(self) -> Choices:
        """What concerns the ways to tell somebody."""
        return Choices(
            mail=self.mail,
            ntfy=self.ntfy,
            command=self.command,
            allowed_webhook_hosts=self.allowed_webhook_hosts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSettings:
    """Settings as they were found; `problem` tells a person what was wrong with the file."""

    settings: Settings
    problem: str = ""


_KNOWN: Final = frozenset(chosen.name for chosen in dataclasses.fields(Settings)) - {"others"}


def key_of(endpoint: EndpointChoice) -> EndpointKey:
    """The name of a model server's key, which is not among the settings."""
    return EndpointKey(server=endpoint.server, plain_name=plain_name(endpoint.name))


def secret_of(server: ServerChoice, name: str) -> ServerSecret:
    """The name of a tool server's variable or header where it is not among the settings."""
    return ServerSecret(server=server.server, plain_name=plain_server_name(server.name), name=name)


def load_settings(path: Path) -> LoadedSettings:
    """Read the settings. A file that can't be understood is set aside, and the defaults hold."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return LoadedSettings(settings=Settings())
    except OSError as error:
        return LoadedSettings(
            settings=Settings(),
            problem=f"The settings in {path} can't be read ({error.strerror}); the defaults are used for now.",
        )
    try:
        return LoadedSettings(settings=parse_settings(content))
    except (ValueError, TypeError, RecursionError, msgspec.ValidationError) as error:
        return LoadedSettings(settings=Settings(), problem=_set_aside(path, error))


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings; the file is whole or as it was. Raises `StorageFailed`."""
    known = {name: msgspec.to_builtins(getattr(settings, name)) for name in sorted(_KNOWN)}
    partial = path.with_suffix(".json.new")
    try:
        partial.unlink(missing_ok=True)
        with open(partial, "x", encoding="utf-8", opener=_for_owner_only) as out:
            json.dump({**settings.others, **known}, out, indent=2)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageFailed(
            f"The settings could not be written to {path} ({error.strerror}); they are as they were.",
            hint="See that the data folder is writable and its disk not full.",
        ) from error


def _for_owner_only(path: str, flags: int) -> int:
    """On a machine without a keyring there may be secrets in it."""
    return os.open(path, flags, 0o600)


def parse_settings(content: bytes) -> Settings:
    """The settings that a file holds. Raises `ValueError`, `TypeError` or `RecursionError` where it holds none."""
    found = json.loads(content)
    if not isinstance(found, dict):
        raise TypeError("not a JSON object")
    known = {name: value for name, value in found.items() if name in _KNOWN}
    others = {name: value for name, value in found.items() if name not in _KNOWN}
    return msgspec.convert({**known, "others": others}, Settings)


def _set_aside(path: Path, error: Exception) -> str:
    aside = _free_name(path)
    reason = str(error).split("\n", 1)[0]
    try:
        path.rename(aside)
    except OSError:
        return f"The settings in {path} can't be understood ({reason}); the defaults are used for now."
    return f"The settings could not be understood ({reason}); they were kept as {aside} and the defaults are used."


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    return aside
