"""The desktop is told to keep the machine awake while a task runs, on a session bus of its own."""

from pathlib import Path

from desktop.engine import Input, TaskRequest, TaskStatus
from tests.e2e.conftest import SEA, Legwork, until
from tests.e2e.session_bus import session_bus

REQUEST = TaskRequest(
    kind="documents", goal="Summarise this in five points", inputs=(Input(name="sea.txt", text=SEA * 9),)
)
ASKED = {"asked": "wakepy", "suspend": True}


def test_the_machine_is_kept_awake_while_a_task_runs_and_no_longer(tmp_path: Path, legwork: Legwork) -> None:
    with session_bus(tmp_path, "sleep_manager.py") as desktop:
        legwork.environment["DBUS_SESSION_BUS_ADDRESS"] = desktop.address
        serving, engine = legwork.serve()
        task_id = engine.submit(REQUEST).task_id
        assert desktop.next() == ASKED
        engine.pause(task_id)
        assert desktop.next() == {"released": 1}
        engine.resume(task_id)
        assert desktop.next() == ASKED
        assert serving.end()[0] == 0
        assert desktop.next() == {"released": 2}


def test_a_desktop_that_does_not_answer_holds_nothing_up(tmp_path: Path, legwork: Legwork) -> None:
    with session_bus(tmp_path, "sleep_manager.py", "hangs") as desktop:
        legwork.environment["DBUS_SESSION_BUS_ADDRESS"] = desktop.address
        serving, engine = legwork.serve()
        task_id = engine.submit(REQUEST).task_id
        assert desktop.next() == ASKED
        until(lambda: True if engine.task(task_id).progress.fraction > 0 else None)
        assert engine.cancel(task_id).status is TaskStatus.CANCELLED
        assert serving.end()[0] == 0
    assert legwork.paths.log.read_text().count("the machine is not kept awake") == 1


def test_whoever_wants_the_machine_to_sleep_can_say_so(tmp_path: Path, legwork: Legwork) -> None:
    with session_bus(tmp_path, "sleep_manager.py") as desktop:
        legwork.environment["DBUS_SESSION_BUS_ADDRESS"] = desktop.address
        legwork.paths.data.mkdir()
        legwork.paths.settings.write_text('{"keep_awake": false}')
        serving, engine = legwork.serve()
        task_id = engine.submit(REQUEST).task_id
        until(lambda: True if engine.task(task_id).progress.fraction > 0 else None)
        assert serving.end()[0] == 0
        desktop.server.kill()
        assert desktop.server.communicate()[0] == ""
