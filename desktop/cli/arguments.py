"""The words of the command line."""

import argparse
from pathlib import Path
from typing import Any, Final

import desktop
from desktop.engine import DEFAULT_KEEP_DAYS, DeliveryStatus, TaskStatus

_EPILOG: Final = """\
Without a command the window opens. LEGWORK_DATA_DIR moves all data.
Exit codes: 0 completed, 1 failed, 2 usage, 3 cancelled, 4 needs you."""


def make_parser() -> argparse.ArgumentParser:
    """The parser for all commands; `command` is None where the window is wanted."""
    parser = argparse.ArgumentParser(
        prog="legwork",
        description="Long jobs for a local language model: submit, walk away, be told, find the result weeks later.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"legwork {desktop.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_beginning(commands)
    _add_templates(commands)
    _add_watch(commands)
    _add_steering(commands)
    _add_answer(commands)
    _add_keeping(commands)
    _add_serve(commands)
    _add_looking(commands)
    _add_machine(commands)
    _add_tools(commands)
    commands.add_parser("docs", help="write a page that describes the HTTP API, to be opened in a browser")
    return parser


def option_pair(text: str) -> tuple[str, str]:
    """`key=value` as a pair."""
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form KEY=VALUE")
    return key.strip(), value


_BEGINNING: Final = {
    "run": (
        "run a task here and now, and wait for its result",
        "Where a Legwork runs on the data folder already, it does the work; otherwise this command does, and Ctrl-C "
        "cancels the task.",
    ),
    "submit": (
        "hand a task over, and walk away",
        "Prints the task's identifier at once. Where no Legwork runs on the data folder, one is started in the "
        "background: it outlives this terminal, and ends by itself when nothing has been to do for a minute.",
    ),
}


def _add_beginning(commands: Any) -> None:
    for name, (what, more) in _BEGINNING.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}. {more}")
        command.add_argument("kind", metavar="KIND", help="the kind of task: documents, research, code or assistant")
        command.add_argument("goal", metavar="GOAL", help="what to do, in your own words")
        command.add_argument("files", metavar="FILE", nargs="*", help="files or folders to work on")
        command.add_argument(
            "-o", dest="options", metavar="KEY=VALUE", type=option_pair, action="append", default=[], help="an option"
        )
        _add_choices(command)


def _add_choices(command: Any) -> None:
    command.add_argument("--model", metavar="NAME", help="the model to use (see 'legwork models list')")
    command.add_argument("--title", help="what to call the task")
    command.add_argument(
        "--keep-days", metavar="DAYS", type=int, default=DEFAULT_KEEP_DAYS, help="days to keep the result, 7 to 30"
    )
    _add_json(command)


def _add_templates(commands: Any) -> None:
    templates = commands.add_parser("templates", help="frequent jobs with fields, as in the window")
    actions = templates.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_json(actions.add_parser("list", help="list them, yours first"))
    show = actions.add_parser("show", help="show one with its fields")
    show.add_argument("template", metavar="NAME", type=_text, help="its name, or what stands first in the list")
    _add_json(show)
    use = actions.add_parser(
        "use",
        help="run the task that a template makes of its fields, and wait for its result",
        description="Run the task that a template makes of its fields, and wait for its result, as 'run' does.",
    )
    use.add_argument("template", metavar="NAME", type=_text, help="its name, or what stands first in the list")
    use.add_argument("files", metavar="FILE", nargs="*", help="files or folders to work on")
    use.add_argument(
        "-f", dest="fields", metavar="FIELD=VALUE", type=option_pair, action="append", default=[], help="a field"
    )
    use.add_argument("--submit", action="store_true", help="hand it over and walk away, as 'submit' does")
    _add_choices(use)


_STEERING: Final = {
    "resume": (
        "let a paused task go on, and wait for its result",
        "It goes on at its first unfinished step. Everything else is as with 'run': where a Legwork runs on the data "
        "folder already, it does the work; otherwise this command does, and Ctrl-C cancels the task.",
    ),
    "retry": (
        "run an ended task once more, and wait for its result",
        "The new run begins at the start, or with --from at one of the task's steps: what was finished before it is "
        "taken over and not done again, and so are the finished items of a step that stopped half-way. 'legwork show' "
        "says which steps there are. The earlier run stays readable in the window. Everything else is "
        "as with 'run': where a Legwork runs on the data folder already, it does the work; otherwise this command "
        "does, and Ctrl-C cancels the task.",
    ),
    "pause": (
        "stop working on a task until it is resumed",
        "What it has finished is kept. Where no Legwork runs on the data folder, the task is only marked as paused, "
        "and no task is started. The exit code is 0 when the task is paused.",
    ),
    "cancel": (
        "end a task for good",
        "What it has finished stays readable. Where no Legwork runs on the data folder, the task is only marked as "
        "cancelled, and no task is started. The exit code is 0 when the task is cancelled.",
    ),
}


def _add_steering(commands: Any) -> None:
    for name, (what, more) in _STEERING.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}. {more}")
        command.add_argument("task", metavar="ID", type=_text, help="the identifier, or its beginning")
        if name == "retry":
            command.add_argument(
                "--from", dest="from_step", metavar="STEP", type=_text, help="begin at this step, and reuse the others"
            )
        _add_json(command)


