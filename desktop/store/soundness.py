"""Whether a database is as it was written: what a glance tells, and what reading all of it does."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from desktop.store.failures import damage_of
from desktop.store.migrations import CHECKSUMS_SINCE
from desktop.store.own_handle import reading
from desktop.store.page_checksums import header_of, use_page_checksums
from desktop.store.write_ahead import pages_in_log

_BLOCK: Final = 1 << 20
_PAGE: Final = 4096
_STEPS_BETWEEN_LOOKS: Final = 100_000


def damage_at_a_glance(path: Path) -> str:
    """What is wrong with the file, to go on after its name; nothing where it may be good."""
    if path.stat().st_size == 0:
        return "is empty: what was in it is gone"
    header = header_of(path)
    if header is None:
        return "is not a database any more"
    has_checksums, version = header
    return "" if has_checksums or version < CHECKSUMS_SINCE else "is damaged at its very beginning"


def damage_in_depth(path: Path, is_given_up: Callable[[], bool] = lambda: False) -> str:
    """The same after reading every page; nobody is kept from writing meanwhile.

    Takes about 1.5 seconds for 100,000 tasks. Once `is_given_up`, it raises `apsw.InterruptError`; it raises other
    errors of apsw where the file can't be read at all.
    """
    use_page_checksums()
    if what := damage_at_a_glance(path):
        return what
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        connection.set_progress_handler(is_given_up, _STEPS_BETWEEN_LOOKS)
        try:
            found = connection.execute("PRAGMA integrity_check(1)").get
            if found != "ok":
                return f"is damaged ({' '.join(str(found).split())})"
            return (
                "is damaged: parts of it were overwritten with nothing"
                if _lost_pages(connection, path, is_given_up)
                else ""
            )
        except (apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
            if what := damage_of(error):
                return what
            raise


def _lost_pages(connection: apsw.Connection, path: Path, is_given_up: Callable[[], bool]) -> list[int]:
    """Used pages that are nothing but zeros in the file and are not in its log either."""
    emptied = _emptied_pages(path, is_given_up)
    if not emptied:
        return []
    suspects = (emptied & _used_pages(connection)) - pages_in_log(path)
    # once more: what went from the log into the file meanwhile is there now
    return sorted(suspects & _emptied_pages(path, is_given_up))


def _emptied_pages(path: Path, is_given_up: Callable[[], bool]) -> frozenset[int]:
    """Pages of zeros, whose checksum is right. A database never writes one, but may leave one that it does not use."""
    found: set[int] = set()
    start, nothing = 0, bytes(_PAGE)
    with reading(path) as file:
        while block := file.xRead(_BLOCK, start):
            if is_given_up():
                raise apsw.InterruptError
            if nothing in block:  # seldom: a look at each page would hold Python's one lock for long
                places = range(0, len(block), _PAGE)
                found |= {(start + at) // _PAGE + 1 for at in places if block[at : at + _PAGE] == nothing}
            start += len(block)  # a file that was cut may end in the middle of a page
    return frozenset(found)


def _used_pages(connection: apsw.Connection) -> frozenset[int]:
    return frozenset(number for (number,) in connection.execute("SELECT pageno FROM dbstat"))
