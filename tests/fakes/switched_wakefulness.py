"""A machine that is kept awake in a variable."""


class SwitchedWakefulness:
    """Implements `Wakefulness`. `changes` has what was wanted, each time that it was something else than before."""

    def __init__(self) -> None:
        self.changes: list[bool] = []

    @property
    def is_held(self) -> bool:
        return bool(self.changes) and self.changes[-1]

    def keep_awake(self, wanted: bool) -> None:
        if wanted != self.is_held:
            self.changes.append(wanted)

    async def close(self) -> None:
        self.keep_awake(False)
