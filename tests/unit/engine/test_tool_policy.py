"""What a request says of tools, and what becomes of a call by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import Effect, InvalidRequest, Policy, TaskRequest, Tool, tool_rules
from desktop.engine.tool_policy import OWN_TOOLS

FORM: dict[str, Any] = {"type": "object"}


def own(name: str) -> Tool:
    return Tool(name=name, description="", parameters=FORM, effect=OWN_TOOLS[name])


def of_server(name: str) -> Tool:
    server = name.rpartition(".")[0]
    return Tool(name=name, description="", parameters=FORM, effect=Effect.UNKNOWN, server=server)


def request(**options: Any) -> TaskRequest:
    return TaskRequest(kind="assistant", goal="Do it.", options=options)


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("list_files", Policy.ALLOW),
        ("read_file", Policy.ALLOW),
        ("search_files", Policy.ALLOW),
        ("run_python", Policy.ALLOW),
        ("write_file", Policy.ASK),
        ("fetch_page", Policy.ASK),
        ("search_web", Policy.ASK),
    ],
)
def test_what_changes_or_sends_something_is_asked_about_unless_the_request_says_otherwise(
    name: str, policy: Policy
) -> None:
    assert tool_rules(request()).policy(own(name)) is policy


def test_a_servers_tool_is_asked_about_too() -> None:
    assert tool_rules(request()).policy(of_server("mail.send")) is Policy.ASK


def test_a_request_says_it_by_names_or_for_a_whole_server() -> None:
    rules = tool_rules(
        request(policy={"write_file": "allow", "mail.*": "deny", "mail.read": "Allow", "a.b.*": "allow"})
    )
    assert rules.policy(own("write_file")) is Policy.ALLOW
    assert rules.policy(of_server("mail.send")) is Policy.DENY
    assert rules.policy(of_server("mail.read")) is Policy.ALLOW
    assert rules.policy(of_server("a.b.c")) is Policy.ALLOW
    assert rules.policy(of_server("a.c")) is Policy.ASK


def test_the_same_in_one_text_as_a_command_line_gives_it() -> None:
    text = tool_rules(request(policy="write_file=allow, mail.*=deny\nfetch_page = deny,", tools="write_file,mail.*"))
    listed = tool_rules(
        request(policy={"write_file": "allow", "mail.*": "deny", "fetch_page": "deny"}, tools=["write_file", "mail.*"])
    )
    assert text == listed


def test_what_is_not_named_is_not_offered() -> None:
    rules = tool_rules(request(tools=["read_file", "mail.*"]))
    assert rules.policy(own("read_file")) is Policy.ALLOW
    assert rules.policy(of_server("mail.send")) is Policy.ASK
    assert rules.policy(own("run_python")) is Policy.DENY
    assert rules.policy(of_server("files.read")) is Policy.DENY


@pytest.mark.parametrize(
    "options",
    [
        {"policy": {"write_fil": "allow"}},
        {"policy": {"write_file": "yes"}},
        {"policy": {"write_file": True}},
        {"policy": {".*": "allow"}},
        {"policy": {"*": "allow"}},
        {"policy": "write_file"},
        {"policy": ["write_file"]},
        {"policy": "write_file=allow=deny"},
        {"tools": ["write_fil"]},
        {"tools": [1]},
        {"tools": {"write_file": True}},
        {"tools": 3},
    ],
)
def test_what_nobody_understands_is_refused_with_what_can_be_said(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as error:
        tool_rules(request(**options))
    assert "nothing was started" in error.value.message
    assert error.value.hint


NAMES = st.sampled_from([*OWN_TOOLS, "mail.send", "mail.read", "files.read"])
PATTERNS = st.one_of(NAMES, st.sampled_from(["mail.*", "files.*"]))
RULES = st.builds(
    lambda policies, offered: tool_rules(request(policy=policies, tools=offered)),
    st.dictionaries(PATTERNS, st.sampled_from(list(Policy))),
    st.lists(PATTERNS),
)
STRICTEST_FIRST = [Policy.DENY, Policy.ASK, Policy.ALLOW]


@given(outer=RULES, middle=RULES, inner=RULES, name=NAMES)
def test_a_part_is_never_allowed_more_than_the_whole(outer: Any, middle: Any, inner: Any, name: str) -> None:
    tool = of_server(name) if "." in name else own(name)
    nested = inner.inside(middle.inside(outer))
    strictest = min((rules.policy(tool) for rules in (outer, middle, inner)), key=STRICTEST_FIRST.index)
    assert nested.policy(tool) is strictest
