from dataclasses import replace
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine import EVENT_TYPES, Change, Event, Input, RecordedEvent, Task, TaskRequest
from desktop.store import open_store
from tests.unit.store.samples import task

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.datetimes(timezones=st.just(UTC))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
REQUESTS = st.builds(
    TaskRequest,
    kind=WORDS,
    goal=WORDS,
    inputs=st.lists(
        st.builds(Input, path=st.none() | WORDS, name=st.none() | WORDS, text=st.none() | WORDS), max_size=3
    ).map(tuple),
    options=st.dictionaries(WORDS, JSON, max_size=3),
    title=st.none() | WORDS,
)
SHORT_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
st.register_type_strategy(str, SHORT_TEXT)
EVENTS = st.sampled_from(sorted(EVENT_TYPES.values(), key=str)).flatmap(st.from_type)
st.register_type_strategy(type(task().created_at), MOMENTS)


@settings(max_examples=25)
@given(
    one=st.builds(Task, request=REQUESTS, task_id=st.just(task().task_id)),
    events=st.lists(EVENTS, max_size=4),
)
async def test_whatever_a_task_and_its_events_hold_comes_back_after_a_restart(one: Task, events: list[Event]) -> None:
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        await store.add(Change(task=one, events=tuple(events)))
        await store.record(Change(task=replace(one, draft="again")))
        await store.close()
        again = open_store(Path(folder))
        assert await again.task(one.task_id) == replace(one, draft="again")
        numbered = [RecordedEvent(number=number, event=event) for number, event in enumerate(events, start=1)]
        assert list(await again.events(one.task_id)) == numbered
        await again.close()
