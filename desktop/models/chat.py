"""One question and its answer over a runtime's `/v1/chat/completions`, streamed as server-sent events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import msgspec

from desktop.engine import (
    Answer,
    FinishReason,
    LegworkError,
    Prompt,
    PromptRead,
    PromptRefused,
    PromptTooLong,
    RuntimeFailed,
    Sign,
)
from desktop.models.answer_schema import check_answer_schema
from desktop.models.neutral import Neutraliser
from desktop.models.replies import NONSENSE, Count, Milliseconds, Nonsense, decode, in_short, reply

CONTEXT_EXCEEDED: Final = "exceed_context_size_error"
INVALID_REQUEST: Final = "invalid_request_error"
NOT_SUPPORTED: Final = "not_supported_error"
DATA: Final = b"data:"
END: Final = b"[DONE]"
MOST_LINE_BYTES: Final = 1024**2
"""An event holds a few tokens, or an error."""
MOST_CHARACTERS: Final = 256
"""That a token may have: the longest ones are runs of blanks."""


class Delta(msgspec.Struct):
    """A piece of the answer."""

    content: str | None = None


class Choice(msgspec.Struct):
    """The only one there is: what is new, and why it ended."""

    delta: Delta = msgspec.field(default_factory=Delta)
    finish_reason: str | None = None


class Timings(msgspec.Struct):
    """What the answer cost: tokens, and milliseconds."""

    cache_n: Count = 0
    prompt_n: Count = 0
    prompt_ms: Milliseconds = 0.0
    predicted_n: Count = 0
    predicted_ms: Milliseconds = 0.0


class PromptDetails(msgspec.Struct):
    """What is known of the prompt's tokens."""

    cached_tokens: Count | None = None


class Usage(msgspec.Struct):
    """What the answer cost, as OpenAI's API counts it."""

    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    prompt_tokens_details: PromptDetails | None = None

    @property
    def cached(self) -> int:
        """Tokens of the prompt that were found in the cache, as far as the server says."""
        details = self.prompt_tokens_details
        return (details.cached_tokens or 0) if details is not None else 0


class PromptProgress(msgspec.Struct):
    """How many tokens of the prompt are read; those in the cache count as read."""

    total: Count = 0
    cache: Count = 0
    processed: Count = 0


class ServerError(msgspec.Struct):
    """What the runtime has to say against a request."""

    message: str | None = None
    type: str | None = None
    n_prompt_tokens: Count = 0
    n_ctx: Count = 0

    @property
    def reason(self) -> str:
        """What it says, on one line."""
        return in_short(self.message or "it gave no reason")


class Chunk(msgspec.Struct):
    """One event of the stream."""

    choices: list[Choice] | None = None
    prompt_progress: PromptProgress | None = None
    timings: Timings | None = None
    usage: Usage | None = None
    error: ServerError | str | None = None


def failure(error: ServerError) -> LegworkError:
    """What the runtime's error means for whoever asked."""
    if error.type == CONTEXT_EXCEEDED:
        return PromptTooLong(
            f"The prompt has {error.n_prompt_tokens:,} tokens, and the model takes {error.n_ctx:,}.",
            hint="Ask for less at a time, or choose a model with a longer context.",
        )
    if error.type == INVALID_REQUEST:
        return PromptRefused(
            f"The runtime could not make sense of a question: {error.reason}. What was finished is kept.",
            hint="Trying again will not help. If you named fields, name them more simply; otherwise this is a fault in "
            "Legwork that its makers want to know of.",
        )
    if error.type == NOT_SUPPORTED:
        return PromptRefused(
            f"{error.reason}, and the task needs that. What was finished is kept.",
            hint="Choose another model for this task: one whose GGUF file is of autumn 2023 or later.",
        )
    return RuntimeFailed(f"The runtime gave up on a question: {error.reason}.", hint=NONSENSE)