def _add_answer(commands: Any) -> None:
    what = "answer what a task asks"
    answer = commands.add_parser(
        "answer",
        help=what,
        description=f"{what[0].upper()}{what[1:]}, or show the question. The task then goes on where it was. Where no "
        "Legwork runs on the data folder, the answer is only kept, and no task is started. The exit code is 0 when the "
        "task has the answer.",
    )
    answer.add_argument("task", metavar="ID", type=_text, help="the identifier, or its beginning")
    answer.add_argument(
        "answer", metavar="TEXT", nargs="?", type=_text, help="one of the choices, or any text where there are none"
    )
    _add_json(answer)


def _add_watch(commands: Any) -> None:
    what = "follow a task to its end, and show its result"
    watch = commands.add_parser(
        "watch",
        help=what,
        description=f"{what[0].upper()}{what[1:]}. Where no Legwork runs on the data folder, one is started in the "
        "background for an unfinished task. Ctrl-C ends the watching and leaves the task alone. The exit code is the "
        "task's. With --json every event of the task is a line, and so is its state from time to time, and in the end.",
    )
    watch.add_argument("task", metavar="ID", type=_text, help="the identifier, or its beginning")
    _add_json(watch)


_KEEPING: Final = {
    "pin": ("keep tasks until they are unpinned", ""),
    "unpin": ("let pinned tasks go at their date again", "They are kept for a week at least."),
    "delete": (
        "move ended tasks to Trash",
        "From there 'legwork restore' brings them back, until Legwork has run for a week: then they are gone with "
        "their files.",
    ),
    "restore": ("bring tasks back from Trash", "They are kept for a week at least."),
}


def _add_keeping(commands: Any) -> None:
    for name, (what, more) in _KEEPING.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}. {more}".strip())
        command.add_argument("tasks", metavar="ID", nargs="+", type=_text, help="identifiers, or their beginnings")
        if name == "delete":
            command.add_argument("--for-good", action="store_true", help="remove tasks that are in Trash for good")
        _add_json(command)


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser(
        "serve",
        help="run the engine without a window until it is ended",
        description="Run the engine without a window until it is ended. Where a Legwork runs on the data folder "
        "already, that one is left to it.",
    )
    serve.add_argument("--port", type=_port, default=0, help="the port on 127.0.0.1 (default: any free one)")
    serve.add_argument("--host", type=_text, help="answer other machines too, at this address of yours and that port")
    serve.add_argument("--cert", metavar="FILE", type=Path, help="the certificate for TLS, in PEM")
    serve.add_argument("--key", metavar="FILE", type=Path, help="its key, where it is not in the same file")
    serve.add_argument(
        "--without-tls",
        action="store_true",
        help="answer other machines without TLS: whoever shares the network can read the token and all else",
    )
    serve.add_argument(
        "--until-done", action="store_true", help="end by itself when nothing has been to do for a minute"
    )


def _add_looking(commands: Any) -> None:
    listing = commands.add_parser("list", help="list tasks, newest first")
    listing.add_argument("words", metavar="WORD", nargs="*", help="only tasks with these words")
    listing.add_argument("--status", choices=[status.value for status in TaskStatus], action="append", default=[])
    listing.add_argument("--kind", type=_text)
    listing.add_argument("--limit", type=_positive, default=50)
    listing.add_argument("--after", metavar="ID", type=_text, help="go on after this task")
    listing.add_argument("--trash", action="store_true", help="those in Trash, instead of all others")
    _add_json(listing)
    deliveries = commands.add_parser(
        "deliveries", help="list what was told to others (webhooks, e-mail, phone, command), newest first"
    )
    deliveries.add_argument("--status", choices=[status.value for status in DeliveryStatus])
    deliveries.add_argument("--task", metavar="ID", type=_text, help="of one task: its identifier, or its beginning")
    deliveries.add_argument("--limit", type=_positive, default=50)
    deliveries.add_argument("--send-again", metavar="ID", type=_text, help="try this delivery once more, now")
    _add_json(deliveries)
    show = commands.add_parser("show", help="show one task")
    show.add_argument("task", metavar="ID", type=_text, help="the identifier, or its beginning")
    _add_json(show)
    result = commands.add_parser("result", help="print the result of a task")
    result.add_argument("task", metavar="ID", type=_text, help="the identifier, or its beginning")
    form = result.add_mutually_exclusive_group()
    form.add_argument("--artifact", metavar="NAME", help="print that file of the result")
    _add_json(form)
    _add_export(commands)


