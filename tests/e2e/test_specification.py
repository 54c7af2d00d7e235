"""The program does what its own specification says, whatever is sent to it: fuzzed from outside by schemathesis."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.rate_limit import REQUESTS_PER_SECOND
from tests.e2e import specification_hooks
from tests.e2e.conftest import ROOT, SEA, until
from tests.faults.application import Application
from tests.faults.launch import Launch

CASES_PER_OPERATION: Final = 30
LEAST_CASES: Final = 2_000
SEED: Final = 1
TASKS: Final = 4  # of each kind
TASK: Final = {"kind": "documents", "goal": "Summarise", "inputs": [{"name": "sea.txt", "text": SEA}]}

BEYOND_A_SCHEMA: Final = {
    "GET /estimate": 422,  # which kinds of task there are, and that one has files
    "POST /estimate": 422,  # the same, and which options each kind has, and which addresses may be called
    "POST /tasks": 422,  # the same
    "POST /tasks/{task_id}/retry": 422,  # which steps the task has
    "POST /tasks/{task_id}/webhook/rotate": 422,  # which tasks have a webhook, and what a secret looks like in bytes
    "POST /v1/responses": 400,  # which kinds take which options, and what of OpenAI's API is not done here
    "POST /v1/responses/{response_id}/cancel": 400,  # which responses are made in the background
    "POST /v1/chat/completions": 400,  # what of OpenAI's API is not done here, and how much fits into the model
}
"""Operations that may refuse what fits their schema, with what that can't say. Never for the form of a request."""

IN_TRASH: Final = ("/tasks/", "/status/")
"""Where what was deleted is still found: a task goes to Trash, where it can be read, and from where it comes back.
A response does not, so that whatever is asked of one that was deleted is checked.
"""

OUT_OF_REACH: Final = {
    "POST /window",  # there is none
    "POST /deliveries/{delivery_id}/send-again",  # nobody outside this machine is called, so that nothing is delivered
    "POST /tasks/{task_id}/webhook/rotate",  # for the same reason
    "POST /tasks/{task_id}/cancel",  # the tasks have ended
    "POST /tasks/{task_id}/pause",
    "POST /tasks/{task_id}/resume",
    "POST /tasks/{task_id}/answer",  # none of them has a question
}
"""Operations that may be answered with errors alone, which others than this test reach."""


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """The program with a model that answers at once, so that neither waiting answers nor streams take long."""
    launch = Launch(seed=SEED, models="tests.faults.instant_model:models")
    with Application(tmp_path / "data", launch) as started:
        started.started()
        yield started
        assert started.stop() == 0
        assert "Traceback" not in started.output() + started.log()


def announced(application: Application) -> Announcement:
    found = read_announcement(application.paths.engine)
    assert found is not None
    return found


def ended_tasks(application: Application) -> tuple[list[str], list[str]]:
    """Identifiers of tasks and of responses that have ended."""
    tasks = [application.ask("POST", "/tasks", TASK)[1]["task_id"] for _ in range(TASKS)]
    question = {"model": "documents", "input": f"Summarise: {SEA}", "background": True}
    responses = [application.ask("POST", "/v1/responses", question)[1]["id"] for _ in range(TASKS)]
    for name in (*tasks, *(each.removeprefix("resp_") for each in responses)):
        until(lambda name=name: application.ask("GET", f"/tasks/{name}")[1]["finished_at"])  # type: ignore[misc]
    return tasks, responses


def specification(application: Application) -> dict[str, Any]:
    """The specification as the program hands it out, narrowed to names that exist, which a fuzzer would never guess.

    What is deleted is not what the other operations are asked about.
    """
    document: dict[str, Any] = application.ask("GET", "/openapi.json")[1]
    models = [each["name"] for each in application.ask("GET", "/models")[1]["models"]]
    names = {"name": [*models, "report.md"], "model": [*models, "documents"], "kind": ["documents", "chat"]}
    kept, deleted = ended_tasks(application), ended_tasks(application)
    for methods in document["paths"].values():
        for method, operation in methods.items():
            tasks, responses = deleted if method == "delete" else kept
            for each in operation.get("parameters", []):
                known = {**names, "task_id": tasks, "response_id": responses}.get(each["name"])
                if known is not None and each["required"]:  # what is only looked for need not exist
                    each["schema"] = {"enum": known}
    for name in ("TaskBody", "ResponseBody", "ChatBody"):
        properties = document["components"]["schemas"][name]["properties"]
        properties |= {each: {"enum": names[each]} for each in ("kind", "model") if each in properties}
    return document


def configuration(operations: Iterable[str]) -> str:
    """What is right for each operation, for schemathesis."""
    lines: list[str] = []
    for operation in operations:
        refusal = BEYOND_A_SCHEMA.get(operation, 404)
        lines += ["[[operations]]", f'include-name = "{operation}"']
        lines += [f'checks.positive_data_acceptance.expected-statuses = ["2xx", 403, 404, 409, {refusal}]']
        if operation.partition(" ")[2].startswith(IN_TRASH):
            lines += ["checks.use_after_free.enabled = false"]
    return "\n".join(lines)


def operations_of(document: dict[str, Any]) -> list[str]:
    return [f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]


def fuzz(application: Application, folder: Path) -> tuple[int, str]:
    """The exit code of schemathesis and what it printed; its report is in the folder."""
    document = specification(application)
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text(configuration(operations_of(document)))
    engine = announced(application)
    options = {
        "--url": engine.address,
        "--header": f"Authorization: Bearer {engine.token}",
        "--checks": "all",
        "--phases": "examples,coverage,fuzzing,stateful",
        "--mode": "all",
        "--max-examples": str(CASES_PER_OPERATION),
        "--seed": str(SEED),
        "--generation-database": "none",
        "--request-timeout": "20",
        "--rate-limit": f"{REQUESTS_PER_SECOND:.0f}/s",
        "--report": "ndjson",
        "--report-ndjson-path": "report.ndjson",
    }
    words = [word for option in options.items() for word in option]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            *words,
            "--continue-on-failure",
            "--no-color",
            "openapi.json",
        ],
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": specification_hooks.__name__,
            specification_hooks.ADDRESS: engine.address,
            specification_hooks.TOKEN: engine.token,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def answers(report: Path) -> dict[str, Counter[int]]:
    """How often each operation answered with which status, requests that were only checks' left out."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for name, exchange in recorder.get("interactions", {}).items():
            case = recorder["cases"][name]["value"]
            if exchange["response"] is not None:
                found[f"{case['method']} {case['path']}"][exchange["response"]["status_code"]] += 1
    return found


def test_every_answer_is_as_the_specification_says(application: Application, tmp_path: Path) -> None:
    code, printed = fuzz(application, tmp_path)
    assert code == 0, printed
    answered = answers(tmp_path / "report.ndjson")
    operations = set(operations_of(json.loads((tmp_path / "openapi.json").read_text())))
    assert sum(answered[each].total() for each in operations) >= LEAST_CASES
    never = {each for each in operations if not any(200 <= status < 300 for status in answered[each])}
    assert never <= OUT_OF_REACH
