"""An errand: a goal in a folder of files, and how its end is judged."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What there is when the work is over: the answer, and the text of each file by its path in the folder."""

    answer: str
    files: Mapping[str, str]

    def has(self, *words: str) -> bool:
        """Whether the answer holds all of these, in whatever case."""
        return all(word.casefold() in self.answer.casefold() for word in words)

    def file(self, name: str) -> str:
        """The text of the file by that name, wherever in the folder it lies; empty where there is none."""
        return next((text for path, text in self.files.items() if path.rpartition("/")[2] == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One errand. `reached` judges its end; `solution` is an end that is right, to try the judge on."""

    name: str
    goal: str
    files: Mapping[str, str]
    reached: Callable[[End], bool]
    solution: Callable[[], End]
    kind: str = "files"  # or "server", "python", "part"


def solved(files: Mapping[str, str], answer: str = "Done.", **changed: str) -> Callable[[], End]:
    """An end with these files and the changed ones; `__` stands for the dot in a changed one's name."""
    after = {**files, **{name.replace("__", "."): text for name, text in changed.items()}}
    return lambda: End(answer=answer, files=after)


def lines_of(text: str) -> list[str]:
    """The lines that hold something, without list marks."""
    return [line for raw in text.splitlines() if (line := re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", raw).strip())]


def table_of(text: str) -> list[list[str]]:
    """The cells of a CSV, without space around them."""
    rows = csv.reader(io.StringIO(text.strip()), skipinitialspace=True)
    return [[cell.strip() for cell in row] for row in rows if row]


def amounts_of(text: str) -> dict[str, float]:
    """First column to last, where that is a number: a header is none."""
    found = {}
    for row in table_of(text):
        try:
            found[row[0]] = round(float(row[-1]), 2)
        except ValueError:
            continue
    return found


def json_of(text: str) -> Any:
    """The JSON in a text; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def has_number(text: str, number: float) -> bool:
    """Whether the text holds that number as one of its own."""
    found = re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?", text)
    return any(abs(float(each.replace(",", "")) - number) < 0.005 for each in found if each.strip(",-"))


def clock_in(there: str, time: str, here: str, day: datetime | None = None) -> str:
    """What the clock shows `there` today when it shows `time` `here`."""
    now = day or datetime.now(UTC)
    hour, minute = map(int, time.split(":"))
    local = now.astimezone(ZoneInfo(here)).replace(hour=hour, minute=minute)
    return f"{local.astimezone(ZoneInfo(there)):%H:%M}"


def hours_between(one: str, other: str) -> float:
    """How many hours the clock of `one` is ahead of that of `other` now."""
    now = datetime.now(UTC)
    ahead = now.astimezone(ZoneInfo(one)).utcoffset(), now.astimezone(ZoneInfo(other)).utcoffset()
    return ((ahead[0] or timedelta()) - (ahead[1] or timedelta())).total_seconds() / 3600


def shows_time(text: str, time: str) -> bool:
    """Whether a text shows that time of day, in 24 hours or in 12."""
    hour, minute = map(int, time.split(":"))
    half = "am" if hour < 12 else "pm"
    plain = re.sub(r"\s+", "", text.casefold()).replace(".m.", "m").replace("a.m", "am").replace("p.m", "pm")
    return re.search(rf"(?<!\d)0?{hour}[:.]{minute:02}(?!\d|[ap]m)", plain) is not None or (
        re.search(rf"(?<!\d)0?{(hour - 1) % 12 + 1}[:.]{minute:02}{half}", plain) is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a file of rows is to hold, for judges that only compare sets."""

    wanted: frozenset[str] = field(default_factory=frozenset)

    def of(self, text: str) -> bool:
        """Whether the file's lines are these, in any order, each once."""
        lines = [line.casefold() for line in lines_of(text)]
        return len(lines) == len(self.wanted) and set(lines) == {each.casefold() for each in self.wanted}
