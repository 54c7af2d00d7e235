"""Deliveries and secrets belong to their task: they come and go with it."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw

from desktop.store import open_store
from tests.contract.test_store_deliveries import Postings, delivery, post
from tests.unit.store.samples import submitted, task

SECRET = "whsec_c2VjcmV0"  # noqa: S105 - of the task below


async def test_what_is_told_of_a_task_goes_with_it(tmp_path: Path) -> None:
    store, postings = open_store(tmp_path), Postings()
    for number in (1, 2):
        await store.add(replace(submitted(task(number)), secrets=(SECRET,)))
    store.post_with(postings.rule, postings.on_posted)
    await post(store, postings, delivery(1), delivery(2, of=2))
    await store.close()
    with closing(apsw.Connection(str(tmp_path / "legwork.db"))) as database:
        database.pragma("foreign_keys", 1)
        database.execute("DELETE FROM tasks WHERE number = 1")
        assert list(database.execute("SELECT delivery_id FROM deliveries")) == [("msg_2",)]
        assert list(database.execute("SELECT task FROM webhook_secrets")) == [(2,)]


async def test_a_secret_stands_in_its_own_table_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.add(replace(submitted(task(1)), secrets=(SECRET,)))
    await store.close()
    with closing(apsw.Connection(str(tmp_path / "legwork.db"))) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        holding = [
            table
            for table in tables
            if any(SECRET.encode() in bytes(str(row), "utf-8") for row in database.execute(f"SELECT * FROM {table}"))  # noqa: S608
        ]
    assert holding == ["webhook_secrets"]
