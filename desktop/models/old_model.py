"""A model that ctransformers has loaded: its tokens, and answers token by token.

The library's conveniences are passed by where they go wrong. Its `tokenize` has room for a token to a character, where
one character can be several; its text ends at a zero byte; its sampling draws the same number for each token of an
answer; and its regular expressions take memory on the stack for each character of a long word.

Imports nothing of Legwork, nor the library before it is needed: it is part of the runtime's process.
"""

import codecs
import ctypes
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

SMALL_BATCH: Final = 8
"""Tokens read at a stretch by families whose working memory grows with it, beyond what was reserved."""
LARGE_BATCHES: Final = frozenset({"gguf", "llama", "falcon"})
TOP_K: Final = 40
WORD_BYTES: Final = 3
"""Tokens to a byte at most: a blank becomes a mark of three bytes, each of which may be a token."""
SPARE_TOKENS: Final = 16
PIECE_CHARACTERS: Final = {"replit": 128}
"""A text goes to the tokeniser in pieces of so many characters: Replit's takes their square in time."""
MOST_CHARACTERS: Final = 1_024
WHOLE_TEXTS: Final = frozenset({"gguf", "llama", "falcon"})
"""The families whose tokenisers take a text of any length, and would put a blank before each piece."""
NO_REUSE: Final = frozenset({"falcon"})
"""The families whose cache holds for the next token only, not for another text that begins alike."""
MOST_SEED: Final = 2**31

Event: TypeAlias = dict[str, Any]
"""What is said of an answer while it is made: a part of an event of llama.cpp's stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How an answer is to be written."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What an answer came to."""

    total: int  # tokens of the prompt
    cached: int = 0  # of these, those that were there from the last one
    written: int = 0
    finish: str = ""
    began: float = 0.0
    read: float = 0.0  # when the prompt was read

    def timings(self) -> Event:
        """The numbers as llama.cpp's server gives them, in milliseconds."""
        return {
            "cache_n": self.cached,
            "prompt_n": self.total - self.cached,
            "prompt_ms": (self.read - self.began) * 1_000,
            "predicted_n": self.written,
            "predicted_ms": (time.monotonic() - self.read) * 1_000,
        }


class OldModel:
    """One model, for one answer at a time. `order` says what to load; `family` in it what kind of model that is.

    Raises ImportError or OSError where the library can't be used, and RuntimeError where it can't load the model.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        from ctransformers.llm import LLM, Config  # type: ignore[import-untyped]

        self.family: str = order["family"]
        self._threads = calm_threads(order["threads"])
        self._batch = order["batch"] if self.family in LARGE_BATCHES else SMALL_BATCH
        library, self.gpu_layers, self.device = _library(order)
        self._llm = LLM(
            order["model"],
            self.family,
            config=Config(context_length=order["context_tokens"], gpu_layers=self.gpu_layers),
            lib=library,
        )
        self.context: int = self._llm.context_length
        self._pieces = [self._llm.detokenize([token], decode=False) for token in range(self._llm.vocab_size)]
        self.vocabulary = frozenset(self._pieces)

    def tokens(self, text: str, *, begins: bool) -> list[int]:
        """The tokens of a text, with the one that begins all texts if it does and the model has such."""
        found: list[int] = []
        begins = begins and self._llm.model_type == "llama"
        for piece in self._cut(text.replace("\0", " ")):
            content = piece.encode("utf-8", "replace")
            room = (ctypes.c_int * (WORD_BYTES * len(content) + SPARE_TOKENS))()
            count = self._llm.ctransformers_llm_tokenize(content, begins, room)
            found += room[:count]
        return found

    def pieces(self, text: str) -> list[bytes]:
        """The bytes of each token of a text."""
        return [self._pieces[token] for token in self.tokens(text, begins=False)]

    def answer(self, prompt: str, wish: Wish, tally: Tally) -> Iterator[Event | str]:
        """Read the prompt and write the answer: a report after each stretch, then the text of each token.

        Whoever stops asking stops the work. Raises RuntimeError.
        """
        tokens = self.tokens(prompt, begins=True) or [self._llm.bos_token_id]
        tally.total, tally.began = len(tokens), time.monotonic()
        yield from self._read(tokens, tally)
        tally.read = time.monotonic()
        yield from self._write(wish, tally)

    def length(self, prompt: str) -> int:
        """How many tokens a prompt has."""
        return max(len(self.tokens(prompt, begins=True)), 1)

    def _read(self, tokens: list[int], tally: Tally) -> Iterator[Event]:
        if self.family in NO_REUSE:
            self._llm.prepare_inputs_for_generation(tokens[:1])  # one token has nothing before it that could be kept
        rest = self._llm.prepare_inputs_for_generation(tokens)
        tally.cached = len(tokens) - len(rest)
        for start in range(0, len(rest), self._batch):
            stretch = rest[start : start + self._batch]
            self._llm.eval(stretch, batch_size=self._batch, threads=self._threads)
            done = tally.cached + start + len(stretch)
            yield {"prompt_progress": {"total": len(tokens), "cache": tally.cached, "processed": done}}

    def _write(self, wish: Wish, tally: Tally) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        most = min(wish.max_tokens, self.context - tally.total)
        tally.finish = "length"
        for _ in range(most):
            token = self._next(wish, tally.written)
            tally.written += 1
            if self._llm.is_eos_token(token):
                tally.finish = "stop"
                break
            yield decoder.decode(self._pieces[token])
            if tally.written < most:
                self._llm.eval([token], batch_size=1, threads=self._threads)
        yield decoder.decode(b"", final=True)

    def _next(self, wish: Wish, number: int) -> int:
        greedy = wish.temperature <= 0
        token: int = self._llm.sample(
            top_k=1 if greedy else TOP_K,
            top_p=wish.top_p,
            temperature=1.0 if greedy else wish.temperature,
            repetition_penalty=1.0,
            last_n_tokens=1,
            seed=(wish.seed + number) % MOST_SEED,
        )
        return token

    def _cut(self, text: str) -> list[str]:
        """The text in pieces that the tokeniser can take, cut before blanks where it has such."""
        if self.family in WHOLE_TEXTS:
            return [text]
        length = PIECE_CHARACTERS.get(self.family, MOST_CHARACTERS)
        return re.findall(rf"(?s).{{1,{length}}}(?=(?<=\S)\s|\Z)|.{{1,{length}}}", text)


def calm_threads(cores: int) -> int:
    """How many threads to compute with: those of 2023 spin while they wait for each other, so one core is left free.

    With as many as there are cores, whatever else computes makes each token take a thousand times as long.
    """
    return max(cores - 1, 1)


def _library(order: dict[str, Any]) -> tuple[str, int, str]:
    """The library's file for this machine, the layers that it gives to a graphics card, and both in words."""
    from ctransformers.lib import find_library, load_cuda  # type: ignore[import-untyped]

    threads = calm_threads(order["threads"])
    where = f"CPU, {threads} thread{'' if threads == 1 else 's'}"
    wanted: int = order["gpu_layers"]
    if wanted:
        try:
            path = find_library(None, gpu=True)
            load_cuda()
            ctypes.CDLL(path)
        except OSError as error:
            where += f", since its part for graphics cards can't be used here ({error})"
        else:
            return path, wanted, f"graphics card ({Path(path).parent.name})"
    path = find_library(None, gpu=False)
    return path, 0, f"{where} ({Path(path).parent.name})"
