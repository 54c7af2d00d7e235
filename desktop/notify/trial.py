"""Tries a channel out: by a message that says it is a test, or without one, as far as that goes."""

from dataclasses import replace

from desktop.engine import (
    Bulletin,
    ChannelKind,
    Clock,
    Delivery,
    DeliveryFailed,
    DeliveryId,
    Files,
    Occasion,
    RunNumber,
    TaskId,
    TaskStatus,
)
from desktop.notify.choices import Choices
from desktop.notify.outward_channels import OutwardChannels
from desktop.notify.secret_drawer import SecretDrawer, SecretName


async def send_test(
    channel: ChannelKind, choices: Choices, *, files: Files, clock: Clock, drawer: SecretDrawer
) -> None:
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
    channels = OutwardChannels(lambda: switched_on, files=files, clock=clock, drawer=drawer)
    await channels.deliver(delivery, ())


async def try_channel(channel: ChannelKind, choices: Choices, *, clock: Clock, drawer: SecretDrawer) -> str:
    """Whether a channel would work, without telling anybody anything: what is in its way, or nothing."""
    try:
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
            case ChannelKind.WEBHOOK:  # each has its own address
                return ""
    except DeliveryFailed as failed:
        return str(failed)
    return ""
