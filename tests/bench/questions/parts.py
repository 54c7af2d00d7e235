"""What is measured: the one place where the bench says how its parts are made."""

from desktop.engine import Agent, DocumentReader, Passages
from tests.fakes.memory_passages import MemoryPassages


def make_passages(reader: DocumentReader) -> Passages:
    """What finds passages, for both ways."""
    return MemoryPassages(reader)


def make_agent() -> Agent | None:
    """The agent that does research; None where there is none yet."""
    return None
