"""How often a client may ask."""

import aiohttp
import pytest

from desktop.api import rate_limit
from desktop.api.rate_limit import BURST, REQUESTS_PER_SECOND, RateLimit
from tests.unit.api.conftest import Served


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_fifty_programs_that_look_every_second_never_wait() -> None:
    time = Time()
    limit = RateLimit(time)
    for _ in range(600):
        time.now += 1
        assert not any(limit.wait("127.0.0.1") for _ in range(50))


def test_whoever_never_pauses_waits_and_may_ask_again_after_that() -> None:
    time = Time()
    limit = RateLimit(time)
    assert not any(limit.wait("a") for _ in range(int(BURST)))
    seconds = limit.wait("a")
    assert 0 < seconds <= 1 / REQUESTS_PER_SECOND
    assert not limit.wait("b")
    time.now += seconds
    assert not limit.wait("a")


def test_clients_that_went_away_are_forgotten() -> None:
    time = Time()
    limit = RateLimit(time)
    for number in range(5_000):
        time.now += 1
        limit.wait(str(number))
    assert len(limit._buckets) <= rate_limit._MAX_CLIENTS


async def test_whoever_asks_too_often_is_told_when_to_come_back(
    client: aiohttp.ClientSession, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "BURST", 2.0)
    monkeypatch.setattr(rate_limit, "REQUESTS_PER_SECOND", 0.01)
    for status in (200, 200, 429):
        async with client.get("/tasks") as answer:
            assert answer.status == status
    assert int(answer.headers["Retry-After"]) > 1
    async with aiohttp.request("GET", served.announcement.address) as answer:  # guesses of the token count too
        assert answer.status == 429
