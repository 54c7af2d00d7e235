"""All ways out of this machine behind one port: each delivery goes to the channel of its kind."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.engine import ChannelKind, Clock, Delivery, DeliveryFailed, Occasion, Webhook
from desktop.notify.choices import Choices
from desktop.notify.secret_drawer import SecretDrawer, SecretName
from desktop.notify.signing import key_of
from desktop.notify.webhook_target import check_url

if TYPE_CHECKING:
    from desktop.notify.mail_channel import ReadFile

TOLD: Final = frozenset({Occasion.WAITING, Occasion.COMPLETED, Occasion.FAILED})
"""What a person is told; what they did themselves they know."""


class OutwardChannels:
    """Implements `Channels`. `choices` is asked at each delivery, so that what is changed holds from then on."""

    def __init__(
        self, choices: Callable[[], Choices], *, read_file: "ReadFile", clock: Clock, drawer: SecretDrawer
    ) -> None:
        self._choices = choices
        self._read_file = read_file
        self._clock = clock
        self._drawer = drawer

    def wanted(self, occasion: Occasion) -> tuple[ChannelKind, ...]:
        """The channels that are switched on."""
        if occasion not in TOLD:
            return ()
        chosen = self._choices()
        switches = {
            ChannelKind.MAIL: chosen.mail.enabled,
            ChannelKind.NTFY: chosen.ntfy.enabled,
            ChannelKind.COMMAND: chosen.command.enabled,
        }
        return tuple(kind for kind, is_on in switches.items() if is_on)

    def check_webhook(self, webhook: Webhook) -> None:
        """Raise `InvalidRequest` where that address may not be called, or its secrets can't sign."""
        check_url(webhook.url, self._choices().allowed_webhook_hosts)
        for secret in webhook.secrets or ("",):
            key_of(secret)

    async def deliver(self, delivery: Delivery, secrets: tuple[str, ...]) -> None:
        """Hand the bulletin over. Raises `DeliveryFailed`."""
        chosen = self._choices()
        match delivery.channel:
            case ChannelKind.WEBHOOK:
                from desktop.notify.webhook_channel import call_webhook

                await call_webhook(delivery, secrets, chosen.allowed_webhook_hosts, self._clock)
            case ChannelKind.MAIL if chosen.mail.enabled:
                from desktop.notify.mail_channel import send_mail

                password = await self._drawer.get(SecretName.MAIL_PASSWORD) if chosen.mail.user else ""
                await send_mail(delivery, chosen.mail, password, self._read_file)
            case ChannelKind.NTFY if chosen.ntfy.enabled:
                from desktop.notify.ntfy_channel import send_ntfy

                token = await self._drawer.get(SecretName.NTFY_TOKEN) if chosen.ntfy.with_token else ""
                await send_ntfy(delivery.bulletin, chosen.ntfy, token, self._clock)
            case ChannelKind.COMMAND if chosen.command.enabled:
                from desktop.notify.command_channel import run_command

                await run_command(delivery, chosen.command)
            case _:
                raise DeliveryFailed("This was switched off in the settings.", hint="Switch it on again.", final=True)
