"""What a person should know about the whole of Legwork."""

from desktop.engine import Engine, Notice, NoticeBoard
from tests.fakes.scripted_model import ScriptedModels
from tests.unit.engine.conftest import World

FULL = Notice(key="disk", message="The disk is full.", hint="Make room.")
RESTORED = Notice(key="restored", message="A backup was restored.")


def heard(board: NoticeBoard) -> list[tuple[Notice, ...]]:
    told: list[tuple[Notice, ...]] = []
    board.subscribe(told.append)
    return told


def test_whoever_listens_hears_what_there_is_and_each_change_once() -> None:
    board = NoticeBoard([RESTORED])
    told = heard(board)
    board.put(FULL)
    board.put(FULL)
    board.withdraw("restored")
    board.withdraw("restored")
    assert told == [(RESTORED,), (RESTORED, FULL), (FULL,)]


def test_a_notice_takes_the_place_of_the_one_with_its_key() -> None:
    board = NoticeBoard([FULL, RESTORED])
    fuller = Notice(key="disk", message="The disk is fuller.")
    board.put(fuller)
    assert board.notices() == (fuller, RESTORED)


def test_nobody_is_told_any_more_who_ended_the_subscription() -> None:
    board = NoticeBoard()
    told: list[tuple[Notice, ...]] = []
    end = board.subscribe(told.append)
    end()
    board.put(FULL)
    assert told == [()]


def test_a_notice_is_said_with_what_to_do() -> None:
    assert (str(FULL), str(RESTORED)) == ("The disk is full. Make room.", "A backup was restored.")


async def test_an_engine_has_the_notices_that_it_was_made_with(world: World) -> None:
    engine = Engine(world.adapters(ScriptedModels(world.model)), agents=[], notices=[RESTORED])
    engine.board.put(FULL)
    assert engine.notices() == (RESTORED, FULL)
