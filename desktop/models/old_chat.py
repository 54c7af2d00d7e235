"""How a conversation is put to a model from before chat templates, and where its answer ends.

Its file says nothing of that. Three forms go back to the pages of the models that were made to follow instructions:

* *instruction* (LLaMA's descendants after Alpaca, Dolly, MPT-Instruct, Falcon-Instruct, GPT4All-J): what the system
  says, then `### Instruction:` before each thing that the person says and `### Response:` before each answer;
* *turns* (StarChat): `<|system|>`, `<|user|>`, `<|assistant|>`, each ended by `<|end|>`, where the vocabulary has them;
* *plain* for models that only ever learned to go on with a text: the messages, with an empty line between them.

Imports nothing of Legwork: the runtime's process uses it too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

INSTRUCTED: Final = frozenset({"llama", "dollyv2", "mpt", "falcon", "gptj"})
"""The families whose models mostly follow instructions."""
INSTRUCTION: Final = "### Instruction:"
RESPONSE: Final = "### Response:"
TURN_END: Final = "<|end|>"
TURNS: Final = ("<|system|>", "<|user|>", "<|assistant|>", TURN_END)
STOPS: Final = (INSTRUCTION, RESPONSE, "### End")
MARKERS: Final = frozenset({*STOPS, *TURNS})
"""What steers a model in one of these forms, and must not stand in what others wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a conversation."""

    role: str  # "system", "user" or "assistant"
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A conversation as one text to go on with, and what ends the answer."""

    text: str
    stops: tuple[str, ...] = ()


def script(family: str, vocabulary: Collection[bytes], messages: Sequence[Said]) -> Script:
    """The conversation in the form that suits a model of that family with that vocabulary."""
    if all(turn.encode() in vocabulary for turn in TURNS):
        said = "".join(f"<|{each.role}|>\n{each.content}{TURN_END}\n" for each in messages)
        return Script(text=f"{said}<|assistant|>\n", stops=TURNS)
    if family in INSTRUCTED:
        return Script(text="".join(map(_instructed, messages)) + f"{RESPONSE}\n", stops=STOPS)
    return Script(text="\n\n".join(each.content for each in messages))


def _instructed(said: Said) -> str:
    heading = {"user": f"{INSTRUCTION}\n", "assistant": f"{RESPONSE}\n"}.get(said.role, "")
    return f"{heading}{said.content}\n\n"


class Ending:
    """Lets an answer through up to what shall end it, and holds back what may be the beginning of that."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.reached = False
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    def passed(self, text: str) -> str:
        """Of all that was held and this text, what may be shown now."""
        self._held += text
        places = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if places:
            self.reached = True
            return self._held[: min(places)]
        keep = max((self._begun(stop) for stop in self._stops), default=0)
        shown = self._held[: len(self._held) - keep]
        self._held = self._held[len(shown) :]
        return shown

    def rest(self) -> str:
        """What is still held when there comes no more."""
        return "" if self.reached else self._held

    def _begun(self, stop: str) -> int:
        """How many characters at the end may be the beginning of that stop."""
        longest = min(len(stop) - 1, len(self._held))
        return next((length for length in range(longest, 0, -1) if self._held.endswith(stop[:length])), 0)
