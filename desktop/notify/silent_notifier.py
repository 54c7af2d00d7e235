"""For whoever does not want to be told."""

from desktop.engine import Task


class SilentNotifier:
    """Tells nobody anything."""

    async def notify(self, task: Task) -> None:
        """Do nothing."""
