"""Servers of several kinds, and toolboxes over them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from desktop.tools.servers import Limits, OpenServers, ServerChoice, ServerToolbox

FAKES = Path(__file__).parents[3] / "fakes"


def odd(oddity: str = "", argument: str = "", *, name: str = "odd", **rest: object) -> ServerChoice:
    """A server with that oddity."""
    args = (str(FAKES / "odd_tool_server.py"), oddity, argument)
    return ServerChoice(name=name, command=sys.executable, args=args, **rest)  # type: ignore[arg-type]


def weather(name: str = "weather") -> ServerChoice:
    """A well-made one."""
    return ServerChoice(name=name, command=sys.executable, args=(str(FAKES / "tool_server.py"),))


async def values_of(choice: ServerChoice) -> Mapping[str, str]:
    return choice.values


class Boxes:
    """Makes toolboxes that share what was accepted, and closes them."""

    def __init__(self, accepted: Path) -> None:
        self.accepted = accepted
        self.made: list[ServerToolbox] = []

    def of(
        self,
        *choices: ServerChoice,
        limits: Limits | None = None,
        named: tuple[str, ...] = (),
        wanted: frozenset[str] | None = None,
    ) -> ServerToolbox:
        opener = OpenServers(
            lambda: choices, accepted=self.accepted, values=values_of, named=lambda: named, limits=limits
        )
        self.made.append(opener.of(lambda: choices, wanted))
        return self.made[-1]

    async def accepted_of(
        self, *choices: ServerChoice, limits: Limits | None = None, named: tuple[str, ...] = ()
    ) -> ServerToolbox:
        """A toolbox all of whose tools are accepted."""
        box = self.of(*choices, limits=limits, named=named)
        await box.accept(await box.tools())
        assert box.troubles() == ()
        return box


@pytest.fixture
async def boxes(tmp_path: Path) -> AsyncIterator[Boxes]:
    made = Boxes(tmp_path / "accepted.json")
    yield made
    await asyncio.gather(*(box.close() for box in made.made))
