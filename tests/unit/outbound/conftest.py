"""A web server on loopback."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.web_server import WebServer


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    made = WebServer()
    await made.open()
    yield made
    await made.close()
