"""The OpenAPI document: what the framework reads off the routes, and what it can't know.

Every route may refuse a request before and after it is understood, in one shape, and needs the token. The document that
says so is made once, when it is first asked for.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI

from desktop.api.bodies import TaskBody
from desktop.api.openai.error_shape import PREFIX
from desktop.api.problems import MEDIA_TYPE
from desktop.api.submission import FORM, TASK_PART

Schema = dict[str, Any]

_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "What went wrong (RFC 9457), and what to do about it.",
    "properties": {
        "type": {"type": "string", "description": "urn:legwork:problem: and the name of the error."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, and what was kept."},
        "hint": {"type": "string", "description": "What to do."},
        "task_status": {"type": "string", "description": "The status of the task, where that is why."},
    },
    "required": ["type", "title", "status", "detail", "hint"],
}
_OPENAI_ERROR: Final[Schema] = {
    "type": "object",
    "description": "What went wrong, in the shape that OpenAI's clients read.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}
_AT_THE_DOOR: Final = {
    401: ("NoToken", "The request does not carry the engine's token."),
    403: ("ForeignOrigin", "Requests from web pages are not answered."),
    413: ("RequestTooLarge", "The request is larger than 64 MB, or than 1 GB with files; nothing was kept of it."),
    415: ("UnknownForm", "The request is neither JSON nor a form with files; nothing was started."),
    429: ("TooOften", "Too many requests came from this address; this one was not answered."),
}
_INSIDE: Final = {
    400: ("InvalidRequest", "The request could not be read. Nothing was started."),
    404: ("UnknownTask", "There is no task 01JZ."),
    409: ("ForbiddenTransition", "A task that is completed can't become paused."),
    410: ("LostArtifact", "The file of this artifact is gone from the data folder; the task and its summary are kept."),
    416: ("UnusableRange", "The file has 100 bytes, and nothing in the range that was asked for."),
    422: ("InvalidRequest", "The goal is empty; nothing was started."),
    500: ("InternalError", "Something went wrong inside Legwork; tasks that were accepted are kept."),
    503: ("RuntimeFailed", "The runtime crashed."),
    507: ("DiskFull", "The disk of the data folder is full; nothing was started."),
}
_TASK: Final[Schema] = {
    "kind": "documents",
    "goal": "Compare the three tenders by price, delivery time and warranty",
    "inputs": [{"path": "/srv/tenders"}],
    "options": {"mode": "answer"},
}
_TEXT_TASK: Final[Schema] = {
    "kind": "documents",
    "goal": "Summarise",
    "inputs": [{"name": "sea.txt", "text": "The sea is wide."}],
    "keep_days": 7,
}
_BODIES: Final[dict[tuple[str, str], Schema]] = {
    ("post", "/estimate"): _TEXT_TASK,
    ("post", "/tasks/{task_id}/answer"): {"answer": "allow", "question_id": "5f0c1d3a9b7e2846"},
    ("post", "/tasks/{task_id}/retry"): {"from_step": "write"},
    ("post", "/models/downloads"): {"model": "qwen3-8b"},
    ("post", "/v1/responses"): {"model": "documents", "input": "Summarise: The sea is wide.", "background": True},
    ("post", "/v1/chat/completions"): {
        "model": "SmolLM2-135M",
        "messages": [{"role": "user", "content": "How wide is the sea?"}],
    },
}


def describe(routes: FastAPI) -> None:
    """Let the application's own `/openapi.json` tell all of it."""
    generate: Callable[[], Schema] = routes.openapi
    made: list[Schema] = []

    def whole() -> Schema:
        if not made:
            made.append(_completed(generate()))
        return made[0]

    routes.openapi = whole  # type: ignore[method-assign]


def _completed(document: Schema) -> Schema:
    components = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["schemas"] |= {"Problem": _PROBLEM, "OpenAIError": _OPENAI_ERROR}
    components["schemas"] |= {"TaskBody": _task_schema()}
    components["schemas"] = {name: _with_ranges(each) for name, each in components["schemas"].items()}
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "The token in engine.json, in the data folder."}
    }
    document["security"] = [{"token": []}]
    for method, path, operation in operations(document):
        errors = {str(status): _error(path, status, *example) for status, example in (_AT_THE_DOOR | _INSIDE).items()}
        operation["responses"].pop("422", None)
        operation["responses"] = errors | operation["responses"]
        for parameter in operation.get("parameters", []):
            parameter["schema"] = _without_nothing(parameter["schema"])
        if (method, path) in _BODIES:
            (content,) = operation["requestBody"]["content"].values()
            content["example"] = _BODIES[method, path]
    document["paths"]["/tasks"]["post"]["requestBody"] = _submission()
    return document


def _with_ranges(schema: Any) -> Any:
    """The schema with each pair of numbers in the plainest words: a list of two."""
    if isinstance(schema, list):
        return [_with_ranges(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _with_ranges(each) for name, each in schema.items()}
    if "prefixItems" in found:
        found["items"], *_ = found.pop("prefixItems")
    return found


def _without_nothing(schema: Schema) -> Schema:
    """What may be left out of an address or of headers can't be sent as nothing there."""
    match schema:
        case {"anyOf": [something, {"type": "null"}], **rest}:
            return {**rest, **something}
    return schema


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Method, path and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _error(path: str, status: int, name: str, detail: str) -> Schema:
    """An error as every route tells it."""
    example: Schema = {
        "type": f"urn:legwork:problem:{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "hint": "What to do about it.",
    }
    media_type, schema = MEDIA_TYPE, "Problem"
    if path.startswith(PREFIX):
        media_type, schema = "application/json", "OpenAIError"
        example = {"error": {"message": detail, "type": "invalid_request_error", "param": None, "code": "not_found"}}
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    return {"description": detail, "content": {media_type: content}}


def _task_schema() -> Schema:
    schema = TaskBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema | {"examples": [_TASK, _TEXT_TASK]}


def _submission() -> Schema:
    task = {"$ref": "#/components/schemas/TaskBody"}
    examples = {"files": {"summary": "A folder on the machine", "value": _TASK}}
    examples["text"] = {"summary": "A text in the request", "value": _TEXT_TASK}
    parts = {TASK_PART: task, "file": {"type": "array", "items": {"type": "string", "format": "binary"}}}
    form = {"schema": {"type": "object", "properties": parts, "required": [TASK_PART]}}
    form["encoding"] = {TASK_PART: {"contentType": "application/json"}}
    return {"required": True, "content": {"application/json": {"schema": task, "examples": examples}, FORM: form}}
