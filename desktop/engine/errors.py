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
    ├── WebUnavailable            a page or a search could not be had; others can
    │   ├── AddressRefused        where an address leads may not be called; nothing was sent there
    │   └── SearchUnavailable     nobody searches the web for us: it is switched off, or its service refuses
    ├── FileUnavailable           a file of the given folders can't be read or written as asked
    │   ├── PathRefused           a path leads out of the given folders, or to what is no file of theirs
    │   └── FileConflict          another file is there than was thought; it was left as it is
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


class WebUnavailable(LegworkError):
    """A page or a search on the web could not be had. Others can, and this one perhaps later."""


class AddressRefused(WebUnavailable):
    """An address may not be called, or where it leads may not; nothing was sent there. Asking again won't help."""


class SearchUnavailable(WebUnavailable):
    """Nobody searches the web for us: it is switched off, not set up, or its service refuses."""


class FileUnavailable(LegworkError):
    """A file or folder of those that were given can't be read or written as asked. What is there was left as it is."""


class PathRefused(FileUnavailable):
    """A path leads out of the given folders, or to what is no file or folder of theirs: a link, a device, hidden."""


class FileConflict(FileUnavailable):
    """Another file is there than whoever writes thought; it was left as it is.

    `version` is that of what is there; empty where it is no file that can be replaced.
    """

    def __init__(self, message: str, *, hint: str = "", version: str = "") -> None:
        super().__init__(message, hint=hint)
        self.version = version


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
