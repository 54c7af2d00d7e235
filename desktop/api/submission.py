"""A task as it comes in a request: as JSON, or as a form that brings its files along."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from desktop.api.bodies import TaskBody
from desktop.api.uploads import Upload, safe_name
from desktop.engine import InvalidRequest, SubmissionKey

FORM: Final = "multipart/form-data"
TASK_PART: Final = "task"
MAX_FILES: Final = 1000
_MAX_TASK_BYTES: Final = 8 * 1024 * 1024
_PIECE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSubmission:
    """What was asked for, with the files that came along."""

    body: TaskBody
    uploads: tuple[Upload, ...] = ()

    async def key(self, name: str) -> SubmissionKey:
        """The key of that name, for exactly this submission."""
        return SubmissionKey(key=name, fingerprint=await asyncio.to_thread(self._fingerprint))

    def _fingerprint(self) -> str:
        content = hashlib.sha256(msgspec.json.encode(self.body.model_dump(), order="sorted"))
        for upload in self.uploads:
            content.update(_digest(upload.stream) + upload.name.encode() + b"\0")
            upload.stream.seek(0)
        return content.hexdigest()


@asynccontextmanager
async def given_submission(request: Request) -> AsyncIterator[GivenSubmission]:
    """Read it; its files can be read until the block ends. Raises `RequestValidationError` or `InvalidRequest`."""
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        yield GivenSubmission(body=_body(await request.body()))
        return
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FILES, max_part_size=_MAX_TASK_BYTES) as form:
        yield GivenSubmission(body=_body(await _task_part(form)), uploads=tuple(_uploads(form)))


def _digest(stream: BinaryIO) -> bytes:
    found = hashlib.sha256()
    while piece := stream.read(_PIECE_BYTES):
        found.update(piece)
    return found.digest()


async def _task_part(form: FormData) -> bytes:
    found = form.getlist(TASK_PART)
    if len(found) != 1:
        raise InvalidRequest(
            f"The form has {len(found)} parts called “{TASK_PART}”; nothing was started.",
            hint=f"Put the task as JSON into one part “{TASK_PART}”, and each file into a part of its own.",
        )
    part = found[0]
    return await part.read(_MAX_TASK_BYTES) if isinstance(part, UploadFile) else part.encode()


def _uploads(form: FormData) -> list[Upload]:
    uploads = []
    for name, part in form.multi_items():
        if name == TASK_PART:
            continue
        if not isinstance(part, UploadFile):
            raise InvalidRequest(
                f"The part {name!a} of the form is not a file; nothing was started.",
                hint=f"Only the part “{TASK_PART}” has no file name.",
            )
        uploads.append(Upload(name=safe_name(part.filename or "", part.content_type or ""), stream=part.file))
    return uploads


def _body(content: bytes) -> TaskBody:
    try:
        return TaskBody.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
