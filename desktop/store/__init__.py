"""Persistence: SQLite through peewee over apsw, and the files of runs beside it."""

from desktop.store.backups import Backup, Backups
from desktop.store.caretaker import taken_care_of
from desktop.store.disk_space import DiskSpace
from desktop.store.failures import DatabaseDamaged
from desktop.store.files import RunFiles
from desktop.store.passage_index import PassageIndex
from desktop.store.restoring import notices
from desktop.store.soundness import damage_in_depth
from desktop.store.sqlite_store import SqliteStore, open_store

__all__ = [
    "Backup",
    "Backups",
    "DatabaseDamaged",
    "DiskSpace",
    "PassageIndex",
    "RunFiles",
    "SqliteStore",
    "damage_in_depth",
    "notices",
    "open_store",
    "taken_care_of",
]
