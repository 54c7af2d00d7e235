"""What the tests of the agent share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desktop.engine import Sandbox
from desktop.sandbox.tried_sandbox import TriedSandbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    sandbox = TriedSandbox(tmp_path / "sandbox")
    yield sandbox
    await sandbox.close()
