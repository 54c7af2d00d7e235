"""How a task that is waited for comes to run: submitted, resumed, or retried; in this process or in another."""

from dataclasses import dataclass
from typing import Protocol

from desktop.api.client import RunningEngine
from desktop.api.representation import AcceptedTask, PublicTask
from desktop.engine import Engine, Task, TaskId, TaskRequest


class Beginning(Protocol):
    """Puts one task in line."""

    async def here(self, engine: Engine) -> Task:
        """With the engine of this process."""

    def there(self, engine: RunningEngine) -> AcceptedTask | PublicTask:
        """With the engine of another process."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A new task."""

    request: TaskRequest

    async def here(self, engine: Engine) -> Task:
        """With the engine of this process."""
        return await engine.submit(self.request)

    def there(self, engine: RunningEngine) -> AcceptedTask:
        """With the engine of another process."""
        return engine.submit(self.request)


@dataclass(frozen=True, slots=True)
class Resumption:
    """A paused task goes on; one that is in line or runs already is only waited for."""

    task_id: TaskId

    async def here(self, engine: Engine) -> Task:
        """With the engine of this process."""
        return await engine.resume(self.task_id)

    def there(self, engine: RunningEngine) -> PublicTask:
        """With the engine of another process."""
        return engine.resume(self.task_id)


@dataclass(frozen=True, slots=True)
class Retrial:
    """An ended task gets a new run, perhaps from one of its steps; one that has not ended is only waited for."""

    task_id: TaskId
    from_step: str | None = None

    async def here(self, engine: Engine) -> Task:
        """With the engine of this process."""
        return await engine.retry(self.task_id, self.from_step)

    def there(self, engine: RunningEngine) -> PublicTask:
        """With the engine of another process."""
        return engine.retry(self.task_id, self.from_step)