def _add_export(commands: Any) -> None:
    what = "copy results with all their files into a folder"
    export = commands.add_parser(
        "export",
        help=what,
        description=f"{what[0].upper()}{what[1:]}. Each task gets a folder of its own in there, by its identifier: its "
        "report, its other files, and all about it in task.json. What is there already is never overwritten.",
    )
    export.add_argument("tasks", metavar="ID", nargs="+", type=_text, help="identifiers, or their beginnings")
    export.add_argument("--to", metavar="FOLDER", required=True, help="the folder; made where it is missing")
    _add_json(export)


def _add_machine(commands: Any) -> None:
    models = commands.add_parser("models", help="the models on this machine")
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list them, the default one first")
    listing.add_argument("--found", action="store_true", help="those of LM Studio, Ollama and others, to be added")
    _add_json(listing)
    recommend = actions.add_parser("recommend", help="models to download that suit this machine, the best one first")
    recommend.add_argument("--memory", metavar="GB", type=_positive, help="for so much memory (default: this one's)")
    recommend.add_argument("--gpu", action="store_true", help="that memory is a graphics card's")
    recommend.add_argument("--kind", type=_text, help="only models that do this kind of task well")
    _add_json(recommend)
    get = actions.add_parser(
        "get",
        help="download a model, or go on with it",
        description="Download a model, or go on with it. Ctrl-C pauses; the same command goes on where it was, also "
        "after a crash. What came is checked by its SHA-256. A model that asks for an account needs LEGWORK_HUB_TOKEN; "
        "'hub_address' in the settings, or HF_ENDPOINT, names a mirror.",
    )
    get.add_argument("model", metavar="ID", type=_text, help="see 'recommend'; or owner/name/file.gguf of the hub")
    _add_json(get)
    add = actions.add_parser("add", help="use a model file where it lies, without a copy")
    add.add_argument("path", metavar="PATH", type=_text, help="the model's file, or a name from 'list --found'")
    add.add_argument("--name", type=_text, help="what to call it (default: after the file)")
    _add_json(add)
    remove = actions.add_parser("remove", help="remove a model with its files; one added by its path is only forgotten")
    remove.add_argument("name", metavar="ID", type=_text, help="its name")
    _add_json(remove)
    doctor = commands.add_parser("doctor", help="see what works on this machine, and what to do where it does not")
    doctor.add_argument("--self-test", action="store_true", help="also load the default model and let it answer")
    _add_json(doctor)


def _add_tools(commands: Any) -> None:
    tools = commands.add_parser("tools", help="the tool servers (MCP) that agents may use")
    actions = tools.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_json(actions.add_parser("list", help="list them; nothing is started"))
    add = actions.add_parser(
        "add",
        help="list the servers that a file describes",
        description="List the servers that a file describes in JSON, as other programs keep them under 'mcpServers'. "
        "Their secrets go to the keyring where there is one. Nothing is started.",
    )
    add.add_argument("file", metavar="FILE.json", type=_text, help="the file; - for standard input")
    _add_json(add)
    check = actions.add_parser(
        "check",
        help="start a server, and show what it says of its tools",
        description="Start a server, show what it says of its tools, and end it. Agents may use a tool once you have "
        "accepted what is said of it, and have to wait for that again when it changes.",
    )
    check.add_argument("name", metavar="NAME", type=_text, help="its name")
    check.add_argument(
        "--accept",
        metavar="SEAL",
        type=_text,
        help="accept what it says of its tools, if it is what an earlier check showed with this seal",
    )
    _add_json(check)
    remove = actions.add_parser("remove", help="take a server out of the list, with its secrets")
    remove.add_argument("name", metavar="NAME", type=_text, help="its name")
    _add_json(remove)


def _add_json(parser: Any) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help="JSON, one object a line")


def _text(given: str) -> str:
    try:
        given.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("it holds bytes that are no text") from None
    return given


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
