"""Passwords and tokens, kept by the system's keyring; on a machine without one they come from the environment."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from desktop.engine import DeliveryFailed

SERVICE: Final = "Legwork"


class SecretName(StrEnum):
    """What is kept; the value is its name in the keyring."""

    MAIL_PASSWORD = "mail password"  # noqa: S105 - a name
    NTFY_TOKEN = "ntfy token"  # noqa: S105 - a name
    HUB_TOKEN = "token of the model hub"  # noqa: S105 - a name
    BRAVE_KEY = "key of Brave's search"


VARIABLES: Final = {
    SecretName.MAIL_PASSWORD: "LEGWORK_MAIL_PASSWORD",
    SecretName.NTFY_TOKEN: "LEGWORK_NTFY_TOKEN",
    SecretName.HUB_TOKEN: "LEGWORK_HUB_TOKEN",
    SecretName.BRAVE_KEY: "LEGWORK_BRAVE_KEY",
}
"""Environment variables that come before the keyring: for a machine without a desktop."""


class SecretDrawer:
    """Gets and keeps secrets. A keyring may ask the person to unlock it, so threads wait for it, never a loop."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    async def get(self, name: SecretName) -> str:
        """The secret; empty where there is none. Raises `DeliveryFailed` where the keyring can't be read."""
        given = self._environment.get(VARIABLES[name], "")
        return given or await asyncio.to_thread(_read, name)

    def keep(self, name: SecretName, secret: str) -> None:
        """Keep the secret, or none of that name where it is empty. Waits. Raises `DeliveryFailed`."""
        import keyring  # looks for the system's services at import, which only these two functions need
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            if secret:
                keyring.set_password(SERVICE, name, secret)
            else:
                with contextlib.suppress(PasswordDeleteError):  # there was none
                    keyring.delete_password(SERVICE, name)
        except KeyringError as error:
            raise _no_keyring(name, "kept") from error


def _read(name: SecretName) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, name) or ""
    except KeyringError as error:
        raise _no_keyring(name, "read") from error


def _no_keyring(name: SecretName, what: str) -> DeliveryFailed:
    return DeliveryFailed(
        f"The {name} can't be {what}: this machine has no keyring that works, or it is locked.",
        hint=f"Unlock it, set one up (GNOME Keyring or KWallet on Linux), or start Legwork with {VARIABLES[name]} set.",
    )
