"""A download that was under way when Legwork ended goes on in the engine."""

from pathlib import Path

import pytest

from desktop.engine import DownloadState
from desktop.headless import MIRROR_VARIABLE, model_downloads, opened_engine
from desktop.notify import SecretName
from desktop.notify.secret_drawer import VARIABLES
from desktop.paths import Paths, prepare
from desktop.settings import Settings
from tests.fakes.hub_server import Gate, HubServer, running_hub

ADDRESS = "maker/repo/model.gguf"
TOKEN = "hf_" + "secret"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(data=tmp_path / "data")
    prepare(found)
    return found


async def test_the_engine_goes_on_with_it_and_leaves_it_for_the_next_start(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_hub(HubServer(files={ADDRESS: bytes(10**6)})) as hub:
        monkeypatch.setenv(MIRROR_VARIABLE, hub.hub_address)
        first, in_engine = Gate(pieces=4), Gate(pieces=4)
        hub.at_storage.extend([first, in_engine])
        begun = model_downloads(paths, Settings)
        begun.start(ADDRESS)
        await first.held.wait()
        await begun.close()

        async with opened_engine(paths, Settings(notifications=False, keep_awake=False)):
            await in_engine.held.wait()

        (left,) = model_downloads(paths, Settings).list()
        assert left.state is DownloadState.PAUSED


async def test_the_settings_name_the_hub_and_the_environment_its_token(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[SecretName.HUB_TOKEN], TOKEN)
    monkeypatch.setenv(MIRROR_VARIABLE, "http://127.0.0.1:9")
    async with running_hub(HubServer(files={ADDRESS: bytes(1000)}, gated_by=TOKEN)) as hub:
        downloads = model_downloads(paths, lambda: Settings(hub_address=hub.hub_address))
        ended = await downloads.wait(downloads.start(ADDRESS).id)

    assert ended.state is DownloadState.COMPLETED


async def test_an_address_of_a_hub_that_is_none_is_said(paths: Paths) -> None:
    downloads = model_downloads(paths, lambda: Settings(hub_address="my mirror"))

    ended = await downloads.wait(downloads.start(ADDRESS).id)

    assert (ended.state, "is none" in ended.problem) == (DownloadState.FAILED, True)
