"""`legwork` in front of an engine without a window: it waits for one task's end, says how it ended, and leaves.

Run as a program, with the task's identifier.
"""

import sys
from collections.abc import Iterator

from PySide6.QtWidgets import QApplication

from desktop.cli import main, window
from desktop.engine import Task, TaskId
from tests.e2e.window_driver import Person, Wait, ended, the_window


def look_on(task_id: TaskId) -> Iterator[Wait]:
    """What a person does in the window that took over."""
    yield lambda: QApplication.topLevelWidgets() != []
    shown = the_window()
    yield lambda: shown.tasks.view.model().rowCount() > 0
    shown.tasks.step(1)
    yield lambda: ended(shown)
    task: Task | None = shown.detail.task
    assert task is not None
    assert task.task_id == task_id
    sys.stdout.write(task.status + "\n")
    shown.ask_to_quit = lambda _workload: True  # the count of what runs may be a moment older
    shown.leave()


if __name__ == "__main__":
    window.find_display_problem = lambda _environment: ""
    app = QApplication(["legwork"])
    person = Person(look_on(TaskId(sys.argv[1])))
    sys.exit(main([]))
