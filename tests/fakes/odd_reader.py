"""A reader's process that does to a document what its name says, and reads all others as usual. Run as a program."""

import os
import re
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from desktop.tools import reader_server
from desktop.tools.reading import plain, worker
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.messages import source_in


class Endless(bytes):
    """An answer that claims to be longer than any memory."""

    def __len__(self) -> int:
        return 2**40


def wait(_: str) -> None:
    """Come to no end, like Python code in a loop."""
    threading.Event().wait()


def stick(meeting: str) -> None:
    """Tell who reads, then come to no end in native code that keeps the interpreter to itself."""
    Path(meeting).write_text(str(os.getpid()))
    re.match(r"(a+)+$", "a" * 64 + "b")


def die(_: str) -> None:
    os.abort()


def die_together(meeting: str) -> None:
    """Crash once another one is about to."""
    mode, _, path = meeting.partition(" ")
    os.open(path, int(mode))  # waits for the one that opens the other end
    os.abort()


def grow(_: str) -> None:
    """Use all memory there is to use."""
    bytearray(2**40)


def print_much(_: str) -> None:
    """Print what looks like answers, and more than a pipe holds."""
    sys.stdout.write("printed")
    sys.stdout.flush()
    for descriptor in (1, 2):
        os.write(descriptor, b"\0" * 7 + b"\1" + b"\xc0" * 200_000)


def stumble(_: str) -> None:
    def read(given: bytes, *_: object) -> None:
        raise LookupError(given.decode())

    plain.read = read  # type: ignore[assignment]


def say_who(meeting: str) -> None:
    Path(meeting).write_text(str(os.getpid()))


DEEDS = {
    "wait": wait, "stick": stick, "die": die, "die_together": die_together, "grow": grow, "print": print_much,
    "stumble": stumble, "say_who": say_who,
}  # fmt: skip
ANSWERS = {
    "no_record": b"\xc1",
    "other_record": b"\x81\xa4type\xa6Pickle",
    "broken_text": b"\x82\xa4type\xa6Failed\xa5trace\xa1\xff",
    "too_deep": b"\x82\xa4type\xa4Read\xa5parts" + b"\x91" * 100_000,
    "no_part": b"\x84\xa4type\xa4Read\xaamedia_type\xa1x\xa5parts\x91\xa1x\xa5notes\x90",
    "too_many_parts": b"\x84\xa4type\xa4Read\xaamedia_type\xa1x\xa5notes\x90\xa5parts\xdd\x00\x0f\x42\x41"
    + b"\x81\xa4text\xa0" * 1_000_001,
    "too_long": Endless(b"x"),
}


def odd_answer(request: bytes, limits: Limits) -> bytes:
    deed, _, object_ = source_in(request).name.partition(" ")
    if deed in ANSWERS:
        return ANSWERS[deed]
    if deed in DEEDS:
        DEEDS[deed](object_)
    return usual_answer(request, limits)


if __name__ == "__main__":
    usual_answer, worker.answer_to = worker.answer_to, odd_answer
    reader_server.main()
