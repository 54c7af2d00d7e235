"""A task whose model runs on another server: a real one, in a process of its own, which stands for another machine."""

import asyncio
import json
from pathlib import Path

from desktop.settings import Settings, save_settings
from tests.contract.remote_server import remote_server
from tests.e2e.conftest import Legwork


async def test_documents_are_summarised_on_another_server_and_its_key_stays_nowhere(legwork: Legwork, sea: str) -> None:
    async with remote_server(context_tokens=4096) as (endpoint, key):
        legwork.paths.data.mkdir(parents=True)
        save_settings(legwork.paths.settings, Settings(endpoints=(endpoint,)))
        legwork.environment["LEGWORK_ENDPOINT_KEY_GPU_BOX"] = key
        order = ("run", "documents", "Summarise this in two points", sea, "--json")
        code, out, err = await asyncio.to_thread(legwork, *order, "--model", "gpu-box/m")
        assert code == 0, err
        task = json.loads(out.splitlines()[-1])
        assert (task["status"], task["model"]) == ("completed", "gpu-box/m")
        assert task["progress"]["tokens"] > 0

        legwork.environment["LEGWORK_ENDPOINT_KEY_GPU_BOX"] = "wrong"
        code, out, err = await asyncio.to_thread(legwork, *order, "--model", "gpu-box/m")
        assert code == 1
        assert "does not let Legwork in (401" in json.loads(out.splitlines()[-1])["error"]["message"]

    assert not [path for path in files(legwork.paths.data) if key.encode() in path.read_bytes()]
    code, out, err = await asyncio.to_thread(legwork, *order)  # with no model named, the work stays here
    assert code == 0, err
    assert "gpu-box" not in json.loads(out.splitlines()[-1])["model"]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
