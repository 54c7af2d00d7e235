"""A `DocumentReader` over the texts of inputs: no files, no processes."""

from collections.abc import Mapping

from desktop.engine import Document, Input, Part, Source, UnreadableDocument


class MemoryReader:
    """Reads the texts that inputs carry, and files that the test names by their path."""

    def __init__(self, files: Mapping[str, str] | None = None) -> None:
        self.files = dict(files or {})
        self.closed = False

    async def sources(self, inputs: tuple[Input, ...]) -> tuple[Source, ...]:
        """One source an input, and one for each file below a folder."""
        return tuple(self._source(file) for each in inputs for file in self._files_of(each))

    def _files_of(self, given: Input) -> list[Input]:
        start = f"{(given.path or '').rstrip('/')}/"
        below = [path for path in self.files if path.startswith(start)] if given.path else []
        return [Input(path=path) for path in below] or [given]

    def _source(self, given: Input) -> Source:
        text = given.text
        if text is None:
            text = self.files.get(given.path or "")
        if text is None:
            raise UnreadableDocument(f"{given.label} is not there; nothing was changed.", hint="Check the name.")
        path = None if given.text is not None else given.path
        return Source(
            name=given.label,
            path=path,
            text=given.text,
            media_type="text/plain",
            size=len(text.encode("utf-8", "replace")),
        )

    async def read(self, source: Source) -> Document:
        """One part a form feed, as pages; an empty text can't be read."""
        text = source.text if source.text is not None else self.files.get(source.path or "", "")
        if not text.strip():
            raise UnreadableDocument(f"{source.name} is empty.", hint="Choose a file that holds text.")
        pages = text.split("\f")
        if len(pages) == 1:
            parts: tuple[Part, ...] = (Part(text=text, line=1),)
        else:
            parts = tuple(Part(text=page, page=number) for number, page in enumerate(pages, 1))
        return Document(name=source.name, media_type=source.media_type, parts=parts)

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
