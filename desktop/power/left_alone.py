"""For whoever wants the machine to sleep as it always does."""


class LeftAlone:
    """Keeps nothing awake."""

    def keep_awake(self, wanted: bool) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""