Meaning = Callable[[ServerError], LegworkError]
"""What an error of the server means for whoever asked."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """An answer while it is being made. `feed` takes bytes as they arrive, and raises what the runtime reports."""

    max_tokens: int
    meaning: Meaning = failure
    read: PromptProgress | None = None
    pieces: list[str] = field(default_factory=list)
    finish: str | None = None
    timings: Timings | None = None
    usage: Usage | None = None
    events: int = 0  # that have come
    complete: bool = False
    _rest: bytes = b""
    _characters: int = 0

    def feed(self, received: bytes) -> str:
        """The text that these bytes bring, in one piece.

        Raises what `meaning` makes of an error among them, and `RuntimeFailed` for nonsense and for what has no end.
        """
        *lines, self._rest = (self._rest + received).split(b"\n")
        fresh = "".join(self._texts(lines))
        self._characters += len(fresh)
        if len(self._rest) > MOST_LINE_BYTES or self._characters > MOST_CHARACTERS * self.max_tokens:
            raise Nonsense("an answer without end")
        if fresh:
            self.pieces.append(fresh)
        return fresh

    def _texts(self, lines: list[bytes]) -> Iterator[str]:
        for line in lines:
            if not line.startswith(DATA):
                continue
            data = line[len(DATA) :].strip()
            if data == END:
                self.complete = True
                continue
            chunk = decode(data, Chunk)
            if chunk.error is not None:
                raise self.meaning(server_error(chunk))
            self.events += 1
            self.read = chunk.prompt_progress or self.read
            self.timings = chunk.timings or self.timings
            self.usage = chunk.usage or self.usage
            for choice in chunk.choices or ():
                self.finish = choice.finish_reason or self.finish
                if choice.delta.content:
                    yield choice.delta.content


class ChatClient:
    """Asks one runtime. `on_life` is called whenever the runtime shows that it is at work."""

    def __init__(self, session: aiohttp.ClientSession, neutraliser: Neutraliser, on_life: Callable[[], None]) -> None:
        self._session = session
        self._neutraliser = neutraliser
        self._on_life = on_life

    async def answer(self, prompt: Prompt, on_sign: Callable[[Sign], None] | None) -> Answer:
        """The whole answer.

        Raises `PromptTooLong`, `PromptRefused` or `RuntimeFailed`, and aiohttp's errors on a broken connection.
        """
        draft = Draft(max_tokens=prompt.max_tokens)
        body = msgspec.json.encode(request_body(prompt, self._neutraliser))
        async with self._session.post("/v1/chat/completions", data=body) as response:
            try:
                if response.status != 200:
                    raise failure(server_error(await reply(response, Chunk)))
                async for received in response.content.iter_any():
                    for sign in self._signs(draft, received):
                        self._on_life()
                        if on_sign is not None:
                            on_sign(sign)
            finally:
                if not draft.complete:
                    response.close()  # a runtime stops writing when nobody listens
        return self._finished(draft)

    def _signs(self, draft: Draft, received: bytes) -> Iterator[Sign]:
        """What these bytes let hear that is new: at most one report of the prompt's reading, and one piece of text."""
        before = draft.read
        fresh = draft.feed(received)
        if draft.read is not None and draft.read != before:
            read = draft.read
            yield PromptRead(tokens=read.processed, cached=read.cache, total=read.total)
        if fresh:
            yield self._neutraliser.restored(fresh)

    def _finished(self, draft: Draft) -> Answer:
        if not draft.complete or draft.finish is None or draft.timings is None:
            raise aiohttp.ClientPayloadError("the answer broke off")
        return timed_answer(self._neutraliser.restored("".join(draft.pieces)), draft.finish, draft.timings)


def timed_answer(text: str, finish: str, timings: Timings) -> Answer:
    """The answer with what it cost, as llama.cpp counts it."""
    return Answer(
        text=text,
        finish=finish_reason(finish),
        prompt_tokens=timings.cache_n + timings.prompt_n,
        cached_tokens=timings.cache_n,
        output_tokens=timings.predicted_n,
        prompt_seconds=timings.prompt_ms / 1000,
        output_seconds=timings.predicted_ms / 1000,
    )


def finish_reason(said: str) -> FinishReason:
    """Why the model stopped, in the engine's words."""
    return FinishReason.LENGTH if said == "length" else FinishReason.STOP


def server_error(chunk: Chunk) -> ServerError:
    """The error that a server answers with; some say nothing but a text."""
    error = chunk.error
    return ServerError(message=error) if isinstance(error, str) else error or ServerError()


def request_body(prompt: Prompt, neutraliser: Neutraliser) -> dict[str, Any]:
    """What the runtime is sent. Raises `PromptRefused`."""
    body: dict[str, Any] = {
        "messages": [
            {"role": message.role, "content": encodable(neutraliser.neutral(message.content))}
            for message in prompt.messages
        ],
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
        "top_p": prompt.top_p,
        "stop": prompt.stop,
        "stream": True,
        "cache_prompt": True,
        "return_progress": True,  # signs of life while a long prompt is read
    }
    if prompt.schema is not None:
        check_answer_schema(prompt.schema)
        body["response_format"] = {"type": "json_schema", "json_schema": {"schema": prompt.schema}}
    return body


def encodable(text: str) -> str:
    """The text with as many characters, and a question mark for each that UTF-8 can't carry (half a surrogate pair)."""
    return text.encode("utf-8", "replace").decode("utf-8")
