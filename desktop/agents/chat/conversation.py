"""What a request asks of a model: the conversation and how it is to be answered, understood."""

from typing import Annotated, Any, Final

import msgspec

from desktop.engine import InvalidRequest, Message, Prompt, Role, TaskRequest

MOST_TOKENS: Final = 1_000_000
"""More than any context holds: an answer without a limit of its own ends with the context."""


class Options(msgspec.Struct, forbid_unknown_fields=True):
    """The options of the kind `chat`; without `messages`, the goal is all that is said."""

    messages: tuple[Message, ...] = ()
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = MOST_TOKENS
    schema: dict[str, Any] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.0
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    seed: int = 0


def understand(request: TaskRequest) -> Prompt:
    """The question to the model. Raises `InvalidRequest`."""
    if request.inputs:
        raise InvalidRequest(
            "A question to a model takes no files; nothing was started.",
            hint="Give the files to a task of the kind “documents”, or put their text into the question.",
        )
    try:
        options = msgspec.convert(request.options, Options)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"The options of the question are not valid: {error}. Nothing was started.",
            hint=f"The options are {', '.join(Options.__struct_fields__)}.",
        ) from error
    return Prompt(
        messages=options.messages or (Message(role=Role.USER, content=request.goal),),
        max_tokens=min(options.max_tokens, MOST_TOKENS),
        schema=options.schema,
        temperature=options.temperature,
        top_p=options.top_p,
        seed=options.seed,
    )
