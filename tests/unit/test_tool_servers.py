"""Tool servers in the settings, with their secrets where they belong."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine import InvalidRequest, TaskRequest
from desktop.notify import SecretDrawer
from desktop.notify.secret_drawer import variable_of, without_secrets
from desktop.settings import Settings, load_settings, secret_of
from desktop.settings_file import SettingsFile
from desktop.tool_servers import ToolServers
from desktop.tools import WebChoice
from desktop.tools.servers import Acceptances, ServerChoice, ServerRefused
from tests.fakes.drawers import MemoryDrawer
from tests.unit.tools.servers.conftest import odd

GIVEN = ServerChoice(name="hub", command="npx", args=("hub-server",), env={"HUB_TOKEN": "tok-1234", "LEVEL": "3"})
ELSEWHERE = ServerChoice(name="far", url="https://example.com/mcp", headers={"X-Api-Key": "key-1234"})


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.json", Settings())


@pytest.fixture
def drawer() -> MemoryDrawer:
    return MemoryDrawer()


@pytest.fixture
def servers(file: SettingsFile, drawer: MemoryDrawer) -> ToolServers:
    return ToolServers(file, drawer)


async def test_secrets_go_to_the_keyring_and_come_back(
    servers: ToolServers, file: SettingsFile, drawer: MemoryDrawer
) -> None:
    added = servers.add((GIVEN, ELSEWHERE))
    assert [each.problem for each in added] == ["", ""]
    written = file.path.read_text(encoding="utf-8")
    assert "tok-1234" not in written
    assert "key-1234" not in written
    hub, far = load_settings(file.path).settings.tool_servers
    assert (hub.env, hub.kept, far.headers, far.kept) == ({"LEVEL": "3"}, ("HUB_TOKEN",), {}, ("X-Api-Key",))
    assert await servers.values(hub) == {"HUB_TOKEN": "tok-1234", "LEVEL": "3"}
    assert await servers.values(far) == {"X-Api-Key": "key-1234"}
    assert servers.put_away(hub).choice == hub, "what is kept stays kept"


async def test_without_a_keyring_they_stay_in_a_file_of_the_owner_s(
    servers: ToolServers, file: SettingsFile, drawer: MemoryDrawer
) -> None:
    drawer.stuck = True
    (added,) = servers.add((GIVEN,))
    assert added.problem.startswith("HUB_TOKEN of hub stays in the settings file, which only you can read")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    (hub,) = servers.listed()
    assert await servers.values(hub) == GIVEN.env


async def test_a_secret_goes_to_no_other_server_by_that_name(servers: ToolServers) -> None:
    servers.add((ELSEWHERE,))
    (far,) = servers.listed()
    moved = replace(far, url="https://other.example/mcp")
    with pytest.raises(ServerRefused) as refused:
        await servers.values(moved)
    assert "X-Api-Key" in refused.value.message
    assert "LEGWORK_TOOL_FAR_X_API_KEY" in refused.value.hint


async def test_secrets_may_come_from_the_environment_and_reach_no_command() -> None:
    secret = secret_of(ELSEWHERE, "X-Api-Key")
    environment = {variable_of(secret): "from outside", "PATH": "/bin"}
    assert await SecretDrawer(environment).get(secret) == "from outside"
    assert without_secrets(environment) == {"PATH": "/bin"}


def test_what_is_removed_takes_its_secrets_and_acceptances_along(
    servers: ToolServers, file: SettingsFile, drawer: MemoryDrawer
) -> None:
    servers.add((GIVEN, ELSEWHERE))
    hub, far = servers.listed()
    accepted = file.path.with_name("accepted_tools.json")
    for choice in (hub, far):
        Acceptances(accepted).accept(choice.identity, ())
    servers.remove("hub")
    assert servers.listed() == (far,)
    assert drawer.kept[secret_of(hub, "HUB_TOKEN")] == ""
    assert drawer.kept[secret_of(far, "X-Api-Key")] == "key-1234"
    assert hub.identity not in accepted.read_text()
    assert far.identity in accepted.read_text()
    with pytest.raises(InvalidRequest):
        servers.remove("hub")


def test_a_name_is_given_once(servers: ToolServers) -> None:
    servers.add((GIVEN,))
    with pytest.raises(ServerRefused, match="called like another one"):
        servers.add((replace(ELSEWHERE, name="HUB"),))
    assert [each.name for each in servers.listed()] == ["hub"]


async def test_a_server_is_looked_at_before_it_is_listed(servers: ToolServers) -> None:
    look = await servers.look_at(odd(enabled=False))
    assert [tool.name for tool in look.tools] == ["odd.echo"]
    assert (look.claims, look.troubles) == ({"odd.echo": ""}, ())


async def test_a_task_gets_what_is_in_the_settings_at_that_moment(servers: ToolServers, file: SettingsFile) -> None:
    box = servers.opener()(TaskRequest(kind="assistant", goal="Look"))
    try:
        assert await box.tools() == ()
        servers.add((odd(),))
        (tool,) = await box.tools()
        servers.accept(servers.find("odd"), (tool,))
        named = servers.opener()(TaskRequest(kind="assistant", goal="Look", options={"tools": "read_file"}))
        assert await named.tools() == ()
        assert named.troubles() == ()
    finally:
        await box.close()


def test_hosts_that_the_person_named_may_be_called_in_the_open(servers: ToolServers, file: SettingsFile) -> None:
    near = ServerChoice(name="near", url="http://nas.local:8000/mcp")
    with pytest.raises(ServerRefused, match="http://"):
        servers.add((near,))
    file.save(replace(file.current(), web=WebChoice(allowed_hosts=("nas.local:8000",))))
    servers.add((near,))
    assert servers.listed() == (near,)
