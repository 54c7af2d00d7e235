"""The composition root without a window: takes the data folder, puts the adapters together, and runs the engine.

Qt is not imported from here, nor the web framework before the engine works.
"""

import asyncio
import contextlib
import dataclasses
import logging
import os
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from desktop.agents import AssistantAgent, ChatAgent, CodeAgent, DocumentsAgent, ResearchAgent
from desktop.api.openai.response_event import RESPONSE_FORM, response_event
from desktop.api.outer_door import OuterDoor
from desktop.api.ownership import sole_owner
from desktop.api.second_start import SecondStart
from desktop.api.server import LoopbackServer
from desktop.chosen_models import ChosenModels
from desktop.engine import (
    Adapters,
    Agent,
    Clock,
    DocumentReader,
    Engine,
    Hardware,
    Identifiers,
    Models,
    Notifier,
    OpenToolbox,
    Sandbox,
    SystemClock,
    SystemIdentifiers,
    TaskRequest,
    Toolbox,
    Web,
)
from desktop.models import AllModels, EndpointChoice, EndpointModels, LocalHardware, LocalModels
from desktop.models.appraiser import Appraiser
from desktop.models.downloading import HUB, Downloads, Hub, Patience
from desktop.models.keeper import ModelKeeper
from desktop.models.programs import installed_servers
from desktop.notify import DesktopNotifier, OutwardChannels, SecretDrawer, SecretName, SilentNotifier
from desktop.paths import Paths, prepare
from desktop.power import LeftAlone, SleepInhibitor
from desktop.sandbox.tried_sandbox import TriedSandbox
from desktop.settings import Settings, key_of
from desktop.settings_file import SettingsFile
from desktop.store import DiskSpace, PassageIndex, RunFiles, notices, open_store, taken_care_of
from desktop.tool_servers import ToolServers
from desktop.tools import GivenFolders, JoinedToolbox, OwnToolbox, PooledReader, SearchEngine, WebAccess

logger = logging.getLogger(__name__)

MIRROR_VARIABLE: Final = "HF_ENDPOINT"
"""The environment variable with which other programs name a mirror of the hub."""

_SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an engine is put together from where it matters which; the rest is always the real thing."""

    clock: Clock = field(default_factory=SystemClock)
    identifiers: Identifiers = field(default_factory=SystemIdentifiers)
    agents: Sequence[Agent] = ()  # empty: `all_agents`
    models: Models | None = None  # None: those in the data folder
    hardware: Hardware | None = None  # None: this machine
    notifier: Notifier | None = None  # None: the one that the settings ask for


def all_agents(servers: Callable[[], Collection[str]] | None = None) -> tuple[Agent, ...]:
    """One for each kind of task; `servers` names those whose tools may be used now, where somebody knows."""
    documents, research, code = DocumentsAgent(), ResearchAgent(), CodeAgent()
    return (documents, research, code, AssistantAgent((documents, research, code), servers=servers), ChatAgent())


@asynccontextmanager
async def opened_engine(
    paths: Paths,
    settings: Settings,
    *,
    second_start: SecondStart = SecondStart(),  # noqa: B008 - it can't be changed
    parts: Parts | None = None,
    serve_port: int = 0,
    serve_after: float = 0.0,
    outer: OuterDoor | None = None,
) -> AsyncIterator[Engine]:
    """The engine on that data folder, working and answering on loopback until the block ends.

    `second_start` says what to do when Legwork is started once more. The server begins to answer
    `serve_after` seconds later than the engine: importing it takes most of a second of Python's one lock, and a window
    has better use for that at first. Raises `DataFolderInUse` where another process runs the engine there,
    `StorageFailed` where the folder can't be used, `HandoverFailed` where `serve_port` is taken or `outer`, the door to
    other machines, can't be opened.
    """
    prepare(paths)
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_owner(paths))
        parts, kept = parts or Parts(), SettingsFile(paths.settings, settings)
        models = parts.models or all_models(paths, kept)
        keeper = _keeper(models, paths, kept)
        engine = await _assembled(stack, paths, kept, dataclasses.replace(parts, models=models), keeper)
        server = LoopbackServer(
            engine,
            announcement=paths.engine,
            second_start=second_start,
            folders=settings.allowed_folders,
            outer=outer,
            keeper=keeper,
        )
        stack.callback(server.close)
        server.bind(serve_port)
        await engine.start()
        stack.push_async_callback(engine.stop)
        await stack.enter_async_context(_downloading(keeper))
        await stack.enter_async_context(_answering(server, serve_after))
        yield engine


def model_downloads(paths: Paths, settings: Callable[[], Settings], patience: Patience | None = None) -> Downloads:
    """Downloads into that data folder; the settings are asked at each start of one."""

    def make_hub() -> Hub:
        return Hub(
            settings().hub_address or os.environ.get(MIRROR_VARIABLE) or HUB, lambda: _secret(SecretName.HUB_TOKEN)
        )

    return Downloads(paths.models, make_hub, patience=patience)


async def _secret(name: SecretName) -> str:
    """The person's; none where the keyring can't be read, for then whoever refuses to go on without says what to do."""
    return await SecretDrawer().find(name)


@asynccontextmanager
async def resting_engine(paths: Paths, settings: Settings) -> AsyncIterator[Engine]:
    """The engine on that data folder with nothing started: tasks can be paused and cancelled, and none runs.

    Raises like `opened_engine`.
    """
    prepare(paths)
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_owner(paths))
        yield await _assembled(stack, paths, SettingsFile(paths.settings, settings), Parts(notifier=SilentNotifier()))


async def _assembled(
    stack: AsyncExitStack, paths: Paths, kept: SettingsFile, parts: Parts, keeper: ModelKeeper | None = None
) -> Engine:
    settings = kept.current()
    store = open_store(paths.data, now=parts.clock.now)
    stack.push_async_callback(store.close)
    models = parts.models or all_models(paths, kept)
    stack.push_async_callback(models.close)
    reader, passages = _documents(stack, paths, parts.clock)
    sandbox = TriedSandbox(paths.sandbox)
    stack.push_async_callback(sandbox.close)
    wakefulness = SleepInhibitor() if settings.keep_awake else LeftAlone()
    stack.push_async_callback(wakefulness.close)
    files, web = RunFiles(paths.runs), _web(kept, reader, parts.clock)
    adapters = Adapters(
        store=store,
        files=files,
        models=models,
        hardware=parts.hardware or local_hardware(paths, settings),
        reader=reader,
        passages=passages,
        sandbox=sandbox,
        web=web,
        open_toolbox=_toolboxes(paths, kept, reader, sandbox, web),
        notifier=parts.notifier or (DesktopNotifier() if settings.notifications else SilentNotifier()),
        channels=_channels(kept, files, parts.clock),
        space=DiskSpace(paths.data),
        clock=parts.clock,
        identifiers=parts.identifiers,
        wakefulness=wakefulness,
        defaults=ChosenModels(kept),
        depot=keeper,
        webhook_forms={RESPONSE_FORM: response_event},
    )
    told = notices(store.path, parts.clock.now())
    agents = parts.agents or all_agents(lambda: _servers_on(kept))
    engine = Engine(adapters, agents=agents, max_running=settings.max_running, notices=told)
    await stack.enter_async_context(taken_care_of(store, engine.board, parts.clock))
    return engine


def _channels(kept: SettingsFile, files: RunFiles, clock: Clock) -> OutwardChannels:
    """The ways to tell the person and programs, by the settings as they are at the time."""
    return OutwardChannels(lambda: kept.current().choices, read_file=files.read, clock=clock, drawer=SecretDrawer())


def _servers_on(kept: SettingsFile) -> list[str]:
    """The tool servers that are switched on, by name."""
    return [choice.name for choice in kept.current().tool_servers if choice.enabled]


def _toolboxes(paths: Paths, kept: SettingsFile, reader: DocumentReader, sandbox: Sandbox, web: Web) -> OpenToolbox:
    """Legwork's own tools, and those of the servers in the settings as they are at the time."""
    open_servers = ToolServers(kept).opener()

    def open_toolbox(request: TaskRequest) -> Toolbox:
        own = OwnToolbox(
            request,
            open_folders=lambda folders: GivenFolders(folders, reader=reader, private=paths.data),
            reader=reader,
            sandbox=sandbox,
            web=web,
            may_search=lambda: kept.current().web.search is not SearchEngine.OFF,
        )
        return JoinedToolbox(own, open_servers(request))

    return open_toolbox


