"""Brings the bytes of one file here: in one stream that is taken up where it broke off."""

import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from desktop.models.downloading.errors import DownloadFailed, Interrupted, Mismatch
from desktop.models.downloading.hub import Hub
from desktop.models.downloading.hub_file import HubFile
from desktop.models.downloading.part_file import PartFile
from desktop.models.downloading.refusals import hub_is_busy, seconds_to_wait
from desktop.models.downloading.retrying import Retrying
from desktop.models.downloading.waiting import in_thread

logger = logging.getLogger(__name__)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 5
_MOST_REFUSALS: Final = 4
_BUFFER_BYTES: Final = 2**18
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Transfer:
    """One file on its way into a part. `on_piece` is called after every piece."""

    def __init__(
        self,
        part: PartFile,
        look_up: Callable[[], Awaitable[HubFile]],
        hub: Hub,
        *,
        retrying: Retrying,
        on_piece: Callable[[], None],
    ) -> None:
        self._part = part
        self._look_up = look_up
        self._hub = hub
        self._retrying = retrying
        self._on_piece = on_piece

    async def run(self, wanted: HubFile) -> None:
        """Fill the part until it is whole and checked. Raises `DownloadFailed` or `OSError`."""
        if await self._filled(wanted):
            return
        logger.info("a downloaded file does not have the hash that the hub gave; it is loaded once more")
        if not await self._filled(wanted):
            raise Mismatch(
                "What came is twice not what the hub says it is (its SHA-256 differs), so it was thrown away.",
                hint="Something on the way changes it, a mirror or a proxy. Try another mirror or network.",
            )

    async def _filled(self, wanted: HubFile) -> bool:
        """Load what is missing; whether the whole has its hash. If it has not, it is thrown away."""
        while self._part.size < wanted.size:
            try:
                await self._load(wanted)
            except Interrupted as error:
                await self._retrying.wait_out(error)
                wanted = await self._found_again(wanted)
        if await in_thread(self._part.check):
            return True
        await in_thread(self._part.restart)
        return False

    async def _found_again(self, wanted: HubFile) -> HubFile:
        """Ask the hub where the file is now: the address of before may have been for a short time."""
        found = await self._retrying.insist(self._look_up)
        if (found.sha256, found.size) != (wanted.sha256, wanted.size):
            raise Mismatch(
                "The file on the hub was replaced while it was being downloaded.",
                hint="Start the download again: the new one is loaded from its beginning.",
            )
        return found

    async def _load(self, wanted: HubFile) -> None:
        silent = self._retrying.patience.silent_seconds
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=silent, sock_read=silent)
        session = aiohttp.ClientSession(
            timeout=timeout, trust_env=True, auto_decompress=False, read_bufsize=_BUFFER_BYTES
        )
        try:
            async with session:
                await self._receive(session, wanted)
        except TimeoutError as error:
            raise Interrupted(f"Nothing came for {silent:g} seconds. What was loaded is kept.") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Interrupted(
                f"The connection broke off ({type(error).__name__}). What was loaded is kept.",
                hint="Check the connection to the network.",
            ) from error

    async def _receive(self, session: aiohttp.ClientSession, wanted: HubFile) -> None:
        address = _next(self._hub.address, wanted.address)
        for _ in range(_MOST_REDIRECTS):
            headers = {"Accept-Encoding": "identity", **self._range(), **self._hub.headers_for(address)}
            async with session.get(address, headers=headers, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    await self._take(answer, wanted)
                    return
                address = _next(address, answer.headers.get("Location", ""))
        raise DownloadFailed("The hub sends the download round in circles.", hint="Try again later.")

    def _range(self) -> dict[str, str]:
        """Ask for what is missing, and for all of it where the file is no longer the one that was begun."""
        if not self._part.size:
            return {}
        only_if = {"If-Range": self._part.etag} if self._part.etag and not self._part.etag.startswith("W/") else {}
        return {"Range": f"bytes={self._part.size}-", **only_if}

    async def _take(self, answer: aiohttp.ClientResponse, wanted: HubFile) -> None:
        match answer.status:
            case HTTPStatus.OK:
                if self._part.size:
                    await in_thread(self._part.restart)  # the server gives no pieces, or the file is another one
            case HTTPStatus.PARTIAL_CONTENT:
                await self._check_range(answer, wanted)
            case HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                await in_thread(self._part.restart)
                raise Interrupted("The server has less of the file than there is here. It is loaded anew.")
            case status:
                raise _refusal(status, answer)
        if (etag := answer.headers.get("ETag", "")) != self._part.etag:
            await in_thread(self._part.name_version, etag)
        async for piece in answer.content.iter_any():
            if self._part.size + len(piece) > wanted.size:
                await in_thread(self._part.restart)
                raise Interrupted("More came than the file is large. It is loaded from its beginning.")
            await in_thread(self._part.append, piece)
            self._retrying.progressed()
            self._on_piece()
        if self._part.size < wanted.size:
            raise Interrupted("The connection ended before the file did. What was loaded is kept.")

    async def _check_range(self, answer: aiohttp.ClientResponse, wanted: HubFile) -> None:
        match = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if match is None or (int(match[1]), int(match[3])) != (self._part.size, wanted.size):
            await in_thread(self._part.restart)
            raise Interrupted("The server sent another piece than was asked for. It is loaded from its beginning.")


def _next(address: str, location: str) -> str:
    following = urljoin(address, location)
    scheme = urlsplit(following).scheme
    if not location or scheme not in ("https", "http") or (scheme == "http" and urlsplit(address).scheme == "https"):
        raise DownloadFailed("The hub sends the download to an address that is not safe.", hint="Try another mirror.")
    return following


def _refusal(status: int, answer: aiohttp.ClientResponse) -> DownloadFailed:
    host = answer.url.host
    if hub_is_busy(status):
        return Interrupted(f"{host} answers {status}.", retry_after=seconds_to_wait(answer.headers))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        # Addresses of storage hold for an hour; the hub gives a new one.
        return Interrupted(
            f"{host} does not give the file at the address that the hub told ({status}).", most=_MOST_REFUSALS
        )
    return DownloadFailed(f"{host} answers {status}. What was loaded is kept.", hint="Try again later.")


async def read_again(part: PartFile) -> None:
    """Open a part and read what is there from before, in pieces between which a cancellation comes through."""
    await in_thread(part.open)
    while await in_thread(part.read_on):
        pass
