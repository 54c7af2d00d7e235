"""What can go wrong, in words that a person can act on.

    LegworkError                  every error that a person may meet
    ├── InvalidRequest            the request can't become a task; nothing was started
    │   └── KeyReused             its key belongs to another request
    ├── UnknownTask               no task has this identifier
    ├── UnknownDelivery           no delivery has this identifier
    ├── UnknownModel              no installed model has this name
    ├── ForbiddenTransition       the task's status does not allow this
    ├── UnreadableDocument        one input could not be read; the others can
    ├── ExecutionRefused          code can't be run here, or not as it was put; nothing of it ran
    ├── CannotComplete            the agent can't reach a result with these inputs
    ├── PromptTooLong             a prompt does not fit the model's context
    ├── PromptRefused             the runtime can't work with a prompt as it was put; trying again won't help
    ├── ModelUnavailable          the weights can't be loaded; trying again won't help
    ├── RuntimeUnusable           no model can run on this machine as it is; trying again won't help
    ├── RuntimeFailed             the runtime crashed, hung or answered nonsense; trying again may help
    ├── WorkStalled               nothing moved for too long; trying again may help
    ├── DeliveryFailed            somebody could not be told; it is tried again unless that is of no use
    └── StorageFailed             the data folder can't be read or written
        ├── StorageBlocked        it can't for now; work waits, and goes on by itself once it can again
        │   └── DiskFull          there is no room for what has to be written
        └── DataFolderInUse       another Legwork owns this data folder

Each carries what happened and what was kept (`message`) and what to do (`hint`).
"""


class LegworkError(Exception):
    """An error that a person may meet: `message` says what happened and what was kept, `hint` what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidRequest(LegworkError):
    """The request can't become a task; nothing was started."""


class KeyReused(InvalidRequest):
    """The key of a submission belongs to an earlier one that asked for something else."""


class UnknownTask(LegworkError):
    """No task has this identifier."""


class UnknownDelivery(LegworkError):
    """No delivery has this identifier."""


class UnknownModel(LegworkError):
    """No installed model has this name."""


class ForbiddenTransition(LegworkError):
    """The task's status does not allow what was asked."""


class UnreadableDocument(LegworkError):
    """One input could not be read; the others can."""


class ExecutionRefused(LegworkError):
    """Code can't be run here, or not as it was put; nothing of it ran."""


class CannotComplete(LegworkError):
    """The agent can't reach a result with these inputs."""


class PromptTooLong(LegworkError):
    """A prompt does not fit the model's context."""


class PromptRefused(LegworkError):
    """The runtime can't work with a prompt as it was put, with its schema above all; trying again won't help."""


class ModelUnavailable(LegworkError):
    """The weights can't be loaded, and trying again won't help."""


class RuntimeUnusable(LegworkError):
    """The runtime can't run on this machine as it is; neither trying again nor another model helps."""


class RuntimeFailed(LegworkError):
    """The runtime crashed, hung or answered nonsense; trying again may help."""


class WorkStalled(LegworkError):
    """Nothing moved for so long that the attempt was given up; trying again may help."""


class DeliveryFailed(LegworkError):
    """Somebody could not be told. It is tried again, not before `retry_after` seconds, unless that is `final`."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 0.0, final: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.final = final


class StorageFailed(LegworkError):
    """The data folder can't be read or written."""


class StorageBlocked(StorageFailed):
    """The data folder can't be read or written for now. It may pass, so work waits for it and goes on by itself."""


class DiskFull(StorageBlocked):
    """There is no room for what has to be written.

    `folder` is where, `free` how many bytes there were left and `needed` how many the write took; None: not known.
    """

    def __init__(
        self, message: str, *, hint: str = "", folder: str, free: int | None = None, needed: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.folder = folder
        self.free = free
        self.needed = needed


class DataFolderInUse(StorageFailed):
    """Another Legwork owns this data folder."""
