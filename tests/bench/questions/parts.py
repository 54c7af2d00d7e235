"""What is measured: the one place where the bench says how its parts are made."""

from datetime import UTC, datetime
from pathlib import Path

from desktop.agents import ResearchAgent
from desktop.engine import Agent, DocumentReader
from desktop.store import PassageIndex


def make_passages(reader: DocumentReader, folder: Path) -> PassageIndex:
    """What finds passages, for both ways; it keeps them in the folder."""
    return PassageIndex(folder / "passages.db", reader=reader, now=lambda: datetime.now(UTC))


def make_agent() -> Agent:
    """The agent that does research."""
    return ResearchAgent()
