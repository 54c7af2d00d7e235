"""The sandbox of this machine: the best tier that has shown here that it holds."""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.engine import Execution, ExecutionRefused, Outcome, SandboxStanding
from desktop.sandbox.bubblewrap import Bubblewrap
from desktop.sandbox.landlock import Landlock
from desktop.sandbox.self_test import weakness
from desktop.sandbox.tier import SandboxFailed, Tier
from desktop.sandbox.toolbox import Toolbox, make_toolbox
from desktop.sandbox.wasi import Wasi

_log = logging.getLogger(__name__)

Tiers = Callable[[Toolbox, Path], Sequence[Tier]]


def tiers(toolbox: Toolbox, cache: Path) -> Sequence[Tier]:
    """All that there are on this system, the best first."""
    wasi = Wasi(toolbox, cache)
    return (Bubblewrap(toolbox), Landlock(toolbox), wasi) if sys.platform == "linux" else (wasi,)


class TriedSandbox:
    """Implements `Sandbox`. A tier that does not hold in its self-test is never used, and what kept it is told."""

    def __init__(self, cache: Path, tiers: Tiers = tiers) -> None:
        """`cache` is a folder for what takes long to make: it is made when it is needed, and may be removed."""
        self._cache = cache
        self._tiers = tiers
        self._toolbox: Toolbox | None = None
        self._tier: Tier | None = None
        self._standing: SandboxStanding | None = None
        self._looking = asyncio.Lock()
        self._running: set[asyncio.Task[Outcome]] = set()

    async def look(self) -> SandboxStanding:
        """How code is run here. The first look tries the tiers out, which takes a second or two; then it is known."""
        async with self._looking:
            if self._standing is None:
                self._standing = await self._try()
            return self._standing

    async def _try(self) -> SandboxStanding:
        try:
            self._toolbox = await asyncio.to_thread(make_toolbox)
        except OSError as error:
            return _none({"all": f"the folder for temporary files can't be written ({error.strerror})"})
        passed_over: dict[str, str] = {}
        for tier in self._tiers(self._toolbox, self._cache):
            why = tier.obstacle() or await self._weakness(tier)
            if not why:
                self._tier = tier
                return _standing(tier, passed_over)
            _log.info("Code does not run in %s: %s", tier.traits.name, why)
            passed_over[tier.traits.name] = why
        return _none(passed_over)

    @staticmethod
    async def _weakness(tier: Tier) -> str:
        why = await weakness(tier)
        return tier.advice_on(why) if why else ""

    async def run(self, execution: Execution) -> Outcome:
        """Run it, and wait for its end. Cancelling ends all that it started.

        Raises `ExecutionRefused` where this machine has no working sandbox, or none for that program.
        """
        standing = await self.look()
        if self._tier is None:
            raise ExecutionRefused(f"The code was not run: {standing.reason}")
        if execution.program not in standing.programs:
            raise ExecutionRefused(
                f"The code was not run: {standing.tier}, which is the sandbox here, can't run {execution.program}.",
                hint=" ".join(f"{name}: {why}" for name, why in standing.passed_over.items()),
            )
        running = asyncio.create_task(self._tier.run(execution), name="an execution in the sandbox")
        self._running.add(running)
        try:
            return await running
        except SandboxFailed as error:
            raise ExecutionRefused(
                f"The code was not run: the sandbox ({standing.tier}) could not be started: {error}. Nothing was kept.",
                hint="Try again; if it stays so, legwork doctor says more.",
            ) from error
        finally:
            running.cancel()
            self._running.discard(running)

    async def close(self) -> None:
        """End what runs, and remove what was put on the disk for it."""
        for running in tuple(self._running):
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._toolbox is not None:
            await asyncio.to_thread(self._toolbox.remove)


def _standing(tier: Tier, passed_over: dict[str, str]) -> SandboxStanding:
    traits = tier.traits
    return SandboxStanding(
        available=True,
        tier=traits.name,
        programs=traits.programs,
        packages=traits.packages,
        lacks=traits.lacks,
        passed_over=passed_over,
    )


def _none(passed_over: dict[str, str]) -> SandboxStanding:
    reasons = " ".join(f"{name}: {why}" for name, why in passed_over.items())
    return SandboxStanding(
        available=False, tier="", passed_over=passed_over, reason=f"this machine has no working sandbox. {reasons}"
    )
