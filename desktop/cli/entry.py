"""Where every start begins: understand the words, carry the command out, and end with a code that says how it went."""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.api.errors import Refused
from desktop.cli.arguments import make_parser
from desktop.cli.exit_code import ExitCode
from desktop.cli.logfile import start_log, stop_log
from desktop.cli.terminal import Terminal
from desktop.engine import (
    DeliveryId,
    DeliveryQuery,
    DeliveryStatus,
    Input,
    InvalidRequest,
    LegworkError,
    TaskId,
    TaskQuery,
    TaskRequest,
    TaskStatus,
    UnknownDelivery,
    UnknownModel,
    UnknownTask,
    UnreadableDocument,
)
from desktop.paths import Paths, find_paths, prepare
from desktop.settings import Settings, load_settings
from desktop.tools.servers import ServerRefused

if TYPE_CHECKING:
    from desktop.api.outer_door import OuterDoor
    from desktop.cli.beginning import Beginning

logger = logging.getLogger(__name__)

_WORKING = frozenset({None, "run", "submit", "serve"})
"""Commands for which a data folder is made where there is none; the others have nothing to do without a task."""

_ASKED_WRONGLY = (InvalidRequest, ServerRefused, UnknownDelivery, UnknownModel, UnknownTask, UnreadableDocument)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out what the command line says; the exit code."""
    given = make_parser().parse_args(arguments)
    terminal = Terminal.of_process()
    paths = find_paths(os.environ)
    try:
        with _told_errors(terminal, paths) as ending:
            if given.command in _WORKING:
                prepare(paths)
            start_log(paths)
            ending.code = _carry_out(given, paths, terminal)
    finally:
        terminal.clear_live_line()
        stop_log()
    return int(ending.code)


class _Ending:
    """How the command ended; failed, unless something says otherwise."""

    def __init__(self) -> None:
        self.code = ExitCode.FAILED


@contextlib.contextmanager
def _told_errors(terminal: Terminal, paths: Paths) -> Iterator[_Ending]:
    """Turn whatever goes wrong into words and an exit code. Tracebacks go to the log alone."""
    ending = _Ending()
    try:
        yield ending
    except LegworkError as error:
        logger.info("%s", type(error).__name__, exc_info=error)
        terminal.say_error(error)
        ending.code = _code_of(error)
    except KeyboardInterrupt:
        terminal.say("Interrupted.")
        ending.code = ExitCode.CANCELLED
    except BrokenPipeError:
        # Whoever read from us has had enough, as in `legwork list | head`. Python would complain again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ending.code = ExitCode.COMPLETED
    except Exception as error:
        logger.exception("a defect ended the command")
        terminal.say(f"legwork: Something went wrong inside Legwork ({type(error).__name__}). What was kept is kept.")
        terminal.say(f"The log says more: {paths.log}")


def _code_of(error: LegworkError) -> ExitCode:
    if isinstance(error, _ASKED_WRONGLY) or (isinstance(error, Refused) and error.is_about_the_request):
        return ExitCode.USAGE
    return ExitCode.FAILED


def _carry_out(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    """Each command imports what it needs, and nothing else: `legwork list` must not wait for Qt or a web framework."""
    match given.command:
        case "list" | "show" | "result" | "export":
            return _look(given, paths, terminal)
        case "models":
            return _models(given, paths, terminal)
        case "tools":
            return _tools(given, paths, terminal)
        case "templates":
            return _templates(given, paths, terminal)
        case "deliveries":
            return _deliveries(given, paths, terminal)
        case "docs":
            from desktop.cli.docs import write_docs

            return write_docs(paths, terminal)
        case "doctor":
            from desktop.cli.doctor import examine

            return examine(paths, terminal, self_test=given.self_test, as_json=given.as_json)
        case _:
            return _work(given, paths, terminal)


def _look(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    if given.command == "export":
        from desktop.cli.export import export_tasks

        return asyncio.run(export_tasks(paths, terminal, given.tasks, Path(_in_full(given.to)), as_json=given.as_json))
    from desktop.cli.look import list_tasks, show_result, show_task

    match given.command:
        case "list":
            return asyncio.run(list_tasks(paths, terminal, _query(given), as_json=given.as_json))
        case "show":
            return asyncio.run(show_task(paths, terminal, given.task, as_json=given.as_json))
        case _:
            shown = show_result(paths, terminal, given.task, artifact=given.artifact, as_json=given.as_json)
            return asyncio.run(shown)


def _models(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.models import ModelsCommand

    command = ModelsCommand(paths=paths, settings=_settings(paths, terminal), terminal=terminal, as_json=given.as_json)
    match given.action:
        case "list":
            return command.list(found=given.found)
        case "recommend":
            return command.recommend(gigabytes=given.memory, kind=given.kind, on_gpu=given.gpu)
        case "add":
            return command.add(given.path, given.name)
        case "remove":
            return command.remove(given.name)
        case _:
            from desktop.cli.get_model import GetModel

            prepare(paths)
            return GetModel(paths=paths, settings=command.settings, terminal=terminal, as_json=given.as_json).execute(
                given.model
            )


def _tools(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.tools import ToolsCommand

    command = ToolsCommand(paths=paths, settings=_settings(paths, terminal), terminal=terminal, as_json=given.as_json)
    match given.action:
        case "list":
            return command.list()
        case "add":
            return command.add(given.file)
        case "check":
            return command.check(given.name, accept=given.accept)
        case _:
            return command.remove(given.name)


def _templates(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.templates import TemplatesCommand, with_choices

    command = TemplatesCommand(paths=paths, terminal=terminal, as_json=given.as_json)
    match given.action:
        case "list":
            return command.list()
        case "show":
            return command.show(given.template)
    made = command.request(given.template, given.fields, given.files)
    request = with_choices(made, model=_model(given), title=given.title, keep_days=given.keep_days)
    prepare(paths)
    return _submit(request, given, paths, terminal) if given.submit else _run(request, given, paths, terminal)


def _run(request: TaskRequest, given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.beginning import Submission
    from desktop.cli.run import RunCommand

    settings = _settings(paths, terminal)
    return RunCommand(paths, settings, terminal, Submission(request), as_json=given.as_json).execute()


def _deliveries(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.deliveries import list_deliveries, send_again

    if given.send_again is not None:
        return send_again(
            paths, _settings(paths, terminal), terminal, DeliveryId(given.send_again), as_json=given.as_json
        )
    status = None if given.status is None else DeliveryStatus(given.status)
    query = DeliveryQuery(status=status, limit=given.limit)
    return asyncio.run(list_deliveries(paths, terminal, query, task=given.task, as_json=given.as_json))


def _work(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    settings = _settings(paths, terminal)
    match given.command:
        case "run" | "resume" | "retry":
            from desktop.cli.run import RunCommand

            command = RunCommand(paths, settings, terminal, _beginning(given, paths), as_json=given.as_json)
            return command.execute()
        case "pause" | "cancel":
            return _halt(given, paths, settings, terminal)
        case "answer":
            return _answer(given, paths, settings, terminal)
        case "pin" | "unpin" | "delete" | "restore":
            return _keep(given, paths, settings, terminal)
        case "submit":
            return _submit(_request(given), given, paths, terminal)
        case "watch":
            return _watch(given, paths, terminal)
        case "serve":
            from desktop.cli.serve import ServeCommand

            return ServeCommand(
                paths=paths,
                settings=settings,
                terminal=terminal,
                port=given.port,
                until_done=given.until_done,
                outer=_outer(given),
            ).execute()
        case _:
            from desktop.cli.window import open_window

            return open_window(paths, settings, terminal)


def _outer(given: argparse.Namespace) -> "OuterDoor | None":
    """The door to other machines; None for this one alone."""
    from desktop.api.outer_door import OuterDoor

    if given.host in (None, "127.0.0.1", "localhost"):
        return None
    if given.port == 0:
        raise InvalidRequest(
            "Other machines have to know the port beforehand. Nothing was started.", hint="Choose one with --port."
        )
    return OuterDoor(
        host=given.host, port=given.port, certificate=given.cert, key=given.key, without_tls=given.without_tls
    )


def _submit(request: TaskRequest, given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.background import BackgroundEngine
    from desktop.cli.beginning import Submission
    from desktop.cli.submit import SubmitCommand

    return SubmitCommand(
        paths=paths,
        terminal=terminal,
        submission=Submission(request),
        background=BackgroundEngine(paths),
        as_json=given.as_json,
    ).execute()


def _watch(given: argparse.Namespace, paths: Paths, terminal: Terminal) -> ExitCode:
    from desktop.cli.archive import find_task_id
    from desktop.cli.background import BackgroundEngine
    from desktop.cli.watch import WatchCommand

    task_id = asyncio.run(find_task_id(paths, given.task))
    return WatchCommand(paths, terminal, BackgroundEngine(paths), task_id, as_json=given.as_json).execute()


def _beginning(given: argparse.Namespace, paths: Paths) -> "Beginning":
    from desktop.cli.archive import find_task_id
    from desktop.cli.beginning import Resumption, Retrial, Submission

    match given.command:
        case "run":
            return Submission(_request(given))
        case "resume":
            return Resumption(asyncio.run(find_task_id(paths, given.task)))
        case _:
            return Retrial(asyncio.run(find_task_id(paths, given.task)), given.from_step)


def _halt(given: argparse.Namespace, paths: Paths, settings: Settings, terminal: Terminal) -> ExitCode:
    from desktop.cli.archive import find_task_id
    from desktop.cli.halt import Halt, HaltCommand

    task_id = asyncio.run(find_task_id(paths, given.task))
    command = HaltCommand(
        paths=paths,
        settings=settings,
        terminal=terminal,
        task_id=task_id,
        halt=Halt(given.command),
        as_json=given.as_json,
    )
    return command.execute()


def _answer(given: argparse.Namespace, paths: Paths, settings: Settings, terminal: Terminal) -> ExitCode:
    from desktop.cli.answer import AnswerCommand
    from desktop.cli.archive import find_task_id

    return AnswerCommand(
        paths=paths,
        settings=settings,
        terminal=terminal,
        task_id=asyncio.run(find_task_id(paths, given.task)),
        answer=given.answer,
        as_json=given.as_json,
    ).execute()


def _keep(given: argparse.Namespace, paths: Paths, settings: Settings, terminal: Terminal) -> ExitCode:
    from desktop.cli.archive import find_task_id
    from desktop.cli.keeping import Keeping, KeepingCommand

    task_ids = [asyncio.run(find_task_id(paths, beginning)) for beginning in given.tasks]
    keeping = Keeping.PURGE if given.command == "delete" and given.for_good else Keeping(given.command)
    command = KeepingCommand(paths=paths, settings=settings, terminal=terminal, keeping=keeping, as_json=given.as_json)
    return command.execute(task_ids)


def _settings(paths: Paths, terminal: Terminal) -> Settings:
    loaded = load_settings(paths.settings)
    if loaded.problem:
        terminal.say(loaded.problem)
    return loaded.settings


def _query(given: argparse.Namespace) -> TaskQuery:
    return TaskQuery(
        statuses=frozenset(TaskStatus(status) for status in given.status),
        kind=given.kind,
        text=" ".join(given.words),
        limit=given.limit,
        cursor=None if given.after is None else TaskId(given.after.upper()),
        trashed=given.trash,
    )


def _request(given: argparse.Namespace) -> TaskRequest:
    """Files are named in full: another process may carry the task out, or this one on another day, from elsewhere."""
    return TaskRequest(
        kind=given.kind,
        goal=given.goal,
        inputs=tuple(Input(path=_in_full(name)) for name in given.files),
        options=dict(given.options),
        model=_model(given),
        title=given.title,
        keep_days=given.keep_days,
    )


def _model(given: argparse.Namespace) -> str | None:
    """The name of a model, or where its file lies."""
    from desktop.models.gguf_name import MODEL_SUFFIXES

    model: str | None = given.model
    return _in_full(model) if model is not None and model.endswith(MODEL_SUFFIXES) else model


def _in_full(name: str) -> str:
    return str(Path(name).expanduser().absolute())
