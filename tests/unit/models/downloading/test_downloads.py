"""A model comes here whole, or stands still and says why."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.engine import UnknownModel
from desktop.models.downloading import Downloads, DownloadState, DownloadStatus
from desktop.models.downloading.part_file import PartFile
from tests.fakes.hub_server import Gate, HubServer, Refusal, Trouble
from tests.unit.models.downloading.conftest import ADDRESS, CONTENT, QuickClock, fetch

TOKEN = "hf_" + "secret"
Make = Callable[..., Downloads]


async def test_a_model_is_downloaded_in_its_place_and_nothing_is_left_beside_it(
    downloads: Downloads, folder: Path, hub: HubServer
) -> None:
    ended = await fetch(downloads)

    assert ended.state is DownloadState.COMPLETED
    assert ended.path == str(folder / "model-Q4.gguf")
    assert content_of(ended.path) == CONTENT
    assert names_in(folder) == ["model-Q4.gguf"]
    assert len(hub.storage_requests) == 1


async def test_progress_tells_bytes_speed_and_time_left_and_speed_sinks_with_silence(
    downloads: Downloads, hub: HubServer
) -> None:
    heard: list[DownloadStatus] = []
    begun, fast, silent = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def hear(status: DownloadStatus) -> None:
        heard.append(status)
        if status.done:
            begun.set()
        if status.speed:
            fast.set()
        elif fast.is_set():
            silent.set()

    end = downloads.listen(hear)
    second = Gate(pieces=20)
    first = Gate(pieces=4, following=second)
    hub.at_storage.append(first)
    key = downloads.start(ADDRESS).id
    for heard_of, gate in ((begun, first), (fast, None), (silent, second)):
        await heard_of.wait()
        if gate is not None:
            gate.opened.set()
    await downloads.wait(key)
    end()

    moving = [status for status in heard if status.state is DownloadState.RUNNING]
    assert (heard[0].state, heard[-1].state) == (DownloadState.STARTING, DownloadState.COMPLETED)
    assert [status.done for status in moving] == sorted(status.done for status in moving)
    assert all(status.total == len(CONTENT) for status in moving)
    timed = next(status for status in moving if status.speed)
    assert timed.seconds_left == pytest.approx((timed.total - timed.done) / timed.speed)
    assert any(status.seconds_left is None for status in moving[moving.index(timed) :])
    count = len(heard)
    await fetch(downloads)
    assert len(heard) == count, "whoever ended listening hears nothing more"


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.ENDS_EARLY])
async def test_a_broken_connection_is_taken_up_where_it_broke(
    downloads: Downloads, hub: HubServer, trouble: Trouble, clock: QuickClock
) -> None:
    hub.at_storage.append(trouble)

    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert _goes_on_in_the_middle(hub)
    assert "If-Range" in hub.storage_requests[1].headers
    assert clock.slept == [1.0]


async def test_a_silent_connection_is_given_up_and_taken_up(make_downloads: Make, hub: HubServer) -> None:
    hub.at_storage.append(Trouble.STALL)
    heard: list[DownloadStatus] = []
    downloads = make_downloads(silent_seconds=0.2)
    downloads.listen(heard.append)

    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert _goes_on_in_the_middle(hub)
    assert any("Nothing came for 0.2 seconds" in status.problem for status in heard)


async def test_a_corrupt_file_is_never_put_in_place_but_loaded_once_more(downloads: Downloads, hub: HubServer) -> None:
    hub.at_storage.append(Trouble.CORRUPT)

    ended = await fetch(downloads)

    assert content_of(ended.path) == CONTENT
    assert hub.ranges == ["", ""]


async def test_a_file_that_is_corrupt_twice_is_refused(downloads: Downloads, hub: HubServer, folder: Path) -> None:
    hub.lies_of_hash = True

    ended = await fetch(downloads)

    assert ended.state is DownloadState.FAILED
    assert "SHA-256 differs" in ended.problem
    assert "gguf" not in " ".join(names_in(folder)).replace("gguf.part", "")


async def test_what_is_corrupt_after_a_pause_is_found_too(make_downloads: Make, hub: HubServer, folder: Path) -> None:
    downloads = await _paused_in_the_middle(make_downloads, hub)
    spoil(folder)

    ended = await fetch(downloads)

    assert content_of(ended.path) == CONTENT


@pytest.mark.parametrize("trouble", [Trouble.NO_RANGES, Trouble.WRONG_RANGE, Trouble.TOO_MUCH])
async def test_an_answer_that_was_not_asked_for_spoils_nothing(
    downloads: Downloads, hub: HubServer, trouble: Trouble
) -> None:
    hub.at_storage.extend([Trouble.CUT, trouble])

    assert content_of((await fetch(downloads)).path) == CONTENT


@pytest.mark.parametrize("status", [429, 500, 503, 403, 416])
async def test_a_storage_that_refuses_for_a_while_is_asked_again_by_a_fresh_address(
    downloads: Downloads, hub: HubServer, status: int
) -> None:
    hub.at_storage.append(Refusal(status))

    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert len(hub.hub_requests) == 2


async def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    downloads: Downloads, hub: HubServer, clock: QuickClock
) -> None:
    hub.at_hub.append(Refusal(429, {"Retry-After": "17"}))
    hub.at_storage.append(Refusal(503, {"Retry-After": "23"}))

    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert clock.slept == [17.0, 23.0]


async def test_waits_grow_and_end_where_patience_does(make_downloads: Make, hub: HubServer, clock: QuickClock) -> None:
    hub.at_hub.extend([Refusal(500)] * 9)

    ended = await fetch(make_downloads(tries=8))

    assert ended.state is DownloadState.FAILED
    assert "It was tried 8 times" in ended.problem
    assert clock.slept == [1, 2, 4, 8, 16, 32, 60]


async def test_a_storage_that_never_has_the_file_ends_it_even_with_all_patience(
    make_downloads: Make, hub: HubServer
) -> None:
    hub.at_storage.extend([Refusal(404)] * 4)

    ended = await fetch(make_downloads(tries=None))

    assert ended.state is DownloadState.FAILED
    assert "(404)" in ended.problem


async def test_a_paused_download_goes_on_where_it_was_in_the_next_start(
    make_downloads: Make, hub: HubServer, folder: Path
) -> None:
    first = await _paused_in_the_middle(make_downloads, hub)
    (paused,) = first.list()
    assert paused.state is DownloadState.PAUSED
    assert 0 < paused.done < paused.total == len(CONTENT)

    second = make_downloads()
    assert second.list() == (paused,)
    second.resume()
    assert second.list() == (paused,), "what the person paused, the person starts"

    ended = await fetch(second)
    assert content_of(ended.path) == CONTENT
    assert hub.ranges[-1] == f"bytes={paused.done}-"


async def test_what_was_under_way_when_the_program_ended_goes_on_by_itself(
    make_downloads: Make, hub: HubServer
) -> None:
    first, gate = make_downloads(), Gate(pieces=10)
    hub.at_storage.append(gate)
    key = first.start(ADDRESS).id
    await gate.held.wait()
    await first.close()

    second = make_downloads()
    second.resume()

    assert (await second.wait(key)).state is DownloadState.COMPLETED


async def test_a_file_that_changes_in_between_is_loaded_anew_and_never_mixed(
    make_downloads: Make, hub: HubServer
) -> None:
    downloads = await _paused_in_the_middle(make_downloads, hub)
    changed = CONTENT[::-1]
    hub.files[ADDRESS], hub.commit = changed, "b" * 40

    ended = await fetch(downloads)

    assert content_of(ended.path) == changed
    assert hub.ranges[-1] == ""


async def test_a_file_that_changes_under_the_transfer_is_said_and_the_next_start_takes_the_new_one(
    downloads: Downloads, hub: HubServer
) -> None:
    gate = Gate(pieces=10)
    hub.at_storage.append(gate)
    key = downloads.start(ADDRESS).id
    await gate.held.wait()
    hub.files[ADDRESS] = CONTENT[::-1]
    hub.at_storage.append(Refusal(500))
    await _cut(hub, gate)

    failed = await downloads.wait(key)
    assert "was replaced" in failed.problem
    assert content_of((await fetch(downloads, key)).path) == CONTENT[::-1]


async def test_a_download_runs_once_however_often_it_is_started(downloads: Downloads, hub: HubServer) -> None:
    key = downloads.start(ADDRESS).id
    assert downloads.start("https://huggingface.co/maker/model-GGUF/resolve/main/model-Q4.gguf").id == key
    assert downloads.start(key).id == key

    await downloads.wait(key)

    assert len(hub.storage_requests) == 1


async def test_two_programs_do_not_work_at_one_download(make_downloads: Make, hub: HubServer) -> None:
    first, second, gate = make_downloads(), make_downloads(), Gate(pieces=10)
    hub.at_storage.append(gate)
    key = first.start(ADDRESS).id
    await gate.held.wait()

    assert "Another Legwork" in (await fetch(second)).problem
    gate.opened.set()
    assert (await first.wait(key)).state is DownloadState.COMPLETED


async def test_a_model_that_is_here_is_not_loaded_again(downloads: Downloads, hub: HubServer, folder: Path) -> None:
    put(folder / "model-Q4.gguf", CONTENT)

    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert hub.storage_requests == []


async def test_another_file_of_that_name_is_left_alone(downloads: Downloads, folder: Path) -> None:
    put(folder / "model-Q4.gguf", b"mine")

    ended = await fetch(downloads)

    assert "another file model-Q4.gguf" in ended.problem
    assert content_of(folder / "model-Q4.gguf") == b"mine"


async def test_all_parts_of_a_split_model_come_and_appear_together(
    downloads: Downloads, hub: HubServer, folder: Path
) -> None:
    names = [f"big-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    for number, name in enumerate(names):
        hub.files[f"maker/big/sub/{name}"] = CONTENT[number * 100_000 :]
    hub.at_storage.extend([Trouble.CUT, Refusal(500)])
    gate = Gate(pieces=1)
    hub.at_storage.extend([Trouble.CUT, gate])
    key = downloads.start(f"maker/big/sub/{names[1]}").id
    await gate.held.wait()
    assert "gguf" not in " ".join(names_in(folder)).replace("gguf.part", "")
    gate.opened.set()

    ended = await downloads.wait(key)

    assert ended.path == str(folder / names[0])
    for number, name in enumerate(names):
        assert content_of(folder / name) == CONTENT[number * 100_000 :]
    assert ended.done == ended.total == sum(len(hub.files[f"maker/big/sub/{name}"]) for name in names)


async def test_a_finished_part_is_neither_loaded_nor_read_again(make_downloads: Make, hub: HubServer) -> None:
    names = [f"big-0000{number}-of-00002.gguf" for number in (1, 2)]
    hub.files |= {f"maker/big/{name}": CONTENT for name in names}
    first, gate = make_downloads(), Gate(pieces=4)
    hub.at_storage.extend([Gate(pieces=99), gate])
    key = first.start(f"maker/big/{names[0]}").id
    await gate.held.wait()
    await first.close()

    ended = await fetch(make_downloads(), key)

    assert ended.state is DownloadState.COMPLETED
    assert [request.path for request in hub.storage_requests] == [f"/maker/big/{names[n]}" for n in (0, 1, 1)]


async def test_without_room_nothing_begins_and_it_is_said_how_much_is_lacking(
    downloads: Downloads, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 10**6}))

    ended = await fetch(downloads)

    assert ended.state is DownloadState.FAILED
    assert "lacks" in ended.problem
    assert "Free" in ended.hint
    assert hub.storage_requests == []


async def test_a_disk_that_fills_up_keeps_what_came(
    downloads: Downloads, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def full(part: PartFile, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PartFile, "append", full)
    ended = await fetch(downloads)

    assert (ended.state, "lacks" in ended.problem) == (DownloadState.FAILED, True)
    monkeypatch.undo()
    assert (await fetch(downloads)).state is DownloadState.COMPLETED


async def test_a_gated_model_needs_the_token_which_only_the_hub_gets(make_downloads: Make, hub: HubServer) -> None:
    hub.gated_by = TOKEN

    refused = await fetch(make_downloads())
    assert "accepted its licence" in refused.problem
    assert "LEGWORK_HUB_TOKEN" in refused.hint

    assert (await fetch(make_downloads(token=TOKEN))).state is DownloadState.COMPLETED
    assert all("Authorization" not in request.headers for request in hub.storage_requests)


async def test_an_open_model_never_sees_the_token(make_downloads: Make, hub: HubServer, folder: Path) -> None:
    await fetch(make_downloads(token=TOKEN))

    assert all("Authorization" not in request.headers for request in hub.hub_requests + hub.storage_requests)


async def test_a_wrong_token_is_said_and_not_logged(
    make_downloads: Make, hub: HubServer, caplog: pytest.LogCaptureFixture, folder: Path
) -> None:
    hub.gated_by = f"{TOKEN}er"
    caplog.set_level("DEBUG")

    ended = await fetch(make_downloads(token=TOKEN))

    assert ended.state is DownloadState.FAILED
    assert TOKEN not in caplog.text + ended.problem + ended.hint
    assert TOKEN.encode() not in all_bytes_in(folder)


async def test_a_file_that_the_hub_has_not_is_said(downloads: Downloads) -> None:
    ended = await fetch(downloads, "maker/model-GGUF/model-Q9.gguf")

    assert "There is no model-Q9.gguf in" in ended.problem


async def test_a_hub_that_tells_no_hash_is_not_trusted(downloads: Downloads, hub: HubServer) -> None:
    hub.tells_hash = False

    assert "could not be checked" in (await fetch(downloads)).problem
    assert hub.storage_requests == []


async def test_a_version_that_is_gone_is_replaced_by_the_newest(make_downloads: Make, hub: HubServer) -> None:
    downloads = await _paused_in_the_middle(make_downloads, hub)
    hub.commit = "c" * 40

    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert hub.ranges[-1] != "", "the file itself is the same"


async def test_a_pause_right_after_the_start_holds_too(make_downloads: Make, hub: HubServer) -> None:
    downloads = make_downloads()

    paused = await downloads.pause(downloads.start(ADDRESS).id)

    assert paused.state is DownloadState.PAUSED
    assert make_downloads().list() == (paused,)
    assert hub.storage_requests == []
    assert (await fetch(downloads)).state is DownloadState.COMPLETED
    assert (await downloads.pause(paused.id)).state is DownloadState.COMPLETED


async def test_a_download_is_not_led_to_where_it_would_be_read_on_the_way(downloads: Downloads, hub: HubServer) -> None:
    hub.storage_address = "ftp://127.0.0.1"

    assert "not safe" in (await fetch(downloads)).problem


async def test_a_storage_that_sends_on_is_followed_without_the_token(make_downloads: Make, hub: HubServer) -> None:
    hub.gated_by = TOKEN
    hub.at_storage.append(Refusal(302, {"Location": f"/{ADDRESS}?again"}))

    assert (await fetch(make_downloads(token=TOKEN))).state is DownloadState.COMPLETED
    assert len(hub.storage_requests) == 2
    assert all("Authorization" not in request.headers for request in hub.storage_requests)


async def test_a_storage_that_sends_round_in_circles_is_given_up(downloads: Downloads, hub: HubServer) -> None:
    hub.at_storage.extend([Refusal(307, {"Location": f"/{ADDRESS}"})] * 5)

    assert "in circles" in (await fetch(downloads)).problem


async def test_a_model_folder_that_can_t_be_written_is_said(
    downloads: Downloads, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(part: PartFile) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(PartFile, "open", refuse)

    assert "can't be written (Permission denied)" in (await fetch(downloads)).problem


@pytest.mark.expected_log("a defect ended a download")
async def test_a_defect_ends_one_download_and_says_so(downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(part: PartFile) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(PartFile, "open", stumble)

    assert "inside Legwork (KeyError)" in (await fetch(downloads)).problem
    monkeypatch.undo()
    assert (await fetch(downloads)).state is DownloadState.COMPLETED


async def test_a_hub_that_can_t_be_reached_is_tried_again(
    downloads: Downloads, hub: HubServer, clock: QuickClock
) -> None:
    hub.hub_address = "http://127.0.0.1:9"

    ended = await fetch(downloads)

    assert "can't be reached" in ended.problem
    assert len(clock.slept) == 4


async def test_a_download_may_be_given_up(make_downloads: Make, hub: HubServer, folder: Path) -> None:
    downloads = await _paused_in_the_middle(make_downloads, hub)
    (paused,) = downloads.list()

    assert await downloads.discard(paused.id) == paused.done
    assert downloads.list() == ()
    assert names_in(folder) == []
    with pytest.raises(UnknownModel):
        await downloads.discard(paused.id)


@pytest.mark.parametrize(
    "address",
    [
        "model.gguf",
        "maker/model",
        "maker/model/file.bin",
        "maker/model/../../x.gguf",
        "../model/x.gguf",
        "maker/model/a\\b.gguf",
        "maker/model/.x.gguf",
        "http://other.example/maker/model/x.gguf",
    ],
)
async def test_what_is_no_address_of_a_model_is_refused(downloads: Downloads, address: str) -> None:
    with pytest.raises(UnknownModel):
        downloads.start(address)


def content_of(path: str | Path) -> bytes:
    return Path(path).read_bytes()


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def all_bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def spoil(folder: Path) -> None:
    """Flip a bit of what was downloaded so far."""
    (part,) = folder.rglob("*.part")
    spoilt = bytearray(part.read_bytes())
    spoilt[100] ^= 1
    part.write_bytes(spoilt)


def _goes_on_in_the_middle(hub: HubServer) -> bool:
    """Whether the second request asked for what the first one did not bring; some of that was still on its way."""
    first, second = hub.ranges
    return not first and 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= len(CONTENT) // 2


async def _paused_in_the_middle(make_downloads: Make, hub: HubServer) -> Downloads:
    downloads, gate = make_downloads(), Gate(pieces=10)
    hub.at_storage.append(gate)
    key = downloads.start(ADDRESS).id
    arrived = asyncio.Event()
    end = downloads.listen(lambda status: arrived.set() if status.done else None)
    await gate.held.wait()
    await arrived.wait()
    await downloads.pause(key)
    end()
    return downloads


async def _cut(hub: HubServer, gate: Gate) -> None:
    """Break off the request that the gate holds."""
    transport = hub.storage_requests[-1].transport
    assert transport is not None
    transport.close()
