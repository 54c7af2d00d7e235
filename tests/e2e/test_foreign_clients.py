"""Programs that others wrote, against the program as it runs: verifiers of webhooks, curl, and a browser's page."""

import http.client
import json
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import openai
import pytest
import standardwebhooks

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.client import RunningEngine
from desktop.engine import Input, TaskRequest, Webhook
from desktop.notify import make_secret
from tests.e2e.conftest import SEA, Legwork
from tests.e2e.webhook_receiver import WebhookReceiver, listening

STORY = "Tell a long story about a river and everybody who lives at it, from its spring to the sea."
TASK = {"kind": "documents", "goal": "Summarise", "inputs": [{"name": "sea.txt", "text": SEA}]}
PAGE = "https://evil.example"
SENT_BY_BROWSERS: list[tuple[str, dict[str, str]]] = [
    ("OPTIONS", {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}),
    ("OPTIONS", {"Access-Control-Request-Method": "GET", "Access-Control-Request-Private-Network": "true"}),
    ("POST", {"Content-Type": "text/plain"}),
    ("POST", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("POST", {"Content-Type": "multipart/form-data; boundary=x"}),
    ("GET", {"Accept": "text/event-stream"}),
]


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with listening() as found:
        yield found


@pytest.fixture
def announced(legwork: Legwork) -> Iterator[Announcement]:
    """An engine that serves, and may call this machine."""
    legwork.paths.data.mkdir()
    legwork.paths.settings.write_text(json.dumps({"allowed_webhook_hosts": ["127.0.0.1"]}))
    serving, _ = legwork.serve()
    found = read_announcement(legwork.paths.engine)
    assert found is not None
    yield found
    assert serving.end()[0] == 0


def test_openais_client_unwraps_the_webhooks_of_its_responses(
    announced: Announcement, receiver: WebhookReceiver
) -> None:
    with openai.OpenAI(base_url=f"{announced.address}/v1", api_key=announced.token, max_retries=0) as client:
        starter = client.models.list().data[-1].id
        completed = client.responses.create(
            model="documents",
            input=f"Summarise: {SEA}",
            background=True,
            extra_body={"webhook": {"url": receiver.url}},
        )
        assert completed.model_extra is not None
        call = receiver.next()
        event = client.webhooks.unwrap(call.body, call.headers, secret=completed.model_extra["webhook"]["secret"])
        assert (event.type, event.object) == ("response.completed", "event")
        assert event.data.id == completed.id
        with pytest.raises(openai.InvalidWebhookSignatureError):
            client.webhooks.unwrap(call.body, call.headers, secret=make_secret())

        secret = make_secret()
        told = {"extra_body": {"webhook": {"url": receiver.url, "secret": secret}}, "background": True}
        begun = {
            "response.incomplete": client.responses.create(model=starter, input=STORY, max_output_tokens=4, **told),
            "response.failed": client.responses.create(model=starter, input="word " * 20_000, **told),
            "response.cancelled": client.responses.create(model=starter, input=STORY, max_output_tokens=4000, **told),
        }
        client.responses.cancel(begun["response.cancelled"].id)
        calls = [receiver.next() for _ in begun]
        events = [client.webhooks.unwrap(call.body, call.headers, secret=secret) for call in calls]
        assert {event.type: event.data.id for event in events} == {kind: made.id for kind, made in begun.items()}


def test_the_library_of_standard_webhooks_verifies_what_comes(
    announced: Announcement, receiver: WebhookReceiver
) -> None:
    engine = RunningEngine(announced)
    inputs = (Input(name="sea.txt", text=SEA),)
    request = TaskRequest(kind="documents", goal="Summarise", inputs=inputs, webhook=Webhook(url=receiver.url))
    accepted = engine.submit(request)
    assert accepted.webhook is not None
    verifier = standardwebhooks.Webhook(accepted.webhook.secret)
    calls = [receiver.next(), receiver.next()]
    events = [verifier.verify(call.body, dict(call.headers)) for call in calls]
    assert [event["type"] for event in events] == ["task.started", "task.completed"]
    assert {event["data"]["task_id"] for event in events} == {accepted.task_id}
    assert len({call.headers["webhook-id"] for call in calls}) == 2
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verifier.verify(calls[0].body + b" ", dict(calls[0].headers))


def curl(*words: str) -> str:
    """What curl writes."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", *words],  # noqa: S607 - whichever is on the path
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def token_of(announced: Announcement) -> dict[str, str]:
    return {"Authorization": f"Bearer {announced.token}"}


def curl_token(announced: Announcement) -> tuple[str, str]:
    return "--header", f"Authorization: Bearer {announced.token}"


def test_curl_submits_follows_and_fetches(announced: Announcement, sea: str) -> None:
    token = curl_token(announced)
    form = ("--form", 'task={"kind": "documents", "goal": "Summarise"};type=application/json')
    accepted = json.loads(curl(*token, *form, "--form", f"file=@{sea}", f"{announced.address}/tasks"))
    address = announced.address + accepted["links"]["self"]
    events = curl(*token, "--no-buffer", f"{address}/events").splitlines()  # it ends with the task
    numbers = [int(line.removeprefix("id:")) for line in events if line.startswith("id:")]
    assert numbers == sorted(set(numbers))
    task = json.loads(curl(*token, address))
    assert task["status"] == "completed"
    report = announced.address + task["result"]["artifacts"][0]["url"]
    assert curl(*token, "--range", "2-5", report) == curl(*token, report)[2:6]


def test_a_page_of_another_origin_is_refused_whatever_its_browser_sends(announced: Announcement) -> None:
    """What needs a preflight asks for it first, the rest goes out at once."""
    for method, headers in SENT_BY_BROWSERS:
        body = json.dumps(TASK) if method == "POST" else None
        for path in ("/tasks", "/v1/responses"):
            for who in ({"Origin": PAGE}, {"Origin": "null"}, {"Origin": PAGE, **token_of(announced)}):
                connection = http.client.HTTPConnection(urlsplit(announced.address).netloc, timeout=60)
                connection.request(method, path, body, headers | who)
                answer = connection.getresponse()
                assert answer.status == 403, (method, path, headers, who)
                assert "web pages" in answer.read().decode()
                assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
                connection.close()
    listed = json.loads(curl(*curl_token(announced), f"{announced.address}/tasks"))
    assert listed["tasks"] == []
