"""The tools for files: list, read, search, write."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from desktop.engine import FileConflict, FileUnavailable, Finding, FolderEntry, Listing, PathRefused, ToolOutput
from desktop.tools.file_change import FileChange
from desktop.tools.own_tool import Arguments, OwnTool, own_tool, part_of
from desktop.tools.shown_name import shown_name
from desktop.tools.task_files import TaskFiles

VERSION_CHARACTERS: Final = 16
"""Of a version that a model is told and gives back: a whole one would take it forty tokens."""

_PATH: Final = {"type": "string", "description": "Such as reports/2026/march.csv, as list_files shows it"}
_PART: Final = {"type": "integer", "minimum": 1, "description": "Which part of a long text; 1 for the first"}


@dataclass(frozen=True, slots=True)
class FileTools:
    """The tools for the files that a task was given."""

    files: TaskFiles

    def tools(self) -> Iterator[OwnTool]:
        """All of them."""
        yield own_tool(
            "list_files",
            "Lists a folder; without a path all folders and files that were given.",
            {"path": {"type": "string", "description": "A folder, as an earlier listing shows it"}},
            self.list,
            optional=("path",),
        )
        yield own_tool(
            "read_file",
            "Reads the text of a file: plain text, PDF, Word, tables and others.",
            {"path": _PATH, "part": _PART},
            self.read,
            optional=("part",),
        )
        yield own_tool(
            "search_files",
            "Finds lines and file names that hold these words.",
            {
                "words": {"type": "string", "minLength": 1, "description": "A word or two as they stand in the file"},
                "path": {"type": "string", "description": "A folder or file to search; all where it is missing"},
            },
            self.search,
            optional=("path",),
        )
        yield own_tool(
            "write_file",
            "Writes a whole file: a new one, or in place of one whose version is given.",
            {
                "path": _PATH,
                "content": {"type": "string", "description": "All of the file"},
                "version": {"type": "string", "description": "Of the file that it replaces, as read_file shows it"},
            },
            self.write,
            preview=self.preview_write,
            optional=("version",),
        )

    async def list(self, arguments: Arguments) -> ToolOutput:
        """A folder's entries, a line each."""
        path = arguments.get("path", "")
        listing = await self.files.list(path)
        lines = [_entry_line(entry) for entry in listing.entries]
        if not path:
            lines += [f"{name} · a file to read" for name in self.files.singles]
        return ToolOutput(text="\n".join([*(lines or ["There is nothing here."]), *_left_out(listing)]))

    async def read(self, arguments: Arguments) -> ToolOutput:
        """A part of a file's text, with the version of the file."""
        path = arguments["path"]
        version = (await self.files.read(path)).version[:VERSION_CHARACTERS]
        return part_of(await self.files.text(path), arguments.get("part", 1), f"{path} · version {version}")

    async def search(self, arguments: Arguments) -> ToolOutput:
        """What was found, a line each."""
        findings = await self.files.search(arguments["words"], arguments.get("path", ""))
        lines = [_finding_line(finding) for finding in findings.found] or ["Nothing was found."]
        if findings.is_cut:
            lines.append("There may be more: search for rarer words, or in one folder.")
        return ToolOutput(text="\n".join(lines))

    async def write(self, arguments: Arguments) -> ToolOutput:
        """Write the file, unless it is another one than the call says."""
        change = await self._change(arguments)
        if change.is_nothing:
            return ToolOutput(text=f"{change.path} holds exactly this already; nothing was written.")
        written = await self.files.write(change.path, change.new, version=change.version)
        done = "replaced" if written.replaced else "written"
        return ToolOutput(text=f"{written.path} is {done} · version {written.version[:VERSION_CHARACTERS]}")

    async def preview_write(self, arguments: Arguments) -> str:
        """What would change in the file, line by line."""
        return (await self._change(arguments)).preview()

    async def _change(self, arguments: Arguments) -> FileChange:
        """What the call would do now. Raises `FileConflict` where it is not what was thought when it was made."""
        path, new = arguments["path"], arguments["content"].encode("utf-8", "replace")
        there = await self._there(path)
        if there is not None and there[0] == new:
            return FileChange(path=path, old=new, new=new, version=there[1])
        named = arguments.get("version", "")
        version = None if there is None else there[1]
        if named and version is None:
            raise FileConflict(f"{shown_name(path)} is not there; nothing was written.", hint="Leave the version out.")
        if version is not None and not _is_of(named, version):
            raise FileConflict(
                f"{shown_name(path)} is there already, and the call does not name its version; it was left as it is.",
                hint="Read the file, then give its version to replace it.",
                version=version,
            )
        return FileChange(path=path, old=None if there is None else there[0], new=new, version=version)

    async def _there(self, path: str) -> tuple[bytes, str] | None:
        """What is there, with its version; None where nothing can be read by that name."""
        self.files.check_writable(path)
        try:
            found = await self.files.read(path)
        except PathRefused:
            raise
        except FileUnavailable:
            return None
        return found.content, found.version


def _is_of(named: Any, version: str) -> bool:
    return len(named) >= VERSION_CHARACTERS and version.startswith(named)


def _entry_line(entry: FolderEntry) -> str:
    if entry.is_folder:
        return f"{entry.path}/"
    return f"{entry.path} · {entry.size:,} bytes · {entry.changed_at:%Y-%m-%d}"


def _finding_line(finding: Finding) -> str:
    return finding.path if finding.line is None else f"{finding.path}:{finding.line}: {finding.text}"


def _left_out(listing: Listing) -> Iterator[str]:
    if listing.is_cut:
        yield "There are more entries than a listing holds: search for names instead."
    if listing.left_out:
        yield f"{listing.left_out} hidden entries, links and others are not shown."
