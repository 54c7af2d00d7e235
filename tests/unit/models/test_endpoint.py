"""Whatever a server on the network does, it becomes an answer or an error with a way out, and no secret goes astray."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import (
    FinishReason,
    LegworkError,
    Message,
    ModelUnavailable,
    Prompt,
    PromptRefused,
    PromptTooLong,
    Role,
    RuntimeFailed,
    Sign,
    UnknownModel,
)
from desktop.models import AllModels, EndpointChoice, EndpointModels, LocalModels
from desktop.models.endpoints.choice import check_endpoint
from desktop.models.endpoints.line import PlainResolver
from desktop.models.endpoints.model import ASSUMED_CONTEXT, EndpointModel, _reason
from desktop.models.endpoints.patience import EndpointLimits
from desktop.models.endpoints.remote import NO_FORM
from desktop.models.endpoints.token_guess import guessed_ends
from desktop.models.endpoints.trial import try_endpoint
from tests.fakes.fake_clock import FakeClock
from tests.fakes.odd_endpoint import (
    DONE,
    OddEndpoint,
    Reply,
    keeps_form,
    prose,
    refusal,
    running_endpoint,
    said,
)
from tests.fakes.odd_runtime import ANSWERS, event, text

KEY = "sk-" + "horse-battery"
LIMITS = EndpointLimits(look=0.02, answer=0.5, deaf=0.1, busy=0.2)
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}},
    "required": ["name"],
    "additionalProperties": False,
}
FITTING = json.dumps({"name": "x"})
LARGE = "x" * 65_536

Start = Callable[..., Any]


def ask(content: str = "Hello", schema: dict[str, Any] | None = None, max_tokens: int = 50) -> Prompt:
    return Prompt(messages=(Message(role=Role.USER, content=content),), max_tokens=max_tokens, schema=schema)


def after_the_trial(reply: Reply) -> Callable[[dict[str, Any]], Reply]:
    """A server that does well at first."""
    return lambda body: keeps_form(body) if "sea wide" in str(body["messages"]) else reply


async def key_of(_choice: EndpointChoice) -> str:
    return KEY


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """A server that does as a test says, and the model that is asked there."""
    async with AsyncExitStack() as stack:

        async def make(
            answer: Callable[[dict[str, Any]], Reply] = keeps_form, *, model: str = "big", **more: Any
        ) -> tuple[OddEndpoint, EndpointModel]:
            clock, choice = more.pop("clock", FakeClock()), more.pop("choice", {})
            server = await stack.enter_async_context(running_endpoint(OddEndpoint(answer=answer, **more)))
            made = EndpointModel(server.choice(model, **choice), model, key_of, clock, limits=LIMITS)
            stack.push_async_callback(made.unload)
            return server, made

        yield make


async def failure_of(model: EndpointModel, prompt: Prompt | None = None) -> LegworkError:
    with pytest.raises(LegworkError) as caught:
        await model.answer(prompt or ask())
    assert caught.value.hint
    assert KEY not in str(caught.value)
    assert len(caught.value.message) < 600
    return caught.value


async def test_an_answer_is_put_together_and_says_what_it_cost(start: Start) -> None:
    server, model = await start()
    signs: list[Sign] = []
    answer = await model.answer(replace(ask(), stop=("never",)), signs.append)

    assert (answer.text, answer.finish, "".join(map(str, signs))) == ("fine", FinishReason.STOP, "fine")
    assert (answer.prompt_tokens, answer.cached_tokens, answer.output_tokens) == (40, 30, 7)
    assert server.keys == {f"Bearer {KEY}"}
    (question,) = server.questions
    assert question["stream_options"] == {"include_usage": True}
    assert (question["model"], question["stop"]) == ("big", ["never"])
    assert "return_progress" not in question  # no server but llama.cpp's knows it


async def test_what_no_server_counts_is_guessed(start: Start) -> None:
    _, model = await start(lambda _body: said("The sea is wide."))
    answer = await model.answer(ask("How wide is the sea?"))

    assert 5 <= answer.prompt_tokens <= 20
    assert 4 <= answer.output_tokens <= 8
    assert await model.token_ends("How wide?") == guessed_ends("How wide?")


async def test_where_it_runs_and_what_that_means_is_said(start: Start) -> None:
    server, model = await start()
    loaded = await model.load()

    assert loaded.device == f"at 127.0.0.1:{server.port}"
    assert (loaded.runtime, loaded.name) == ("endpoint", "box/big")
    assert "another program on this machine" in loaded.reason
    elsewhere = EndpointChoice(name="lab", url="http://10.0.0.7:8080/v1")
    assert "leaves this machine for 10.0.0.7:8080, not encrypted" in _reason(elsewhere)
    assert "not encrypted" not in _reason(replace(elsewhere, url="https://lab.example.com/v1"))


@pytest.mark.parametrize(
    ("more", "context", "assumed"),
    [
        ({"models": ({"id": "big", "max_model_len": 9000},)}, 9000, False),
        ({"choice": {"context_tokens": 7000}}, 7000, False),
        ({"choice": {"context_tokens": 7000}, "models": ({"id": "big", "max_model_len": 5000},)}, 5000, False),
        ({"props": {"default_generation_settings": {"n_ctx": 6000}, "total_slots": 2}}, 6000, False),
        ({"listing": Reply(status=404)}, ASSUMED_CONTEXT, True),
    ],
)
async def test_the_context_is_what_server_and_person_say_or_assumed_and_said_to_be(
    start: Start, more: dict[str, Any], context: int, assumed: bool
) -> None:
    _, model = await start(**more)
    loaded = await model.load()

    assert loaded.context_tokens == context
    assert any("assumed" in lack for lack in loaded.lacks) is assumed
    assert loaded.slots == (2 if "props" in more else 4)


async def test_a_model_that_nobody_named_is_the_first_that_the_server_lists(start: Start) -> None:
    server, model = await start(model="")
    await model.answer(ask())
    assert server.bodies[-1]["model"] == "big"

    _, nameless = await start(model="", models=())
    assert "lists no models" in (await failure_of(nameless)).message


@pytest.mark.parametrize(
    ("reply", "kind", "said_of_it"),
    [
        (refusal(401, f"Wrong key: {KEY}"), ModelUnavailable, "does not let Legwork in (401: Wrong key: …)"),
        (refusal(403, "No."), ModelUnavailable, "does not let Legwork in"),
        (refusal(404, "There is no model big"), ModelUnavailable, "knows no model 'big'"),
        (refusal(302, "Elsewhere", Location="http://127.0.0.1:1/v1"), ModelUnavailable, "was not followed"),
        (refusal(418, "I am a teapot"), ModelUnavailable, "I am a teapot"),
        (refusal(429, "Slow down", Retry_After="7"), RuntimeFailed, "asked again in 7 seconds"),
        (refusal(500, "out of cheese"), RuntimeFailed, "failed at a question (500: out of cheese)"),
        (refusal(503, "Loading model"), RuntimeFailed, "asked again in 10 seconds"),
        (refusal(400, "max context length is 8 tokens"), PromptTooLong, "longer than the model"),
        (refusal(400, "no such thing"), PromptRefused, "no such thing"),
        (Reply(status=502, pieces=(b"<html>\x1b[31mBad gateway" + b"x" * 9000,)), RuntimeFailed, "Bad gateway"),
        (Reply(status=500, pieces=(b'{"detail": "no room"}',)), RuntimeFailed, "no room"),
        (Reply(status=500, pieces=(b'{"error": "out of cheese"}',)), RuntimeFailed, "out of cheese"),
        (Reply(status=599), RuntimeFailed, "gave no reason"),
    ],
)
async def test_a_no_is_said_in_words(start: Start, reply: Reply, kind: type[LegworkError], said_of_it: str) -> None:
    _, model = await start(after_the_trial(reply))
    error = await failure_of(model)

    assert type(error) is kind or isinstance(error, kind)
    assert said_of_it in error.message
    assert "\x1b" not in error.message


async def test_a_key_that_is_refused_is_asked_for_anew_the_next_time(start: Start) -> None:
    server, model = await start(listing=refusal(401, "Who are you?"))
    assert isinstance(await failure_of(model), ModelUnavailable)
    server.listing = None
    assert (await model.answer(ask())).text == "fine"


async def test_a_server_without_time_is_left_alone_for_as_long_as_it_asks(start: Start) -> None:
    clock = FakeClock()
    server, model = await start(clock=clock)
    await model.load()
    server.answer = lambda _body: refusal(429, "Slow down", Retry_After="30")
    await failure_of(model)
    server.answer = keeps_form
    pulse = model.pulse
    again = asyncio.create_task(model.answer(ask()))
    await clock.run_for(29)
    assert len(server.questions) == 1
    assert model.pulse > pulse
    await clock.run_for(2)
    assert (await again).text == "fine"


MOODS = {
    **{name: steps for name, steps in ANSWERS.items() if all(isinstance(step, bytes) for step in steps)},
    "is an odd shape": [event(choices=[{"delta": {"content": 7}}])],
    "reports an error": [text("Gr"), event(error={"message": "out of cheese", "code": 7})],
    "never ends a line": [b"data: " + b"x" * 2**21],
    "never ends": [event(choices=[{"delta": {"content": ""}, "padding": LARGE}])] * 20,
    "writes more than there are tokens": [text(LARGE)],
}


@pytest.mark.parametrize("mood", sorted(MOODS.keys() - {"fine", "does not count"}))
async def test_nonsense_is_a_failure_that_may_pass(start: Start, mood: str) -> None:
    pieces = tuple(step for step in MOODS[mood] if isinstance(step, bytes))
    server, model = await start(after_the_trial(Reply(pieces=pieces)))
    error = await failure_of(model, ask(max_tokens=10))

    assert isinstance(error, RuntimeFailed)
    assert f"127.0.0.1:{server.port}" in error.message
    server.answer = keeps_form
    assert (await model.answer(ask())).text == "fine"


@pytest.mark.parametrize("mood", ["fine", "does not count"])
async def test_events_of_other_servers_are_understood(start: Start, mood: str) -> None:
    pieces = tuple(step.replace(b"\n", b"\r\n").replace(b"data: ", b"data:") for step in MOODS[mood])  # type: ignore[union-attr]
    _, model = await start(after_the_trial(Reply(pieces=pieces)))
    assert (await model.answer(ask())).text == "fine"


async def test_an_answer_is_whole_at_its_end_though_the_line_stays_open(start: Start) -> None:
    server, model = await start(after_the_trial(replace(said("fine"), held=True)))
    assert (await model.answer(ask())).text == "fine"
    await asyncio.wait_for(server.left.wait(), 10)


async def test_a_line_that_is_cut_is_a_failure_that_may_pass(start: Start) -> None:
    _, model = await start(after_the_trial(Reply(pieces=(text("Gr"),), cut=True)))
    error = await failure_of(model)
    assert isinstance(error, RuntimeFailed)
    assert "broke off" in error.message


async def test_a_server_that_is_there_but_shows_nothing_is_given_up_in_the_end(start: Start) -> None:
    server, model = await start(after_the_trial(Reply(pieces=(text("Gr"),), held=True)))
    await model.load()
    pulse = model.pulse
    assert "nothing to show" in (await failure_of(model)).message
    assert model.pulse > pulse + 3  # it said that it is there
    await asyncio.wait_for(server.left.wait(), 10)


async def test_a_server_that_says_nothing_at_all_is_given_up_sooner(start: Start) -> None:
    server, model = await start(after_the_trial(Reply(pieces=(text("Gr"),), held=True)))
    await model.load()
    server.listing = Reply(cut=True)
    limits = replace(LIMITS, busy=1000.0)
    model._limits = limits
    assert "does not answer any more" in (await failure_of(model)).message


async def test_whoever_cancels_hangs_up(start: Start) -> None:
    server, model = await start(after_the_trial(Reply(pieces=(text("Gr"),), held=True)))
    model._limits = EndpointLimits()
    asking = asyncio.create_task(model.answer(ask()))
    await server.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(server.left.wait(), 10)
    assert model.remote is not None  # it did nothing wrong


async def test_a_model_that_is_dropped_says_why_and_is_asked_anew(start: Start) -> None:
    server, model = await start(after_the_trial(Reply(held=True)))
    model._limits = EndpointLimits()
    asking = asyncio.create_task(model.answer(ask()))
    await server.begun.wait()
    model.drop("gave no sign of work for 300 seconds")
    with pytest.raises(RuntimeFailed, match="gave no sign of work for 300 seconds"):
        await asking
    server.answer = keeps_form
    assert (await model.answer(ask())).text == "fine"


async def test_one_failure_does_not_end_what_others_are_being_answered(start: Start) -> None:
    server, model = await start(after_the_trial(Reply(pieces=(text("fine"),), held=True)))
    model._limits = EndpointLimits()
    held = asyncio.create_task(model.answer(ask()))
    await server.begun.wait()
    server.answer = after_the_trial(refusal(500, "out of cheese"))
    await failure_of(model)
    assert not server.left.is_set()
    held.cancel()
    await asyncio.wait({held})


async def test_a_form_that_the_server_refuses_is_asked_for_in_words_and_that_is_said(start: Start) -> None:
    answers = iter(["The name is x.", f"```json\n{FITTING}\n```"])

    def answer(body: dict[str, Any]) -> Reply:
        if "response_format" in body:
            return refusal(400, "response_format is not supported")
        return said(next(answers)) if "sea wide" not in str(body["messages"]) else prose(body)

    server, model = await start(answer)
    signs: list[Sign] = []
    assert NO_FORM in (await model.load()).lacks
    assert (await model.answer(ask(schema=SCHEMA), signs.append)).text == FITTING
    assert signs == [FITTING]  # nothing is heard of what did not fit
    first, second = (str(body["messages"]) for body in server.questions)
    assert "JSON Schema" in first
    assert "did not fit: it is not JSON" in second


async def test_a_form_that_the_server_passes_over_is_noticed_and_never_let_through(start: Start) -> None:
    _, model = await start(prose)
    assert NO_FORM in (await model.load()).lacks
    error = await failure_of(model, ask(schema=SCHEMA))
    assert isinstance(error, RuntimeFailed)
    assert "another form" in error.message


async def test_a_server_that_stops_keeping_to_a_form_is_not_believed_any_more(start: Start) -> None:
    server, model = await start(after_the_trial(said('{"name": 7}')))
    assert NO_FORM not in (await model.load()).lacks
    assert "another form" in (await failure_of(model, ask(schema=SCHEMA))).message
    assert NO_FORM in (await model.load()).lacks
    server.answer = after_the_trial(said(FITTING))
    assert (await model.answer(ask(schema=SCHEMA))).text == FITTING
    assert "response_format" not in server.questions[-1]


async def test_an_answer_that_was_cut_at_its_length_may_not_fit(start: Start) -> None:
    cut = Reply(pieces=(text('{"na'), event(choices=[{"delta": {}, "finish_reason": "length"}]), DONE))
    _, model = await start(after_the_trial(cut))
    answer = await model.answer(ask(schema=SCHEMA))
    assert (answer.text, answer.finish) == ('{"na', FinishReason.LENGTH)


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "http://127.0.0.1:1/x"}, {"type": "string", "pattern": "("}]
)
async def test_a_schema_that_nobody_understands_is_refused_before_anything_is_asked(
    start: Start, schema: dict[str, Any]
) -> None:
    server, model = await start()
    assert isinstance(await failure_of(model, ask(schema=schema)), PromptRefused)
    assert server.questions == []


async def test_a_prompt_that_a_server_might_cut_without_a_word_is_not_sent(start: Start) -> None:
    server, model = await start()
    error = await failure_of(model, ask("word " * 5000))
    assert isinstance(error, PromptTooLong)
    assert server.questions == []


async def test_what_looks_like_a_special_token_is_broken_up_and_put_right(start: Start) -> None:
    content = "a <|im_end|> b </s> c [/INST] d <start_of_turn> e <b>"
    server, model = await start(lambda body: said(body["messages"][-1]["content"]))
    answer = await model.answer(ask(content))

    sent = server.questions[0]["messages"][0]["content"]
    assert not any(token in sent for token in ("<|im_end|>", "</s>", "[/INST]", "<start_of_turn>"))
    assert "<b>" in sent
    assert answer.text == content


async def test_the_key_is_in_no_log_and_in_nothing_that_is_shown(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        server, model = await start(
            lambda body: refusal(500, f"You sent Bearer {KEY}") if server_is_angry else keeps_form(body)
        )
        server_is_angry = False
        loaded = await model.load()
        await model.answer(ask())
        server_is_angry = True
        await failure_of(model)
    assert server.keys == {f"Bearer {KEY}"}
    assert KEY not in caplog.text + repr(loaded) + model.problem + repr(model.info)


async def test_a_key_that_can_not_be_one_is_not_sent(start: Start) -> None:
    server, _ = await start()

    async def odd_key(_choice: EndpointChoice) -> str:
        return "two\nlines"

    model = EndpointModel(server.choice("big"), "big", odd_key, FakeClock(), limits=LIMITS)
    with pytest.raises(ModelUnavailable, match="characters that no key has") as caught:
        await model.load()
    assert "two" not in str(caught.value)
    assert server.asked == []


async def test_a_redirect_takes_nothing_along(start: Start) -> None:
    other, _ = await start()
    elsewhere = refusal(307, "There", Location=f"http://127.0.0.1:{other.port}/v1/chat/completions")
    _, model = await start(after_the_trial(elsewhere))
    assert "was not followed" in (await failure_of(model)).message
    assert other.asked == []


async def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        choice = EndpointChoice(name="box", url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1", models=("big",))
        model = EndpointModel(choice, "big", key_of, FakeClock(), limits=LIMITS)
        error = await failure_of(model)
    assert isinstance(error, RuntimeFailed)
    assert "can't be reached" in error.message


async def test_what_is_no_such_server_is_said(start: Start) -> None:
    _, model = await start(listing=Reply(pieces=(b"<html>Welcome",)))
    assert "does not speak OpenAI's API" in (await failure_of(model)).message


@pytest.mark.parametrize(
    "url",
    ["", "gpu-box", "ftp://gpu-box/v1", "http://me:secret@gpu-box/v1", "https://gpu-box/v1?key=1", "http://1.1.1.1/v1"],
)
def test_an_address_that_can_not_be_one_is_refused(url: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        check_endpoint(EndpointChoice(name="box", url=url))
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_an_address_is_completed_and_a_key_is_kept_for_its_server_alone() -> None:
    short = EndpointChoice(name="box", url="http://Gpu-Box:8080/")
    assert short.base == "http://Gpu-Box:8080/v1"
    assert replace(short, url="http://gpu-box:8080/v1/").server == short.server
    assert replace(short, url="https://gpu-box:8080/v1/").server != short.server
    for url in ("http://gpu-box:8080/v1", "http://192.168.1.9/v1", "http://100.64.0.1/v1", "https://1.1.1.1/v1"):
        check_endpoint(replace(short, url=url))


async def test_a_name_that_leads_to_the_open_internet_is_not_called_in_the_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {"lab": "192.168.1.9", "public": "9.9.9.9", "mapped": "::ffff:9.9.9.9"}

    async def look_up(_loop: Any, host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found[host], port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    assert (await PlainResolver().resolve("lab", 80))[0]["host"] == "192.168.1.9"
    for host in ("public", "mapped"):
        with pytest.raises(ModelUnavailable, match="open internet"):
            await PlainResolver().resolve(host, 80)


async def test_a_server_is_the_default_only_where_the_person_says_so(start: Start) -> None:
    server, _ = await start()
    choices = (server.choice("big", "small"),)

    def models(default: str | None = None) -> AllModels:
        return AllModels(LocalModels(None), EndpointModels(lambda: choices, key_of), default=lambda: default)

    here = LocalModels(None).installed()[0]
    assert models().open(None).info == models().installed()[0] == here
    assert models().open("box/small").info.host == f"127.0.0.1:{server.port}"
    chosen = models("box/small")
    assert chosen.open(None).info == chosen.installed()[0]
    assert [model.name for model in chosen.installed()] == ["box/small", here.name, "box/big"]
    with pytest.raises(UnknownModel, match="box/tiny") as caught:
        models("box/tiny").open(None)
    assert "box/big, box/small" in caught.value.hint
    assert server.asked == []


async def test_a_name_that_a_model_here_has_too_means_the_one_here() -> None:
    here = LocalModels(None).installed()[0]
    choice = EndpointChoice(name=here.name, url="http://10.0.0.7/v1")
    models = AllModels(LocalModels(None), EndpointModels(lambda: (choice,), key_of), default=lambda: here.name)
    assert models.open(here.name).info == models.open(None).info == here


async def test_a_server_that_was_taken_out_of_the_settings_is_not_asked_any_more(start: Start) -> None:
    server, _ = await start()
    choices = [server.choice("big")]
    models = EndpointModels(lambda: tuple(choices), key_of)
    model = models.find("box/big")
    assert model is not None
    await model.load()
    assert models.status().model is not None
    asked = len(server.asked)
    choices.clear()
    with pytest.raises(ModelUnavailable, match="taken out of the settings"):
        await model.answer(ask())
    assert models.find("box/big") is None
    assert len(server.asked) == asked
    await models.close()
    assert models.status().model is None


async def test_a_model_elsewhere_takes_no_room_here(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server, _ = await start()
    local = LocalModels(None)
    models = AllModels(local, EndpointModels(lambda: (server.choice("big"),), key_of), default=lambda: None)
    weighed: list[str] = []

    async def fit_together(paths: Sequence[str]) -> bool:
        weighed.extend(paths)
        return False

    monkeypatch.setattr(local, "fit_together", fit_together)
    model = models.open("box/big")
    assert not model.is_loaded
    await model.load()
    assert (model.is_loaded, model.memory) == (True, 0)
    assert not await models.fit_together([model.info.path, "/here.gguf"])
    assert weighed == ["/here.gguf"]
    await models.close()


async def test_how_a_server_is_asked_can_be_changed(start: Start) -> None:
    server, _ = await start()
    choices = [server.choice("big")]
    models = EndpointModels(lambda: tuple(choices), key_of)
    first = models.find("box/big")
    choices[0] = replace(choices[0], slots=2)
    second = models.find("box/big")
    assert first is not None
    assert second is not None
    assert first.info.path != second.info.path  # so whoever counts slots counts anew
    assert ((await first.load()).slots, (await second.load()).slots) == (4, 2)
    await models.close()


async def test_a_server_that_got_another_name_is_asked_under_it_with_the_key_of_that_name(start: Start) -> None:
    server, _ = await start()
    choices = [server.choice("big")]

    async def find_key(choice: EndpointChoice) -> str:
        return f"key-of-{choice.name}"

    models = EndpointModels(lambda: tuple(choices), find_key)
    before = models.find("box/big")
    choices[0] = replace(choices[0], name="lab")
    after = models.find("lab/big")
    assert before is not None
    assert after is not None
    assert (await after.answer(ask())).text == "fine"
    assert server.keys == {"Bearer key-of-lab"}
    assert after.info.path != before.info.path  # so whoever keeps it by its path gets the new one
    await models.close()


async def test_a_trial_says_what_there_is_and_what_it_can(start: Start) -> None:
    server, _ = await start(models=tuple({"id": f"m{n}"} for n in range(5)))
    found = await try_endpoint(server.choice(), KEY, FakeClock())
    assert found.models == ("m0", "m1", "m2", "m3", "m4")
    assert "has m0, m1, m2 and 2 more. m0 answers: 4,096 tokens" in found.sentence
    assert "assumed" in found.sentence
    with pytest.raises(ModelUnavailable, match="has no model 'other'"):
        await try_endpoint(server.choice("other"), KEY, FakeClock())
    server.listing = refusal(401, "Who are you?")
    with pytest.raises(ModelUnavailable, match="does not let Legwork in"):
        await try_endpoint(server.choice(), "", FakeClock())
    assert None in server.keys  # no key, no header
    with pytest.raises(ModelUnavailable, match="no address"):
        await try_endpoint(EndpointChoice(name="box", url=""), "", FakeClock())


@given(st.text(max_size=300))
def test_guessed_tokens_reach_the_end_of_any_text(content: str) -> None:
    ends = guessed_ends(content)
    assert list(ends) == sorted(ends)
    assert (ends[-1] if ends else 0) == len(content)
