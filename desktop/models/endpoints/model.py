"""A model on another server: implements `LanguageModel`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import aiohttp

from desktop.engine import (
    Answer,
    Clock,
    LoadedModel,
    Message,
    ModelInfo,
    ModelUnavailable,
    Prompt,
    PromptRefused,
    Role,
    RuntimeFailed,
    Sign,
)
from desktop.models.endpoints.choice import EndpointChoice
from desktop.models.endpoints.form import AnswerForm
from desktop.models.endpoints.hello import Hello, hello, is_there
from desktop.models.endpoints.line import Line, unreachable
from desktop.models.endpoints.patience import EndpointLimits, NoSign, Patience, Talks
from desktop.models.endpoints.refusals import KEPT
from desktop.models.endpoints.remote import Ear, Remote, StillGood
from desktop.models.replies import Nonsense

logger = logging.getLogger(__name__)

RUNTIME: Final = "endpoint"
ASSUMED_CONTEXT: Final = 4_096
"""Tokens, where neither the server nor the person says: as much as the most modest of them give."""
ASSUMED: Final = "saying how long its context is: {context:,} tokens are assumed"
GUESSED: Final = "counting tokens beforehand: they are estimated"

T = TypeVar("T")
FindKey = Callable[[EndpointChoice], Awaitable[str]]
"""Gives the key for a server, empty where there is none."""

_WAIT_SECONDS: Final = 1.0
_TRIAL: Final = Prompt(messages=(Message(role=Role.USER, content="Is the sea wide? Say hello."),), max_tokens=64)
_TRIAL_FORM: Final = AnswerForm(
    {
        "type": "object",
        "properties": {"wide": {"type": "boolean"}},
        "required": ["wide"],
        "additionalProperties": False,
    }
)


class EndpointModel:
    """One model at one server. `model` is what the server calls it; empty: the first that it lists."""

    def __init__(
        self,
        choice: EndpointChoice,
        model: str,
        find_key: FindKey,
        clock: Clock,
        *,
        limits: EndpointLimits,
        is_listed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.info: ModelInfo = choice.info(model)
        self.pulse = 0  # changes with everything that shows that the server lives
        self.problem = ""  # the last failure, for a person; empty after a success
        self.last_used = 0.0
        self.is_loading = False
        self._choice = choice
        self._model = model
        self._find_key = find_key
        self._clock = clock
        self._limits = limits
        self._is_listed = is_listed
        self._remote: Remote | None = None
        self._connecting = asyncio.Lock()
        self._talks = Talks()
        self._not_before = 0.0
        self._lines: set[Line] = set()

    @property
    def remote(self) -> Remote | None:
        """The server as it was found; None before anybody asked it, and after it failed."""
        return self._remote

    @property
    def is_loaded(self) -> bool:
        """Whether it is known what the server can do, or about to be."""
        return self._remote is not None or self.is_loading

    @property
    def memory(self) -> int:
        """None of this machine's."""
        return 0

    def drop(self, reason: str) -> None:
        """Hang up in the middle of whatever is said; calls fail with the reason, and the next one begins anew."""
        self.problem = f"{self._choice.host} {reason}."
        self._remote = None
        self._talks.break_off(reason)

    async def load(self) -> LoadedModel:
        """See what the server can do, unless that is known.

        Raises `ModelUnavailable` where it is no use to try again, and `RuntimeFailed`.
        """
        async with self._use() as remote:
            return remote.loaded

    async def answer(self, prompt: Prompt, on_sign: Callable[[Sign], None] | None = None) -> Answer:
        """Answer a prompt. Raises `PromptTooLong`, `PromptRefused`, or what `load` raises."""
        ear = self._ear(on_sign)
        async with self._use() as remote:
            return await self._held(remote.line, remote.answer(prompt, ear), ear)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`: as llama.cpp's server says, else by a cautious guess."""
        async with self._use() as remote:
            return await self._held(remote.line, remote.token_ends(text), self._ear())

    async def unload(self) -> None:
        """Hang up; the next call begins anew. What the server holds is its own affair."""
        self._remote = None
        self._talks.break_off("was closed")
        for line in tuple(self._lines):
            await self._close(line)

    @asynccontextmanager
    async def _use(self) -> AsyncIterator[Remote]:
        """The server to ask. Whatever says something against the line to it has the next call make another."""
        self.last_used = self._clock.monotonic()
        try:
            self._check_listed()
            await self._wait_turn()
            remote = await self._connected()
            remote.line.users += 1
            try:
                yield remote
            finally:
                remote.line.users -= 1
            self.problem = ""
        except StillGood as error:
            self._not_before = self._clock.monotonic() + error.wait
            self.problem = error.message
            raise
        except (RuntimeFailed, ModelUnavailable) as error:
            self._remote = None
            self.problem = error.message
            raise
        finally:
            self.last_used = self._clock.monotonic()
            await self._sweep()

    def _check_listed(self) -> None:
        if not self._is_listed():
            raise ModelUnavailable(
                f"{self.info.name} was taken out of the settings, so {self._choice.host} was not asked. {KEPT}",
                hint="Choose another model, or list the server again.",
            )

    async def _wait_turn(self) -> None:
        """Give a server that had no time the time that it asked for."""
        while (left := self._not_before - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(left, _WAIT_SECONDS))
            self._live()

    async def _connected(self) -> Remote:
        async with self._connecting:
            if self._remote is None:
                self.is_loading = True
                try:
                    self._remote = await self._connect()
                finally:
                    self.is_loading = False
            return self._remote

    async def _connect(self) -> Remote:
        line = Line(self._choice, await self._find_key(self._choice))
        self._lines.add(line)
        known = await self._held(line, hello(line, self._model), self._ear())
        remote = Remote(line, known, self._loaded(known))
        await self._try_form(remote)
        logger.info("%s is asked at %s", self.info.name, self._choice.host)
        return remote

    async def _try_form(self, remote: Remote) -> None:
        """See by a small question that the server answers, and whether it keeps an answer to a form."""
        try:
            answer = await self._held(remote.line, remote.ask(_TRIAL, _TRIAL_FORM, ear := self._ear()), ear)
            if _TRIAL_FORM.problem(answer.text):
                remote.doubt_form()
        except StillGood:
            raise
        except (PromptRefused, RuntimeFailed):
            remote.doubt_form()
            await self._held(remote.line, remote.ask(_TRIAL, None, ear := self._ear()), ear)

    async def _held(self, line: Line, work: Coroutine[Any, Any, T], ear: Ear) -> T:
        """The outcome of a talk with the server. What goes wrong becomes an error of the engine's."""
        patience = Patience(limits=self._limits, is_there=partial(is_there, line), on_life=self._live)
        counterpart = line.counterpart(self._model)
        try:
            return await self._talks.hold(work, patience, lambda: ear.events)
        except NoSign as error:
            raise counterpart.failed(str(error)) from error
        except Nonsense as error:
            raise counterpart.failed(f"answered nonsense ({error.reason})") from error
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(line, error) from error

    def _loaded(self, known: Hello) -> LoadedModel:
        choice = self._choice
        context = choice.context_tokens or known.context_tokens
        lacks: tuple[str, ...] = () if context else (ASSUMED.format(context=ASSUMED_CONTEXT),)
        if not known.is_llama:
            lacks += (GUESSED,)
        return LoadedModel(
            name=self.info.name,
            context_tokens=min(context or ASSUMED_CONTEXT, known.context_tokens or context or ASSUMED_CONTEXT),
            slots=min(choice.slots, known.slots or choice.slots),
            device=f"at {choice.host}",
            runtime=RUNTIME,
            reason=_reason(choice),
            lacks=lacks,
        )

    async def _sweep(self) -> None:
        """Close the lines that nobody uses any more."""
        for line in tuple(self._lines):
            is_current = self._remote is not None and line is self._remote.line
            if not is_current and not line.users and not self._connecting.locked():
                await self._close(line)

    async def _close(self, line: Line) -> None:
        self._lines.discard(line)
        await line.close()

    def _ear(self, on_sign: Callable[[Sign], None] | None = None) -> Ear:
        return Ear(on_sign=on_sign or _deaf, on_life=self._live)

    def _live(self) -> None:
        """The server shows that it lives."""
        self.pulse += 1


def _reason(choice: EndpointChoice) -> str:
    """Why the model runs there, and what that means for who asks it."""
    if choice.is_here:
        return f"another program on this machine, at {choice.host}, runs it; what is asked is handed to that program"
    way = "" if choice.is_encrypted else ", not encrypted"
    return f"what is asked leaves this machine for {choice.host}{way}: you listed that server and chose its model"


def _deaf(_sign: Sign) -> None:
    """Nobody listens."""
