"""How a task that is waited for comes to run: submitted, resumed, or retried; in this process or in another."""

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from desktop.api.client import RunningEngine
from desktop.api.errors import TakeoverUnsure
from desktop.api.representation import AcceptedTask, PublicTask
from desktop.engine import Engine, Task, TaskId, TaskRequest


class Beginning(Protocol):
    """Puts one task in line."""

    async def here(self, engine: Engine) -> Task:
        """With the engine of this process."""

    def there(self, engine: RunningEngine) -> AcceptedTask | PublicTask:
        """With the engine of another process."""


@dataclass(slots=True)
class Submission:
    """A new task; one, however often it is handed over, since every time goes by the same key."""

    request: TaskRequest
    _key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    _unsure: TakeoverUnsure | None = None

    async def here(self, engine: Engine) -> Task:
        """With the engine of this process. Raises `TakeoverUnsure` where another one may have kept the task."""
        if self._unsure is not None:
            raise self._unsure
        return await engine.submit(self.request)

    def there(self, engine: RunningEngine) -> AcceptedTask:
        """With the engine of another process."""
        try:
            return engine.submit(self.request, self._key)
        except TakeoverUnsure as unsure:
            self._unsure = unsure
            raise


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
