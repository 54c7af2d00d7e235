"""A reader for tests that need the real formats and no process."""

from desktop.engine import Document, Source
from desktop.tools.reading.worker import read_source
from tests.fakes.memory_reader import MemoryReader
from tests.unit.tools.documents import LIMITS


class NearReader(MemoryReader):
    """Reads what a reader process reads, in this one."""

    async def read(self, source: Source) -> Document:
        return read_source(source, LIMITS)
