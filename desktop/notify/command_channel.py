"""Runs a program of the person's own. No shell reads anything, and no text of a task is an argument."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import msgspec

from desktop.engine import Delivery, DeliveryFailed
from desktop.notify.choices import CommandChoice
from desktop.notify.secret_drawer import without_secrets
from desktop.notify.webhook_channel import webhook_body
from desktop.notify.wording import one_line

_TITLE_CHARACTERS: Final = 200
_SAID_CHARACTERS: Final = 200
_SAID_BYTES: Final = 2_000


async def run_command(delivery: Delivery, choice: CommandChoice, environment: Mapping[str, str] = os.environ) -> None:
    """Run it with the task's facts in its environment and as JSON on its standard input.

    Exit code 0 is a yes. Raises `DeliveryFailed`. Whoever cancels this ends the program and all that it started.
    """
    program, *arguments = check_command_choice(choice)
    with tempfile.TemporaryFile() as complaints:  # a pipe would stay open as long as what the program leaves running
        try:
            process = await _started(
                asyncio.create_subprocess_exec(
                    program,
                    *arguments,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=complaints,
                    env={**without_secrets(environment), **facts(delivery)},
                    start_new_session=True,
                )
            )
        except (OSError, ValueError) as error:
            raise _not_started(program, error) from error
        await _talk(process, msgspec.json.encode(_body(delivery)))
        if process.returncode:
            complaints.seek(0)
            said = one_line(complaints.read(_SAID_BYTES).decode("utf-8", "replace"), _SAID_CHARACTERS)
            raise DeliveryFailed(
                f"The command ended with code {process.returncode}. {said}".strip(), hint="Run it by hand to see why."
            )


def check_command_choice(choice: CommandChoice) -> tuple[str, ...]:
    """The program, in full, and its arguments. Raises `DeliveryFailed` where there is no such program."""
    if not choice.arguments or not choice.arguments[0].strip():
        raise DeliveryFailed("No command is given.", hint="Give a program and its arguments in the settings.")
    program = shutil.which(os.path.expanduser(choice.arguments[0]))  # noqa: PTH111 - a name without a folder stays one
    if program is None:
        raise DeliveryFailed(
            f"There is no program {one_line(choice.arguments[0], 100)} that can be run.",
            hint="Give it with its whole path, and see that it is executable.",
        )
    return (program, *choice.arguments[1:])


def facts(delivery: Delivery) -> dict[str, str]:
    """What the program is told in its environment."""
    bulletin = delivery.bulletin
    return {
        "LEGWORK_DELIVERY_ID": delivery.delivery_id,
        "LEGWORK_EVENT": bulletin.occasion.value,
        "LEGWORK_TASK_ID": bulletin.task_id,
        "LEGWORK_TASK_RUN": str(bulletin.run),
        "LEGWORK_TASK_KIND": one_line(bulletin.kind, _TITLE_CHARACTERS),
        "LEGWORK_TASK_STATUS": bulletin.status.value,
        "LEGWORK_TASK_TITLE": one_line(bulletin.title, _TITLE_CHARACTERS),
    }


def _body(delivery: Delivery) -> dict[str, object]:
    """What webhooks are sent, with the identifier that they have in a header, and what came of the task."""
    return {"id": delivery.delivery_id, **webhook_body(delivery.bulletin), "text": delivery.bulletin.text}


async def _started(start: Coroutine[Any, Any, Process]) -> Process:
    """The process, which may run before asyncio hands it out; where nobody waits for it by then, it is ended."""
    starting = asyncio.ensure_future(start)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError, ValueError):
            await _end(await starting)
        raise


async def _talk(process: Process, body: bytes) -> None:
    """Give it the JSON and wait for its end; where nobody waits any more, end it with all that it started."""
    try:
        await process.communicate(body)
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """End it with all that it started, unless it has ended."""
    if process.returncode is None:
        _kill(process)
        await process.wait()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _not_started(program: str, error: Exception) -> DeliveryFailed:
    return DeliveryFailed(
        f"The command {one_line(program, 100)} could not be started ({type(error).__name__}).",
        hint="Run it by hand to see why.",
    )
