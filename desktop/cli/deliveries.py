"""`legwork deliveries`: what was told to others, what could not be, and once more."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from desktop.api.public_delivery import PublicDelivery, public_delivery
from desktop.cli.archive import opened_archive
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal, one_line
from desktop.engine import DeliveryId, DeliveryQuery, DeliveryStatus
from desktop.paths import Paths
from desktop.settings import Settings

if TYPE_CHECKING:
    from desktop.api.client import RunningEngine


async def list_deliveries(
    paths: Paths, terminal: Terminal, query: DeliveryQuery, *, task: str | None, as_json: bool
) -> ExitCode:
    """One delivery a line, newest first, with what stands in its way."""
    if not paths.database.exists():
        terminal.say("No deliveries.")
        return ExitCode.COMPLETED
    async with opened_archive(paths) as archive:
        task_id = None if task is None else (await archive.task(task)).task_id
        page = await archive.deliveries(replace(query, task_id=task_id))
    for delivery in map(public_delivery, page.deliveries):
        if as_json:
            terminal.print_json(delivery)
        else:
            terminal.print(_row(delivery))
    if not page.deliveries:
        terminal.say("No deliveries.")
    return ExitCode.COMPLETED


def send_again(
    paths: Paths, settings: Settings, terminal: Terminal, delivery_id: DeliveryId, *, as_json: bool
) -> ExitCode:
    """Have a delivery tried now, by the Legwork that runs, else by the next one that does."""

    def here() -> PublicDelivery:
        return asyncio.run(_send_again_here(paths, settings, delivery_id))

    def there(engine: "RunningEngine") -> PublicDelivery:
        return engine.send_again(delivery_id)

    delivery = here_or_there(paths, Patience(), here, there)
    if as_json:
        terminal.print_json(delivery)
    elif delivery.status is DeliveryStatus.DELIVERED:
        terminal.say("It was delivered already.")
    else:
        terminal.say("It is tried as soon as Legwork runs.")
    return ExitCode.COMPLETED


async def _send_again_here(paths: Paths, settings: Settings, delivery_id: DeliveryId) -> PublicDelivery:
    from desktop.headless import resting_engine

    async with resting_engine(paths, settings) as engine:
        return public_delivery(await engine.outbox.send_again(delivery_id))


def _row(delivery: PublicDelivery) -> str:
    where = f"{delivery.channel} {delivery.target}".strip()
    told = f"{delivery.title} ({delivery.problem})" if delivery.problem else delivery.title
    state = f"{delivery.delivery_id}  {delivery.status.value:<9}  {delivery.event:<14}"
    return f"{state}  {one_line(where)}  {one_line(told)}"
