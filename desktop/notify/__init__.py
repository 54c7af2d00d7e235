"""Tells the person what happened while they were elsewhere, and the programs that want to be called."""

from desktop.notify.choices import Choices, CommandChoice, MailChoice, NtfyChoice, Security
from desktop.notify.desktop_notifier import DesktopNotifier
from desktop.notify.means import find_obstacle
from desktop.notify.outward_channels import OutwardChannels
from desktop.notify.secret_drawer import EndpointKey, SecretDrawer, SecretName, ServerSecret
from desktop.notify.signing import make_secret
from desktop.notify.silent_notifier import SilentNotifier
from desktop.notify.trial import send_test, try_channel

__all__ = [
    "Choices",
    "CommandChoice",
    "DesktopNotifier",
    "EndpointKey",
    "MailChoice",
    "NtfyChoice",
    "OutwardChannels",
    "SecretDrawer",
    "SecretName",
    "Security",
    "ServerSecret",
    "SilentNotifier",
    "find_obstacle",
    "make_secret",
    "send_test",
    "try_channel",
]
