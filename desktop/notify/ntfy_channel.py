"""Tells the person's phone through a server that speaks ntfy, in JSON: no title can become a header there."""

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from desktop.engine import Bulletin, Clock, DeliveryFailed, Occasion
from desktop.notify.choices import NtfyChoice
from desktop.notify.http_post import get, post
from desktop.notify.wording import HEADING_CHARACTERS, first_line, heading_of, one_line

MESSAGE_CHARACTERS: Final = 1000
_HIGH: Final = 4
_USUAL: Final = 3
_TAGS: Final = {Occasion.COMPLETED: "white_check_mark", Occasion.FAILED: "x", Occasion.WAITING: "raising_hand"}


async def send_ntfy(bulletin: Bulletin, choice: NtfyChoice, token: str, clock: Clock) -> None:
    """Publish it. Raises `DeliveryFailed`."""
    check_ntfy_choice(choice)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    server = choice.server.strip().rstrip("/")
    await post(f"{server}/", msgspec.json.encode(_message(bulletin, choice)), headers, clock.now(), only_to=None)


async def try_ntfy_server(choice: NtfyChoice, clock: Clock) -> None:
    """Ask the server whether it is well, and publish nothing. Raises `DeliveryFailed`."""
    check_ntfy_choice(choice)
    await get(f"{choice.server.strip().rstrip('/')}/v1/health", clock.now())


def check_ntfy_choice(choice: NtfyChoice) -> None:
    """Raise `DeliveryFailed` where the settings can't be used."""
    try:
        parts = urlsplit(choice.server.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise DeliveryFailed("The ntfy server has no address.", hint="Give one such as https://ntfy.sh.")
    if not choice.topic.strip():
        raise DeliveryFailed("No ntfy topic is given.", hint="Choose a long one that nobody guesses.")


def _message(bulletin: Bulletin, choice: NtfyChoice) -> dict[str, Any]:
    return {
        "topic": choice.topic.strip(),
        "title": one_line(heading_of(bulletin), HEADING_CHARACTERS + 20),
        "message": one_line(first_line(bulletin.text), MESSAGE_CHARACTERS) or "See Legwork for more.",
        "tags": [_TAGS[bulletin.occasion]] if bulletin.occasion in _TAGS else [],
        "priority": _USUAL if bulletin.occasion is Occasion.COMPLETED else _HIGH,
    }
