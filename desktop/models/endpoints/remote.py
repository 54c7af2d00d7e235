"""A model on another server, once it is known what that server can: asks it, and holds its answers to their form."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from desktop.engine import (
    Answer,
    FinishReason,
    LegworkError,
    LoadedModel,
    Prompt,
    PromptRead,
    PromptTooLong,
    RuntimeFailed,
    Sign,
)
from desktop.models import tokens
from desktop.models.chat import Draft, PromptProgress, encodable, finish_reason, timed_answer
from desktop.models.endpoints.form import AnswerForm, bare
from desktop.models.endpoints.hello import Hello
from desktop.models.endpoints.line import Line, error_of
from desktop.models.endpoints.refusals import KEPT, Counterpart, wait_of
from desktop.models.endpoints.token_guess import guessed_ends, guessed_tokens
from desktop.models.neutral import Neutraliser

NO_FORM: Final = (
    "answers in a given form: they are asked for in words, checked here, and asked for once more where they do not fit"
)
BYTES_AT_MOST: Final = 2**20
BYTES_A_TOKEN: Final = 4_096
"""More than any server says about one token; what is beyond has no end."""

_TRIES: Final = 2


class StillGood(RuntimeFailed):
    """A failure that says nothing against the line to the server; it has no time for `wait` seconds."""

    def __init__(self, message: str, *, hint: str, wait: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.wait = wait


@dataclass(slots=True, kw_only=True)
class Ear:
    """Hears an answer on its way, and passes it on."""

    on_sign: Callable[[Sign], None]
    on_life: Callable[[], None]
    events: int = 0  # that have come
    holds_back: bool = False  # what may turn out not to fit

    def sign(self, sign: Sign) -> None:
        """Pass on what the model lets hear."""
        if not self.holds_back:
            self.on_sign(sign)

    def event(self, count: int) -> None:
        """The server did something; with a `count` of 0 it only showed that it is there."""
        self.events += count
        self.on_life()


@dataclass(slots=True, kw_only=True)
class Heard:
    """One answer on its way."""

    draft: Draft
    begun: float = field(default_factory=time.monotonic)
    first: float = 0.0  # when the first of the text came
    received: int = 0  # bytes


class Remote:
    """One model at one server."""

    def __init__(self, line: Line, known: Hello, loaded: LoadedModel) -> None:
        self.line = line
        self.loaded = loaded
        self._known = known
        self._neutraliser = Neutraliser(None)
        self._keeps_form = True

    @property
    def counterpart(self) -> Counterpart:
        """Who is asked, for the words of an error."""
        return self.line.counterpart(self._known.model)

    def doubt_form(self) -> None:
        """From now on answers in a form are asked for in words: the server does not keep to it."""
        self._keeps_form = False
        if NO_FORM not in self.loaded.lacks:
            self.loaded = replace(self.loaded, lacks=(*self.loaded.lacks, NO_FORM))

    async def answer(self, prompt: Prompt, ear: Ear) -> Answer:
        """The whole answer. Raises the engine's errors, and aiohttp's on a broken connection."""
        if prompt.schema is None:
            return await self.ask(prompt, None, ear)
        form = AnswerForm(prompt.schema)
        if not self._keeps_form:
            return await self._in_words(prompt, form, ear)
        answer = await self.ask(prompt, form, ear)
        problem = "" if answer.finish is FinishReason.LENGTH else form.problem(answer.text)
        if problem:
            self.doubt_form()
            raise self._misshapen(problem)
        return answer

    async def _in_words(self, prompt: Prompt, form: AnswerForm, ear: Ear) -> Answer:
        """An answer that was held back until it was seen to fit."""
        problem = ""
        for _ in range(_TRIES):
            ear.holds_back = True
            answer = await self.ask(form.in_words(prompt, problem), None, ear)
            ear.holds_back = False
            text = bare(answer.text)
            problem = "" if answer.finish is FinishReason.LENGTH else form.problem(text)
            if not problem:
                ear.sign(text)
                return replace(answer, text=text)
        raise self._misshapen(problem)

    def _misshapen(self, problem: str) -> StillGood:
        return StillGood(
            f"{self._known.model} at {self.line.host} answered in another form than it was asked for "
            f"({self.counterpart.quoted(problem)}). {KEPT}",
            hint="Try again. If it happens again, choose a larger model, or a server that keeps to a given form "
            "(llama-server, vLLM, Ollama and LM Studio do).",
        )

    async def ask(self, prompt: Prompt, form: AnswerForm | None, ear: Ear) -> Answer:
        """Ask once, with or without a form that the server is to keep to."""
        if not self._known.is_llama:
            self._check_room(prompt)
        heard = Heard(draft=Draft(max_tokens=prompt.max_tokens, meaning=self.counterpart.broken))
        async with self.line.post("chat/completions", self._body(prompt, form)) as response:
            if response.status != HTTPStatus.OK:
                raise await self._refused(response)
            async for received in response.content.iter_any():
                self._hear(heard, received, ear)
                if heard.draft.complete:
                    break  # some servers leave the line open after their last word
        return self._finished(heard, prompt)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where tokens end in a text: as the server says, or as well as it can be guessed."""
        if self._known.is_llama:
            return await tokens.token_ends(self.line.session, text)
        return guessed_ends(text)

    def _check_room(self, prompt: Prompt) -> None:
        """Some servers cut a prompt that is too long, and say nothing."""
        count = guessed_tokens(prompt)
        if count >= self.loaded.context_tokens:
            raise PromptTooLong(
                f"The prompt has about {count:,} tokens, and {self.loaded.name} takes {self.loaded.context_tokens:,}.",
                hint="Ask for less at a time, choose a model with a longer context, or say in the settings, under "
                "Model servers, how long it is.",
            )

    async def _refused(self, response: aiohttp.ClientResponse) -> LegworkError:
        wait = wait_of(response.headers.get("Retry-After", ""))
        error = self.counterpart.refusal(response.status, await error_of(response), wait)
        is_busy = response.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        return StillGood(error.message, hint=error.hint, wait=wait) if is_busy else error

    def _hear(self, heard: Heard, received: bytes, ear: Ear) -> None:
        """Take in what has come. Raises `RuntimeFailed` for nonsense and for what has no end."""
        draft = heard.draft
        read, events = draft.read, draft.events
        heard.received += len(received)
        if heard.received > BYTES_AT_MOST + BYTES_A_TOKEN * draft.max_tokens:
            raise self.counterpart.failed("answers without end")
        fresh = draft.feed(received)
        ear.event(draft.events - events)
        if draft.read is not None and draft.read != read:
            ear.sign(_read(draft.read))
        if fresh:
            heard.first = heard.first or time.monotonic()
            ear.sign(self._neutraliser.restored(fresh))

    def _body(self, prompt: Prompt, form: AnswerForm | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._known.model,
            "messages": [
                {"role": message.role, "content": encodable(self._neutraliser.neutral(message.content))}
                for message in prompt.messages
            ],
            "max_tokens": prompt.max_tokens,
            "temperature": prompt.temperature,
            "top_p": prompt.top_p,
            "seed": prompt.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if prompt.stop:
            body["stop"] = prompt.stop
        if form is not None:
            body["response_format"] = form.response_format
        if self._known.is_llama:
            body |= {"cache_prompt": True, "return_progress": True}
        return body

    def _finished(self, heard: Heard, prompt: Prompt) -> Answer:
        """The answer with what it cost; what the server does not count is guessed."""
        draft = heard.draft
        if draft.finish is None:
            raise aiohttp.ClientPayloadError("the answer stopped in the middle")
        text = self._neutraliser.restored("".join(draft.pieces))
        if draft.timings is not None:
            return timed_answer(text, draft.finish, draft.timings)
        end = time.monotonic()
        first = heard.first or end
        usage = draft.usage
        return Answer(
            text=text,
            finish=finish_reason(draft.finish),
            prompt_tokens=guessed_tokens(prompt) if usage is None else usage.prompt_tokens,
            cached_tokens=0 if usage is None else min(usage.cached, usage.prompt_tokens),
            output_tokens=min(len(guessed_ends(text)), prompt.max_tokens) if usage is None else usage.completion_tokens,
            prompt_seconds=first - heard.begun,
            output_seconds=end - first,
        )


def _read(progress: PromptProgress) -> PromptRead:
    return PromptRead(tokens=progress.processed, cached=progress.cache, total=progress.total)
