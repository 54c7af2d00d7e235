"""Drawers for secrets, in memory."""

from desktop.engine import DeliveryFailed
from desktop.notify import SecretDrawer
from desktop.notify.secret_drawer import Secret


class MemoryDrawer(SecretDrawer):
    """Keeps what it is given, unless it is stuck."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        super().__init__(environment or {})
        self.kept: dict[Secret, str] = {}
        self.stuck = False

    async def get(self, secret: Secret) -> str:
        if self.stuck:
            raise DeliveryFailed("There is no keyring.", hint="Unlock it.")
        return self.kept.get(secret, "")

    def keep(self, secret: Secret, value: str) -> None:
        if self.stuck:
            raise DeliveryFailed("There is no keyring.", hint="Unlock it.")
        self.kept[secret] = value
