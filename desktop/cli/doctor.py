"""`legwork doctor`: what works on this machine, and what to do where it does not."""

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import desktop
from desktop.api.ownership import is_owned, owner_in_words
from desktop.cli.display import find_display_problem
from desktop.cli.engine_notices import say_notices
from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import size
from desktop.engine import (
    ChannelKind,
    Clock,
    Gpu,
    Hardware,
    LegworkError,
    Machine,
    Message,
    Models,
    Prompt,
    Role,
    Sandbox,
    SandboxStanding,
    SystemClock,
    UnknownModel,
)
from desktop.models.choosing import RuntimeChooser
from desktop.models.programs import built_in, installed_servers
from desktop.notify import Choices, SecretDrawer, find_obstacle, try_channel
from desktop.paths import Paths, prepare
from desktop.sandbox.tried_sandbox import TriedSandbox
from desktop.settings import LoadedSettings, Settings, load_settings
from desktop.settings_file import SettingsFile
from desktop.store import Backups, DatabaseDamaged, damage_in_depth, notices, open_store
from desktop.tools.servers.environment import check_startable


class Health(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    LIMITED = "limited"  # something is not to be had here; all else works
    BROKEN = "broken"  # tasks can't be run until it is put right


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `what` says how it is and, where it is not well, what to do."""

    name: str
    health: Health
    what: str


_SIGNS: Final = {Health.GOOD: "ok", Health.LIMITED: "--", Health.BROKEN: "!!"}
_QUESTION: Final = Prompt(messages=(Message(role=Role.USER, content="Say hello."),), max_tokens=8)


def examine(paths: Paths, terminal: Terminal, *, self_test: bool, as_json: bool) -> ExitCode:
    """Look at everything. Fails where tasks can't be run."""
    from desktop.headless import all_models, local_hardware

    say_notices(paths, terminal)
    loaded = load_settings(paths.settings)
    hardware, servers = local_hardware(paths, loaded.settings), installed_servers(loaded.settings.llama_server)
    models = all_models(paths, SettingsFile(paths.settings, loaded.settings))
    chooser = RuntimeChooser((built_in(), *servers), hardware)
    findings = [*_findings(paths, loaded, models, hardware), asyncio.run(_runtimes(chooser))]
    if self_test:
        told = " ".join(finding.what for finding in findings)
        findings.append(asyncio.run(_answers(models, told)))
    if as_json:
        terminal.print_json({finding.name: {"health": finding.health, "what": finding.what} for finding in findings})
    else:
        for finding in findings:
            terminal.print(one_line(f"{_SIGNS[finding.health]} {finding.name}: {finding.what}"))
    broken = any(finding.health is Health.BROKEN for finding in findings)
    return ExitCode.FAILED if broken else ExitCode.COMPLETED


def _findings(paths: Paths, loaded: LoadedSettings, models: Models, hardware: Hardware) -> Iterator[Finding]:
    yield _good("legwork", f"version {desktop.__version__}")
    yield _good("python", f"{platform.python_version()} ({platform.python_implementation()})")
    yield _good("platform", f"{platform.platform()}, {os.cpu_count()} processors")
    yield _data_folder(paths)
    yield _good("engine", f"runs in {owner_in_words(paths)}" if is_owned(paths) else "does not run now")
    yield _database(paths)
    yield _backups(paths)
    yield from _set_aside(paths)
    yield _unless("settings", loaded.problem, "understood")
    yield _window()
    yield _unless("notifications", find_obstacle(os.environ), "shown by the desktop")
    yield from asyncio.run(_channels(loaded.settings.choices, SecretDrawer(), SystemClock()))
    yield _tool_servers(loaded.settings)
    yield _models(models)
    yield from _machine(asyncio.run(hardware.look()))
    yield _sandbox(asyncio.run(_look_at(TriedSandbox(paths.sandbox))))


def _good(name: str, what: str) -> Finding:
    return Finding(name=name, health=Health.GOOD, what=what)


def _unless(name: str, problem: str, what: str) -> Finding:
    return Finding(name=name, health=Health.LIMITED, what=problem) if problem else _good(name, what)


def _data_folder(paths: Paths) -> Finding:
    try:
        prepare(paths)
    except LegworkError as error:
        return Finding(name="data folder", health=Health.BROKEN, what=str(error))
    return _good("data folder", f"{paths.data}, {size(shutil.disk_usage(paths.data).free)} free")


def _database(paths: Paths) -> Finding:
    library = f"SQLite {importlib.metadata.version('apsw').rpartition('.')[0]}"
    if not paths.has_history:
        return _good("database", f"{library}; none yet, the first task makes it")
    try:
        count = asyncio.run(_count_tasks(paths))
    except LegworkError as error:
        return Finding(name="database", health=Health.BROKEN, what=str(error))
    if damage := damage_in_depth(paths.database):
        return Finding(name="database", health=Health.BROKEN, what=str(DatabaseDamaged(paths.database, damage)))
    return _good("database", f"{library}, {count} tasks, read through without finding damage")


def _backups(paths: Paths) -> Finding:
    found = Backups(paths.database).newest_first()
    if not found:
        return _good("backups", "none yet; the engine makes them while it runs")
    total = size(sum(backup.size for backup in found))
    return _good("backups", f"{len(found)}, {total}, the newest of {found[0].taken_at.astimezone():%Y-%m-%d %H:%M}")


def _set_aside(paths: Paths) -> Iterator[Finding]:
    if told := notices(paths.database, SystemClock().now()):
        yield Finding(name="history", health=Health.LIMITED, what=" ".join(map(str, told)))


async def _count_tasks(paths: Paths) -> int:
    store = open_store(paths.data, readonly=True)
    try:
        return sum((await store.counts()).values())
    finally:
        await store.close()


def _window() -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        return Finding(name="window", health=Health.LIMITED, what="Qt is missing; packaging/bootstrap.py sets it up")
    problem = find_display_problem(os.environ)
    return _unless("window", problem, f"Qt {importlib.metadata.version('PySide6_Essentials')}, there is a display")


async def _channels(choices: Choices, drawer: SecretDrawer, clock: Clock) -> list[Finding]:
    """Whether the ways to tell somebody that are switched on would work now. Nobody is told anything."""
    names = {
        ChannelKind.MAIL: ("e-mail", choices.mail.enabled, "the mail server lets Legwork in"),
        ChannelKind.NTFY: ("phone", choices.ntfy.enabled, "the ntfy server answers"),
        ChannelKind.COMMAND: ("command", choices.command.enabled, "the program is there"),
    }
    findings = []
    for channel, (name, is_on, well) in names.items():
        problem = await try_channel(channel, choices, clock=clock, drawer=drawer) if is_on else ""
        findings.append(_unless(name, problem, well if is_on else "not switched on"))
    return findings


def _tool_servers(settings: Settings) -> Finding:
    """Which are listed, and whether they could be started; none is."""
    problems = []
    for server in settings.tool_servers:
        try:
            check_startable(server, settings.web.allowed_hosts, os.environ)
        except LegworkError as error:
            problems.append(str(error))
    names = "; ".join(
        f"{server.name} ({server.where}{'' if server.enabled else ', switched off'})"
        for server in settings.tool_servers
    )
    return _unless("tool servers", " ".join(problems), f"{names}; not started for this" if names else "none")


def _models(models: Models) -> Finding:
    try:
        models.open(None)
    except UnknownModel as error:
        return Finding(name="models", health=Health.BROKEN, what=str(error))
    names = ", ".join(
        f"{model.name} ({model.source if model.host else size(model.size)})" for model in models.installed()
    )
    return _good("models", f"{names}; the first is the default")


def _machine(machine: Machine) -> Iterator[Finding]:
    """What models can compute on."""
    processor = machine.processor
    features = f", {' '.join(sorted(processor.features))}" if processor.features else ""
    yield _good("processor", f"{processor.name}, {processor.cores} cores{features}")
    yield _good("memory", f"{size(machine.memory_available)} of {size(machine.memory_total)} free")
    gpus = "; ".join(map(_gpu, machine.gpus))
    yield _unless("gpu", f"{gpus}. {machine.advice}" if gpus and machine.advice else machine.advice, gpus)


async def _runtimes(chooser: RuntimeChooser) -> Finding:
    """What runs models here, and which of it would run one now; why no card is used, the finding about them says."""
    for program in chooser.programs:
        if program.is_chosen and shutil.which(program.lister) is None:
            what = f"{program.lister} can't be started; name another llama-server in the settings, or none"
            return Finding(name="runtimes", health=Health.LIMITED, what=what)
    way = (await chooser.ways())[0]
    names = ", ".join(program.name for program in chooser.programs)
    where = "the processor" if way.gpu is None else way.gpu.name
    return _good("runtimes", f"{names}; a model would be run by {way.program.name}, on {where}")


def _gpu(gpu: Gpu) -> str:
    driver = f", driver {gpu.driver}" if gpu.driver else ""
    return f"{gpu.name}, {size(gpu.memory_free)} of {size(gpu.memory_total)} free{driver}"


async def _look_at(sandbox: Sandbox) -> SandboxStanding:
    try:
        return await sandbox.look()
    finally:
        await sandbox.close()


def _sandbox(standing: SandboxStanding) -> Finding:
    """Where code runs that a model wrote, what that lacks, and why nothing better is used."""
    if not standing.available:
        return Finding(name="sandbox", health=Health.LIMITED, what=f"No code is run: {standing.reason}")
    packages = ", ".join(standing.packages) or "no packages"
    better = " ".join(f"{name} is not used: {why}" for name, why in standing.passed_over.items())
    what = f"{standing.tier}, with {packages}. {' '.join((*standing.lacks, better))}".strip()
    return Finding(name="sandbox", health=Health.LIMITED if better else Health.GOOD, what=what)


async def _answers(models: Models, told: str) -> Finding:
    """Load the default model and let it say a few words; why it runs where it does, unless that is told already."""
    try:
        model = models.open(None)
        loaded = await model.load()
        answer = await model.answer(_QUESTION)
    except LegworkError as error:
        return Finding(name="self-test", health=Health.BROKEN, what=str(error))
    finally:
        await models.close()
    reads = _speed(answer.prompt_tokens - answer.cached_tokens, answer.prompt_seconds)
    writes = _speed(answer.output_tokens, answer.output_seconds)
    here = f"on {loaded.device}, by {loaded.runtime} ({loaded.fit})"
    where = f"{loaded.name} answers {loaded.device if model.info.host else here}"
    why = "" if loaded.reason in told else f". {loaded.reason}"
    return _good("self-test", f"{where}, reads {reads} and writes {writes} tokens a second{why}")


def _speed(tokens: int, seconds: float) -> str:
    return f"{tokens / seconds:.0f}" if seconds else "no"
