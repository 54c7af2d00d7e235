"""Persistence: SQLite through peewee over apsw, and the files of runs beside it."""
