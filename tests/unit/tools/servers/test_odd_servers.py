"""Servers that die, hang, flood, lie or talk nonsense cost a call, and nothing else."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from desktop.engine import ToolCall, ToolOutput
from desktop.tools.servers import Limits, ServerToolbox
from tests.unit.tools.servers.conftest import Boxes, odd

HASTY = Limits(start_seconds=10.0, list_seconds=10.0, call_seconds=1.0)


async def echo(box: ServerToolbox, text: str, **more: str) -> ToolOutput:
    return await box.call(ToolCall(tool="odd.echo", arguments={"text": text, **more}))


@pytest.mark.parametrize(
    ("oddity", "words"),
    [
        ("hang", "did not answer within 1 seconds"),
        ("die", "ended with code 5: out of luck"),
        ("flood", "said more than"),
        ("long line", "sent a message of more than 4 MB"),
        ("many parts", "sent a message of more than 10,000 parts"),
        ("nonsense", "answered what is no answer"),
    ],
)
async def test_a_server_that_fails_in_a_call_costs_that_call(boxes: Boxes, oddity: str, words: str) -> None:
    limits = HASTY if oddity == "hang" else Limits()
    box = await boxes.accepted_of(odd(), limits=limits)
    failed = await echo(box, oddity)
    assert failed.failed
    assert failed.text.startswith("The tool server odd ")
    assert words in failed.text
    assert failed.text.endswith(" It may have been done; look before it is done again.")
    assert "tried again" not in failed.text
    again = await echo(box, "still there?")
    assert (again.text, again.failed) == ("still there?", False), "it is started again"


@pytest.mark.parametrize(
    ("oddity", "words"),
    [
        ("mute", "did not start within 1 seconds"),
        ("dies at once", "ended with code 3: no such thing, my token is …"),
        ("babble", "says what is not MCP"),
        ("nonsense list", "answered what is no answer"),
    ],
)
async def test_a_server_that_can_t_be_had_is_left_out_with_the_reason(boxes: Boxes, oddity: str, words: str) -> None:
    limits = Limits(start_seconds=1.0) if oddity == "mute" else HASTY
    strange = odd(oddity, env={"API_TOKEN": "very-secret"})
    box = boxes.of(strange, odd(name="sound"), limits=limits)
    tools = await box.tools()
    if oddity != "mute":
        assert [tool.name for tool in tools] == ["sound.echo"]
    trouble = next(sentence for sentence in box.troubles() if "server odd" in sentence)
    assert words in trouble
    assert "very-secret" not in trouble
    assert (await echo(box, "hello")).failed


async def test_what_a_program_prints_besides_is_overheard(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd("chatter"))
    assert (await echo(box, "fine")).text == "fine"


async def test_what_a_server_asks_of_us_is_refused(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd())
    answers = json.loads((await echo(box, "ask")).text)
    assert len(answers) == 3
    assert all(isinstance(answer, str) and "not supported" in answer for answer in answers)


async def test_a_refusal_is_an_output_without_our_secrets(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd(env={"API_TOKEN": "very-secret"}))
    refused = await echo(box, "refuse")
    assert (refused.failed, refused.text) == (True, "It refuses: no, not with …")
    assert (await echo(box, "", variable="API_TOKEN")).text == "…"


async def test_text_may_hold_as_many_brackets_as_it_likes(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd())
    assert (await echo(box, "many braces")).text == "{[,]}" * 10_000


async def test_an_output_has_an_end(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd(), limits=Limits(characters=1_000))
    output = await echo(box, "much")
    assert output.text.endswith("…\n[cut: 500,000 characters]")
    assert len(output.text) < 1_100


async def test_a_server_finds_little_in_its_environment(boxes: Boxes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEGWORK_MAIL_PASSWORD", "SOMEBODY_S_KEY", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    box = await boxes.accepted_of(odd(env={"COLOUR": "blue"}))
    found = set((await echo(box, "environment")).text.split("\n"))
    assert {"COLOUR", "PATH", "HOME"} <= found
    assert not {"LEGWORK_MAIL_PASSWORD", "SOMEBODY_S_KEY", "PYTHONPATH", "LEGWORK_DATA_DIR"} & found


async def test_whatever_a_server_started_ends_with_it(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd("stubborn"))
    processes = [psutil.Process(int(pid)) for pid in (await echo(box, "breed")).text.split()]
    assert len(processes) == 2
    await box.close()
    assert not any(map(is_there, processes))


async def test_a_server_ends_with_legwork_however_that_ends(tmp_path: Path) -> None:
    """Legwork stands for a process that has a server, and is killed."""
    program = f"""
import asyncio, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from desktop.engine import ToolCall
from tests.unit.tools.servers.conftest import Boxes, odd

async def main():
    box = await Boxes(Path({str(tmp_path / "accepted.json")!r})).accepted_of(odd("stubborn"))
    print((await box.call(ToolCall(tool="odd.echo", arguments={{"text": "breed"}}))).text, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    legwork = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert legwork.stdout is not None
    processes = [psutil.Process(int(pid)) for pid in (await legwork.stdout.readline()).split()]
    processes += [process.parent() or process for process in processes[:1]]
    assert len(processes) == 3
    legwork.kill()
    await legwork.communicate()
    await asyncio.to_thread(psutil.wait_procs, processes, timeout=20)
    assert not any(map(is_there, processes))


def is_there(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def test_who_stops_waiting_for_a_start_leaves_nothing_behind(boxes: Boxes) -> None:
    box = boxes.of(odd("mute"))
    waiting = asyncio.create_task(box.tools())
    here = psutil.Process()
    while not (started := [each for each in here.children(recursive=True) if "mute" in each.cmdline()]):  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not any(map(is_there, started))


async def test_a_server_whose_guard_is_killed_ends_and_is_started_again(boxes: Boxes) -> None:
    box = await boxes.accepted_of(odd())
    server = psutil.Process(int((await echo(box, "number")).text))
    guard = server.parent()
    assert guard is not None
    guard.kill()
    await asyncio.to_thread(psutil.wait_procs, [server], timeout=20)
    assert not is_there(server)
    outputs = [await echo(box, "again"), await echo(box, "again")]
    assert outputs[-1].text == "again"


async def test_a_box_that_closes_ends_calls_under_way(boxes: Boxes, tmp_path: Path) -> None:
    box = await boxes.accepted_of(odd("", str(tmp_path / "asked")))
    call = asyncio.create_task(echo(box, "hang"))
    while not (tmp_path / "asked").exists():  # noqa: ASYNC110 - only the server knows when
        await asyncio.sleep(0)
    await box.close()
    assert (await call).failed
