"""Tries a channel out: by a message that says it is a test, or without one, as far as that goes."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final

from desktop.engine import (
    Bulletin,
    ChannelKind,
    Clock,
    Delivery,
    DeliveryFailed,
    DeliveryId,
    LegworkError,
    Occasion,
    RunNumber,
    TaskId,
    TaskStatus,
)
from desktop.notify.choices import Choices
from desktop.notify.outward_channels import OutwardChannels
from desktop.notify.secret_drawer import SecretDrawer, SecretName

TRIAL_SECONDS: Final = 20.0
"""How long a trial may take."""


async def send_test(channel: ChannelKind, choices: Choices, *, clock: Clock, drawer: SecretDrawer) -> None:
    """Send a message by that channel, switched on or not. Raises `DeliveryFailed`."""
    switched_on = Choices(
        mail=replace(choices.mail, enabled=True),
        ntfy=replace(choices.ntfy, enabled=True),
        command=replace(choices.command, enabled=True),
    )
    now = clock.now()
    bulletin = Bulletin(
        occasion=Occasion.COMPLETED,
        at=now,
        task_id=TaskId("00000000000000000000000000"),
        run=RunNumber(1),
        kind="test",
        title="A test from Legwork",
        status=TaskStatus.COMPLETED,
        fraction=1.0,
        text="If you read this, Legwork can reach you here.",
    )
    delivery = Delivery(
        delivery_id=DeliveryId(f"msg_test_{now:%Y%m%d%H%M%S%f}"),
        channel=channel,
        target="",
        bulletin=bulletin,
        created_at=now,
        due_at=now,
    )
    channels = OutwardChannels(lambda: switched_on, read_file=_no_file, clock=clock, drawer=drawer)
    await _in_time(channels.deliver(delivery, ()))


async def try_channel(channel: ChannelKind, choices: Choices, *, clock: Clock, drawer: SecretDrawer) -> str:
    """Whether a channel would work, without telling anybody anything: what is in its way, or nothing."""
    try:
        await _in_time(_try(channel, choices, clock, drawer))
    except DeliveryFailed as failed:
        return str(failed)
    return ""


async def _try(channel: ChannelKind, choices: Choices, clock: Clock, drawer: SecretDrawer) -> None:
    match channel:
        case ChannelKind.MAIL:
            from desktop.notify.mail_channel import try_mail_server

            password = await drawer.get(SecretName.MAIL_PASSWORD) if choices.mail.user else ""
            await try_mail_server(choices.mail, password)
        case ChannelKind.NTFY:
            from desktop.notify.ntfy_channel import try_ntfy_server

            await try_ntfy_server(choices.ntfy, clock)
        case ChannelKind.COMMAND:
            from desktop.notify.command_channel import check_command_choice

            check_command_choice(choices.command)
        case ChannelKind.WEBHOOK:
            pass  # each has its own address


async def _in_time(work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            await work
    except TimeoutError as error:
        raise DeliveryFailed(
            f"Nothing answered within {TRIAL_SECONDS:.0f} seconds.", hint="See that it is reachable from here."
        ) from error


async def _no_file(_task_id: TaskId, _run: RunNumber, name: str) -> bytes:
    raise LegworkError(f"A test has no file {name}.")
