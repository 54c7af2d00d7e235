"""What a hub knows of a file: asked through huggingface_hub, which knows the hub's ways and its refusals.

The bytes themselves are fetched elsewhere (`transfer`): the library's download can't be paused, and compares no hash.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from desktop.models.downloading.errors import DownloadFailed, Interrupted, NotAdmitted
from desktop.models.downloading.hub_file import HubFile
from desktop.models.downloading.refusals import hub_is_busy, seconds_to_wait

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

HUB: Final = "https://huggingface.co"
NEWEST: Final = "main"
SHA256_DIGITS: Final = 64
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


async def no_token() -> str:
    """For a hub that nobody has a token for."""
    return ""


class RevisionGone(DownloadFailed):
    """The version of the repository that was begun with is no longer there."""


class Hub:
    """A hub, or a mirror of it, at an address.

    The token is asked for only where the hub refuses without one, and it is sent to the hub's own host alone, over
    https or to this machine.
    """

    def __init__(self, address: str = HUB, token: Callable[[], Awaitable[str]] = no_token) -> None:
        self.address = address.rstrip("/")
        self._ask_token = token
        self._token = ""
        if urlsplit(self.address).scheme not in ("https", "http") or not urlsplit(self.address).hostname:
            raise DownloadFailed(
                f"The address of the hub, {self.address!r}, is none. Nothing was downloaded.",
                hint=f"Set it to one like {HUB}, or take it out of the settings.",
            )

    def headers_for(self, address: str) -> dict[str, str]:
        """What to send along to an address: the token to the hub itself, nothing to others."""
        if not self._token or not _same_origin(address, self.address):
            return {}
        return {"Authorization": f"Bearer {self._token}"}

    async def look_up(self, repository: str, file: str, commit: str = "") -> HubFile:
        """What the hub says of a file now, in that version of the repository (none: the newest).

        Raises `NotAdmitted`, `RevisionGone`, `Interrupted` or another `DownloadFailed`.
        """
        try:
            return await asyncio.to_thread(self._look_up, repository, file, commit)
        except NotAdmitted:
            token = "" if self._token else await self._ask_token()
            if not token or not _is_private(self.address):
                raise
            self._token = token
        return await asyncio.to_thread(self._look_up, repository, file, commit)

    def _look_up(self, repository: str, file: str, commit: str) -> HubFile:
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when the library is imported
        from httpx2 import HTTPError
        from huggingface_hub import errors, get_hf_file_metadata, hf_hub_url

        try:
            url = hf_hub_url(repository, file, revision=commit or NEWEST, endpoint=self.address)
            found = get_hf_file_metadata(url, token=self._token or False, endpoint=self.address)
        except errors.HfHubHTTPError as error:
            raise self._refusal(error, repository, file) from error
        except errors.OfflineModeIsEnabled as error:
            raise DownloadFailed(
                "HF_HUB_OFFLINE is set, so nothing is downloaded.", hint="Start Legwork without it."
            ) from error
        except (HTTPError, OSError) as error:
            raise Interrupted(
                f"{self.address} can't be reached ({type(error).__name__}). What was loaded is kept.",
                hint="Check the connection to the network.",
            ) from error
        return self._understood(file, found.location, found.size, found.etag or "", found.commit_hash or "")

    def _understood(self, file: str, location: str, size: int | None, etag: str, commit: str) -> HubFile:
        digits = etag.lower()
        if size is None or len(digits) != SHA256_DIGITS or not set(digits) <= set("0123456789abcdef"):
            raise DownloadFailed(
                f"{self.address} says of {file} neither how large it is nor which SHA-256 it has, so it could not be "
                "checked. Nothing was downloaded.",
                hint="Choose another file or another mirror.",
            )
        return HubFile(address=location, size=size, sha256=digits, commit=commit)

    def _refusal(self, error: "HfHubHTTPError", repository: str, file: str) -> DownloadFailed:
        from huggingface_hub import errors

        status = error.response.status_code
        page = f"{self.address}/{repository}"
        if hub_is_busy(status):
            return Interrupted(
                f"{self.address} answers {status} ({_phrase(status)}). What was loaded is kept.",
                retry_after=seconds_to_wait(error.response.headers),
            )
        match error:
            case errors.RevisionNotFoundError():
                return RevisionGone(f"The version of {repository} that the download began with is gone.")
            case errors.EntryNotFoundError():
                return DownloadFailed(f"There is no {file} in {page} (any more).", hint="Look there for its new name.")
            case errors.GatedRepoError():
                return NotAdmitted(
                    f"{repository} is given only to people who accepted its licence. Nothing was downloaded.",
                    hint=f"Accept it at {page}, and give Legwork a token of your account: LEGWORK_HUB_TOKEN, or the "
                    "settings.",
                )
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return NotAdmitted(
                f"{self.address} shows no {repository} to you ({status}). Nothing was downloaded.",
                hint="Check the name. If it is right, the model needs a token of an account that may see it: "
                "LEGWORK_HUB_TOKEN, or the settings.",
            )
        return DownloadFailed(f"{self.address} answers {status} ({_phrase(status)}).", hint="Try again later.")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown"


def _same_origin(one: str, other: str) -> bool:
    left, right = urlsplit(one), urlsplit(other)
    return (left.scheme, left.hostname, left.port) == (right.scheme, right.hostname, right.port)


def _is_private(address: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK
