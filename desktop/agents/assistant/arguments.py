"""Puts right what small models get wrong in arguments that they mean well: paths, and what a program is to be given.

Only what the run has seen is filled in, and the call that is made, shown and asked about is the one put right. Whether
it may be made is decided behind it, by the tools and the policy of the task.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.assistant.menu import Action
from desktop.agents.assistant.turn import LISTING, SEARCHING, Turn
from desktop.engine import Effect

MOST_FILES: Final = 20
"""That a program gets."""

_ENTRY: Final = re.compile(r"^(.+?)(?: · .*)?$", re.MULTILINE)
_FINDING: Final = re.compile(r"^(.+?)(?::\d+: .*)?$", re.MULTILINE)
_VERSION: Final = re.compile(r" · version ([0-9a-f]{16,64})\b")
_BLOCK: Final = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_QUOTED: Final = re.compile(r"""(?<![\w'"])(['"])([^'"\n]{1,200})\1""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run has seen of the files that it was given."""

    paths: tuple[str, ...]
    versions: Mapping[str, str]

    @classmethod
    def of(cls, turns: Sequence[Turn]) -> "Seen":
        """From the listings, searches, reads and writes so far."""
        paths: dict[str, None] = {}
        versions: dict[str, str] = {}
        for turn in turns:
            path = turn.choice.arguments.get("path")
            if turn.failed:
                continue
            if turn.choice.action in (LISTING, SEARCHING):
                pattern = _ENTRY if turn.choice.action == LISTING else _FINDING
                paths.update(dict.fromkeys(match[1] for match in pattern.finditer(turn.output) if "/" in match[1]))
            elif isinstance(path, str) and (version := _VERSION.search(turn.output.partition("\n")[0])):
                versions[path] = version[1]
                paths[path] = None
        return cls(paths=tuple(paths), versions=versions)

    def path(self, named: str) -> str:
        """The path that is meant: the one that ends so, or a new one in the only folder that there is."""
        named = named.strip().removeprefix("./")
        if named in self.paths or not named:
            return named
        ending = [path for path in self.paths if path.rstrip("/").endswith(f"/{named.strip('/')}")]
        if len(ending) == 1:
            return ending[0].rstrip("/")
        folders = list(dict.fromkeys(path.partition("/")[0] for path in self.paths))
        is_inside = any(named == folder or named.startswith(f"{folder}/") for folder in folders)
        return named if is_inside or len(folders) != 1 else f"{folders[0]}/{named.lstrip('/')}"


def fenced_text(reply: str) -> str:
    """The text in the first fenced block of an answer; the whole answer where it has none."""
    block = _BLOCK.search(reply)
    text = (block[1] if block else reply).strip("\n")
    return f"{text.rstrip()}\n" if text.strip() else ""


def put_right(action: Action, arguments: dict[str, Any], turns: Sequence[Turn]) -> dict[str, Any]:
    """The arguments as they are meant."""
    if action.effect not in (Effect.READS, Effect.WRITES, Effect.RUNS):
        return arguments
    seen, right = Seen.of(turns), dict(arguments)
    if isinstance(right.get("path"), str):
        right["path"] = seen.path(right["path"])
        if action.effect is Effect.WRITES and right["path"] in seen.versions:
            right["version"] = seen.versions[right["path"]]
    if action.effect is Effect.RUNS and isinstance(right.get("code"), str):
        right = _with_files(right["code"], right.get("files"), seen)
    return right


def _with_files(code: str, named: Any, seen: Seen) -> dict[str, Any]:
    """The code with whole paths, and the files that it opens by them."""
    files = [seen.path(name) for name in named if isinstance(name, str)] if isinstance(named, list) else []

    def whole(match: re.Match[str]) -> str:
        path = seen.path(match[2])
        if path in seen.paths and not path.endswith("/"):
            files.append(path)
            return f"{match[1]}{path}{match[1]}"
        return match[0]

    code = _QUOTED.sub(whole, code)
    files += [path for path in seen.paths if _means_all(code, path.partition("/")[0])]
    known = [path for path in dict.fromkeys(files) if path in seen.paths and not path.strip().endswith("/")]
    known = known[:MOST_FILES]
    return {"code": code, "files": known} if known else {"code": code}


def _means_all(code: str, folder: str) -> bool:
    """Whether a program goes through a folder, or puts names in it together."""
    return re.search(rf"""['"]{re.escape(folder)}(?:/?['"]|/[^'"\n]*[{{*])""", code) is not None