def _documents(stack: AsyncExitStack, paths: Paths, clock: Clock) -> tuple[PooledReader, PassageIndex]:
    """What opens documents, and what finds something in them."""
    reader = PooledReader(private=paths.data)
    stack.push_async_callback(reader.close)
    passages = PassageIndex(paths.passages, reader=reader, now=clock.now)
    stack.push_async_callback(passages.close)
    return reader, passages


def _web(kept: SettingsFile, reader: PooledReader, clock: Clock) -> WebAccess:
    """What agents reach of the web, by the settings as they are at the time."""
    return WebAccess(lambda: kept.current().web, reader=reader, clock=clock, key=lambda: _secret(SecretName.BRAVE_KEY))


def _keeper(models: Models, paths: Paths, kept: SettingsFile) -> ModelKeeper | None:
    """For the models of the data folder; nobody keeps others."""
    local = models.local if isinstance(models, AllModels) else models
    return model_keeper(local, paths, kept) if isinstance(local, LocalModels) else None


def model_keeper(models: LocalModels, paths: Paths, kept: SettingsFile) -> ModelKeeper:
    """What a person does with the models of that data folder."""
    return ModelKeeper(
        models=models,
        downloads=model_downloads(paths, kept.current),
        defaults=ChosenModels(kept),
        appraiser=Appraiser(local_hardware(paths, kept.current()), models.load_factor),
    )


def all_models(paths: Paths, kept: SettingsFile) -> AllModels:
    """The models of that data folder and those on the servers in its settings; nothing is loaded, nobody is asked."""
    endpoints = EndpointModels(lambda: kept.current().endpoints, _endpoint_key)
    return AllModels(local_models(paths, kept), endpoints, default=ChosenModels(kept).usual)


async def _endpoint_key(endpoint: EndpointChoice) -> str:
    return await SecretDrawer().find(key_of(endpoint))


def local_models(paths: Paths, kept: SettingsFile) -> LocalModels:
    """The models of that data folder; nothing is loaded."""
    settings = kept.current()
    return LocalModels(
        paths.data,
        default=ChosenModels(kept).usual,
        idle_seconds=settings.idle_minutes * _SECONDS_PER_MINUTE,
        servers=installed_servers(settings.llama_server),
        hardware=local_hardware(paths, settings),
    )


def local_hardware(paths: Paths, settings: Settings) -> LocalHardware:
    """This machine as its runtimes see it, with the disk of that data folder."""
    return LocalHardware(paths.data, servers=installed_servers(settings.llama_server))


@asynccontextmanager
async def _downloading(keeper: ModelKeeper | None) -> AsyncIterator[None]:
    """Go on with the downloads that nobody paused; what is not completed in the end goes on at the next start."""
    if keeper is not None:
        keeper.downloads.resume()
    try:
        yield
    finally:
        if keeper is not None:
            await keeper.downloads.close()


@asynccontextmanager
async def _answering(server: LoopbackServer, after: float) -> AsyncIterator[None]:
    """Serve in the background. Should the server fail, the engine goes on without it."""
    aio_task = asyncio.create_task(_serve(server, after), name="loopback server")
    try:
        yield
    finally:
        aio_task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await aio_task


async def _serve(server: LoopbackServer, after: float) -> None:
    await asyncio.sleep(after)
    try:
        await server.serve()
    except Exception:
        logger.exception("the loopback server ended; a second Legwork can't hand its work over")
