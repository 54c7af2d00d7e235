"""What a server says of itself before it is asked anything."""

from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Final

import aiohttp
import msgspec

from desktop.engine import LegworkError, ModelUnavailable
from desktop.models.endpoints.line import Line, content_of, error_of
from desktop.models.endpoints.refusals import KEPT, SETTINGS
from desktop.models.replies import UNDECODABLE, in_short

MOST_LISTED: Final = 200

_Tokens = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
_NO_LIST: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class ListedModel(msgspec.Struct):
    """A model as `GET /models` lists it; vLLM says its context too."""

    id: str
    max_model_len: _Tokens | None = None


class Listing(msgspec.Struct):
    """The answer of `GET /models`."""

    data: list[ListedModel] | None = None


class Generation(msgspec.Struct):
    """How llama.cpp's `/props` describes a slot."""

    n_ctx: _Tokens = 0


class Props(msgspec.Struct):
    """What llama.cpp's `/props` says."""

    default_generation_settings: Generation
    total_slots: Annotated[int, msgspec.Meta(ge=1, le=10**4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What is known of a server and of the model that is to be asked there; None: it does not say."""

    model: str
    listed: tuple[str, ...] = ()
    context_tokens: int | None = None
    slots: int | None = None
    is_llama: bool = False  # llama.cpp's own server: it counts tokens, and tells how far it has read


async def hello(line: Line, wanted: str) -> Hello:
    """Ask a server what it is; `wanted` empty: the first model that it lists.

    Raises `ModelUnavailable` or `RuntimeFailed`, and aiohttp's errors on a broken connection.
    """
    models = await listed_models(line)
    if not wanted and not models:
        raise ModelUnavailable(
            f"{line.host} lists no models, so it is not known what to ask. {KEPT}",
            hint=f"Name the model {SETTINGS}, as the server calls it.",
        )
    found = wanted or models[0].id
    lengths = {model.id: model.max_model_len for model in models}
    known = Hello(model=found, listed=tuple(model.id for model in models), context_tokens=lengths.get(found) or None)
    props = await _props(line)
    if props is None:
        return known
    context = props.default_generation_settings.n_ctx or known.context_tokens
    return replace(known, context_tokens=context, slots=props.total_slots, is_llama=True)


async def listed_models(line: Line) -> list[ListedModel]:
    """The models that the server lists; none where it knows no such question."""
    async with line.get("models") as response:
        if response.status in _NO_LIST:
            return []
        if response.status != HTTPStatus.OK:
            raise line.counterpart().refusal(response.status, await error_of(response))
        content = await content_of(response)
    try:
        models = msgspec.json.decode(content, type=Listing).data or []
    except UNDECODABLE as error:
        raise _no_such_server(line) from error
    return [model for model in models[:MOST_LISTED] if in_short(model.id) == model.id]


async def is_there(line: Line) -> bool:
    """Whether the server says anything at all. Raises nothing that a connection may raise."""
    try:
        async with line.get("models"):
            return True
    except (aiohttp.ClientError, OSError, LegworkError):
        return False


async def _props(line: Line) -> Props | None:
    """What llama.cpp says of its slots; None where another program answers."""
    with suppress(*UNDECODABLE):
        async with line.session.get("props", allow_redirects=False) as response:
            if response.status == HTTPStatus.OK:
                return msgspec.json.decode(await content_of(response), type=Props)
    return None


def _no_such_server(line: Line) -> ModelUnavailable:
    return ModelUnavailable(
        f"What answers at {line.host} does not speak OpenAI's API at this address. {KEPT}",
        hint=f"Give the address {SETTINGS} as its API begins; with most servers it ends in /v1.",
    )
