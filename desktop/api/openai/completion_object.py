"""A model's answer as a chat completion of OpenAI's API, whole and in pieces."""

from dataclasses import dataclass
from typing import Any

from desktop.engine import Answer, FinishReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What all pieces of one answer say of it."""

    name: str
    created: int  # Unix time
    model: str

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The answer in one."""
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": _reason(answer), "logprobs": None}
        return self._body("chat.completion", choice) | {"usage": _usage(answer)}

    def opening(self) -> dict[str, Any]:
        """The first piece, which says who speaks."""
        return self._piece({"role": "assistant", "content": ""})

    def piece(self, text: str) -> dict[str, Any]:
        """A piece of the text."""
        return self._piece({"content": text})

    def closing(self, answer: Answer) -> dict[str, Any]:
        """The piece that says why the answer ends."""
        return self._piece({}, _reason(answer))

    def cost(self, answer: Answer) -> dict[str, Any]:
        """The piece after the last one, for those who want to know."""
        return self._body("chat.completion.chunk") | {"usage": _usage(answer)}

    def _piece(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return self._body("chat.completion.chunk", choice)

    def _body(self, kind: str, *choices: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.name,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": list(choices),
        }


def _reason(answer: Answer) -> str:
    return "length" if answer.finish is FinishReason.LENGTH else "stop"


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.prompt_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
    }
