"""Signatures by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from desktop.engine import InvalidRequest

PREFIX: Final = "whsec_"
KEY_BYTES: Final = range(24, 65)
_NEW_KEY_BYTES: Final = 32


def make_secret() -> str:
    """A secret that nobody has."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_NEW_KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises `InvalidRequest`, which does not repeat it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in KEY_BYTES:
        raise InvalidRequest(
            "The webhook's secret can't sign; nothing was kept of it.",
            hint=f"Give '{PREFIX}' and 24 to 64 random bytes in base64, or leave it out: then one is made for you.",
        )
    return key


def signature_header(keys: Iterable[bytes], delivery_id: str, timestamp: int, body: bytes) -> str:
    """A signature by each key, as the header `webhook-signature` has them."""
    content = f"{delivery_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_sign(key, content)}" for key in keys)


def _sign(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
