"""Passwords and tokens, kept by the system's keyring; on a machine without one they come from the environment."""

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from desktop.engine import DeliveryFailed

logger = logging.getLogger(__name__)

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


ENDPOINT_VARIABLES: Final = "LEGWORK_ENDPOINT_KEY_"
"""How the variables with the keys of model servers begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointKey:
    """The key of a model server: kept for its address, so that it never goes to another one by the same name."""

    server: str  # scheme, host and port
    plain_name: str  # what the person calls it, in capital letters, digits and underscores

    def __str__(self) -> str:
        return f"key of the model server {self.server}"


SERVER_VARIABLES: Final = "LEGWORK_TOOL_"
"""How the variables with the secrets of tool servers begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSecret:
    """A variable or header of a tool server: kept for what the server is, so that no other one by its name has it."""

    server: str  # scheme, host and port; or what stands for a program with its arguments
    plain_name: str  # what the person calls the server, in capital letters, digits and underscores
    name: str  # of the variable or header

    def __str__(self) -> str:
        return f"{self.name} of the tool server {self.plain_name.lower()} ({self.server})"


Secret: TypeAlias = SecretName | EndpointKey | ServerSecret


def variable_of(secret: Secret) -> str:
    """The environment variable that comes before the keyring."""
    match secret:
        case SecretName():
            return VARIABLES[secret]
        case EndpointKey():
            return f"{ENDPOINT_VARIABLES}{secret.plain_name}"
        case ServerSecret():
            return f"{SERVER_VARIABLES}{secret.plain_name}_{re.sub('[^A-Z0-9]', '_', secret.name.upper())}"


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that is to know none of them."""
    hidden = set(VARIABLES.values())
    return {
        name: value
        for name, value in environment.items()
        if name not in hidden and not name.startswith((ENDPOINT_VARIABLES, SERVER_VARIABLES))
    }


class SecretDrawer:
    """Gets and keeps secrets. A keyring may ask the person to unlock it, so threads wait for it, never a loop."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    async def get(self, secret: Secret) -> str:
        """The secret; empty where there is none. Raises `DeliveryFailed` where the keyring can't be read."""
        given = self._environment.get(variable_of(secret), "")
        return given or await asyncio.to_thread(_read, secret)

    async def find(self, secret: Secret) -> str:
        """The secret; empty where there is none or the keyring can't be read: whoever then says no says what to do."""
        try:
            return await self.get(secret)
        except DeliveryFailed as error:
            logger.info("there is no %s: %s", secret, error.message)
            return ""

    def keep(self, secret: Secret, value: str) -> None:
        """Keep the value, or none of that name where it is empty. Waits. Raises `DeliveryFailed`."""
        import keyring  # looks for the system's services at import, which only these two functions need
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            if value:
                keyring.set_password(SERVICE, str(secret), value)
            else:
                with contextlib.suppress(PasswordDeleteError):  # there was none
                    keyring.delete_password(SERVICE, str(secret))
        except KeyringError as error:
            raise _no_keyring(secret, "kept") from error


def _read(secret: Secret) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, str(secret)) or ""
    except KeyringError as error:
        raise _no_keyring(secret, "read") from error


def _no_keyring(secret: Secret, what: str) -> DeliveryFailed:
    return DeliveryFailed(
        f"The {secret} can't be {what}: this machine has no keyring that works, or it is locked.",
        hint="Unlock it, set one up (GNOME Keyring or KWallet on Linux), or start Legwork with "
        f"{variable_of(secret)} set.",
    )
