"""Secrets made for callers that bring none. Each is told once, in the answer that made it, and never again."""

from dataclasses import dataclass, replace

from desktop.engine import TaskRequest
from desktop.notify import make_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedSecret:
    """A new secret by which the caller will know the webhooks of its task."""

    secret: str


def issue_secret(request: TaskRequest) -> tuple[TaskRequest, IssuedSecret | None]:
    """The request with a secret for its webhook, and that secret where it was made here."""
    if request.webhook is None or request.webhook.secrets:
        return request, None
    issued = IssuedSecret(secret=make_secret())
    return replace(request, webhook=replace(request.webhook, secrets=(issued.secret,))), issued
