"""A file of a result, whole or by ranges."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from desktop.api.problems import Problem, problem_response
from desktop.engine import Artifact

_REFUSED: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)


class ArtifactResponse(FileResponse):
    """The file at `path`; a range that can't be had is a problem that says how long the file is."""

    def __init__(self, path: Path, artifact: Artifact) -> None:
        super().__init__(
            path,
            media_type=artifact.media_type,
            filename=artifact.name.rpartition("/")[2],
            headers={"ETag": f'"{artifact.sha256}"', "X-Content-Type-Options": "nosniff"},
        )
        self._size = artifact.size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        is_refused = False

        async def checked(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] in _REFUSED:
                is_refused = True
                await self._refusal(message["status"])(scope, receive, send)
            elif not is_refused:
                await send(message)

        await super().__call__(scope, receive, checked)

    def _refusal(self, status: int) -> Response:
        response = problem_response(
            Problem(
                status=HTTPStatus(status),
                type="UnusableRange",
                detail=f"The file has {self._size} bytes, and nothing in the range that was asked for.",
                hint=f"Ask for a range such as bytes=0-{max(self._size - 1, 0)}, or for the last ones with bytes=-100.",
            )
        )
        response.headers["Content-Range"] = f"bytes */{self._size}"
        return response
