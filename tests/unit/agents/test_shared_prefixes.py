"""What the questions of a step share stands first in them, so that a runtime finds it in its cache."""

from itertools import pairwise, takewhile

from desktop.agents.chat.conversation import understand as understand_conversation
from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import understand
from desktop.engine import Prompt, TaskRequest
from tests.fakes.memory_run import MemoryRun
from tests.unit.agents.documents.scene import a_request, a_run, carry_out, is_note, properties, prose


def text_of(prompt: Prompt) -> str:
    """All that a model reads, in the order in which it reads it."""
    return "".join(f"<{message.role}>{message.content}" for message in prompt.messages)


def shared(one: Prompt, other: Prompt) -> str:
    pairs = zip(text_of(one), text_of(other), strict=False)
    return "".join(ours for ours, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


async def carried_out(request: TaskRequest) -> MemoryRun:
    run = a_run(request)
    await carry_out(run)
    return run


async def test_notes_on_passages_share_all_but_the_passage() -> None:
    request = a_request("Summarise what the report says of bridges", {"a.txt": prose(120), "b.txt": prose(60, "tower")})
    notes = [prompt for prompt in (await carried_out(request)).prompts if is_note(prompt)]
    count = properties(notes[0])["points"]["maxItems"]
    opening = prompts.note_opening(understand(request), count)

    assert len(notes) > 2
    for one, other in pairwise(notes):
        assert shared(one, other).startswith(f"<system>{one.messages[0].content}<user>{opening}")


async def test_batches_of_notes_share_the_task_and_what_is_to_be_done() -> None:
    request = a_request("Summarise what the report says of bridges", {"a.txt": prose(900)})
    run = await carried_out(request)
    batches = [each for each in run.prompts if not is_note(each) and "overview" not in properties(each)]

    assert len(batches) > 2
    for one, other in pairwise(batches):
        assert request.goal in shared(one, other)
        assert "keep the " in shared(one, other)


async def test_all_questions_on_a_document_begin_with_it() -> None:
    names = ", ".join(f"{name}:text" for name in "abcdefghijklmnopqrstuvwx")
    text = prose(20)
    run = await carried_out(a_request("Extract", {"a.txt": text}, mode="extract", fields=names))

    assert len(run.prompts) > 1
    for one, other in pairwise(run.prompts):
        assert text in shared(one, other)


def test_the_next_question_of_a_conversation_begins_with_all_that_was_said() -> None:
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How wide is the sea?"}]
    more = [*said, {"role": "assistant", "content": "Wide."}, {"role": "user", "content": "And how deep?"}]
    first, second = [
        understand_conversation(TaskRequest(kind="chat", goal="Ask", options={"messages": messages}))
        for messages in (said, more)
    ]
    assert shared(first, second) == text_of(first)
