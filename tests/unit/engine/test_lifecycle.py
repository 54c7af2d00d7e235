"""The transition table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.errors import ForbiddenTransition
from desktop.engine.lifecycle import TERMINAL, UNFINISHED, check_transition, may_follow
from desktop.engine.task import TaskStatus

statuses = st.sampled_from(TaskStatus)


@given(statuses, statuses)
def test_what_may_not_follow_raises_and_says_both_states(status: TaskStatus, following: TaskStatus) -> None:
    if may_follow(status, following):
        check_transition(status, following)
    else:
        with pytest.raises(ForbiddenTransition, match=f"{status} .* {following}") as caught:
            check_transition(status, following)
        assert caught.value.hint


@given(st.lists(statuses, max_size=30))
def test_no_walk_through_the_table_ever_leaves_a_terminal_state(wishes: list[TaskStatus]) -> None:
    status, ended = TaskStatus.QUEUED, None
    for wish in wishes:
        if may_follow(status, wish):
            status = wish
        if ended is not None:
            assert status is ended
        if status in TERMINAL:
            ended = status


def test_every_unfinished_state_can_reach_an_end() -> None:
    assert {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED} == TERMINAL
    for status in UNFINISHED:
        assert may_follow(status, TaskStatus.CANCELLED)
