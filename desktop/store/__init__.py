"""Persistence: SQLite through peewee over apsw, and the files of runs beside it."""

from desktop.store.disk_space import DiskSpace
from desktop.store.files import RunFiles
from desktop.store.restoring import notices
from desktop.store.sqlite_store import SqliteStore, open_store

__all__ = ["DiskSpace", "RunFiles", "SqliteStore", "open_store"]
