"""Everything that an engine has from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.engine.delivery_ports import Channels, WebhookForm
from desktop.engine.depot import ModelDefaults, ModelDepot
from desktop.engine.documents import DocumentReader
from desktop.engine.inference import Models
from desktop.engine.machine import Hardware
from desktop.engine.passages import PassageStore
from desktop.engine.ports import Clock, Files, Identifiers, Notifier, Space, Store, Wakefulness
from desktop.engine.sandbox import Sandbox
from desktop.engine.tools import OpenToolbox
from desktop.engine.web import Web


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """One adapter for each port. They are their owner's to open and to close."""

    store: Store
    files: Files
    models: Models
    hardware: Hardware
    reader: DocumentReader
    passages: PassageStore
    sandbox: Sandbox
    web: Web
    open_toolbox: OpenToolbox
    notifier: Notifier
    channels: Channels
    space: Space
    clock: Clock
    identifiers: Identifiers
    wakefulness: Wakefulness
    defaults: ModelDefaults | None = None  # None: nobody chose any
    depot: ModelDepot | None = None  # None: nobody keeps models
    webhook_forms: Mapping[str, WebhookForm] = field(default_factory=dict)  # by the names that webhooks ask for
