"""What a run leaves behind: the result, its files, and how far it could be checked."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a run produced, kept beside the database."""

    name: str
    media_type: str
    size: int  # bytes
    sha256: str  # hexadecimal


class Verdict(StrEnum):
    """How the agent's own check of the result ended."""

    VERIFIED = "verified"
    PARTLY = "partly"
    NOT_VERIFIED = "not_verified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of check: `passed` of `total` held."""

    name: str
    passed: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The agent's own check of its result."""

    verdict: Verdict
    checks: tuple[Check, ...] = ()
    note: str = ""  # one sentence for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a finished run has to say. `summary` is Markdown from an untrusted source: render it as such."""

    summary: str
    verification: Verification
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task failed: `type` names the error's class, `hint` says what to do."""

    type: str
    message: str
    hint: str = ""
