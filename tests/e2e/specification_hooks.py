"""What schemathesis is taught about Legwork. It imports this in its own process, as `SCHEMATHESIS_HOOKS` says."""

import os
from typing import Any, Final

import requests
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

ADDRESS: Final = "LEGWORK_ADDRESS"
TOKEN: Final = "LEGWORK_TOKEN"  # noqa: S105 - the name of a variable

_BY_ITS_FORM: Final = "The request is not valid at"
_RESPONSE: Final = "resp_"


@schemathesis.check
def not_refused_by_its_form(_ctx: CheckContext, response: Response, case: Case) -> None:
    """Some requests are refused for what a schema can't say. The form of a request is what it can say, always."""
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert _BY_ITS_FORM not in response.text, "what fits the schema was refused for its form"


@schemathesis.hook
def before_call(_context: HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """The stream of a task goes on as long as the task does, which may be paused: it is ended first."""
    follows = case.path.endswith("/events") or (case.query or {}).get("stream")
    task = (case.path_parameters or {}).get("task_id") or (case.path_parameters or {}).get("response_id")
    if follows and isinstance(task, str) and task.removeprefix(_RESPONSE).isalnum():
        url = f"{os.environ[ADDRESS]}/tasks/{task.removeprefix(_RESPONSE)}/cancel"
        requests.post(url, headers={"Authorization": f"Bearer {os.environ[TOKEN]}"}, timeout=30)
