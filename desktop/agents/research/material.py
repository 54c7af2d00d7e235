"""What there is to look into: files, given texts, and pages of the web as they were read."""

from dataclasses import dataclass

from desktop.engine import Run, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One of them, without its text. `name` is one that no other has."""

    name: str
    title: str
    where: str  # the address of a page; else the name
    media_type: str
    size: int  # bytes
    path: str | None = None  # of a file
    text_file: str = ""  # the working file with the text of what is no file

    async def source(self, run: Run) -> Source:
        """What a reader and the index take."""
        text = (await run.read_file(self.text_file)).decode() if self.text_file else None
        return Source(name=self.name, path=self.path, text=text, media_type=self.media_type, size=self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What could not be had, and what to do about it."""

    name: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found of one thing that was given or asked for."""

    material: Material | None = None
    unread: Unread | None = None
