"""The key by which a program that submits a task a second time, since it never heard the answer, gets the first one."""

from dataclasses import dataclass
from typing import Final

MAX_KEY_CHARACTERS: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionKey:
    """What the program calls the submission, and by what it is known again. Goes with its task."""

    key: str
    fingerprint: str  # of all that was asked for, in any form that the interface likes
