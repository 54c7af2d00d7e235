"""A desktop's notification server on the session bus, for tests: writes each notification as a line of JSON.

It implements what a sender needs of https://specifications.freedesktop.org/notification-spec, version 1.2.
"""

import asyncio
import json

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusInt32, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

NAME = "org.freedesktop.Notifications"


class NotificationServer(ServiceInterface):
    """Takes every notification, and numbers it."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self._last = 0

    @dbus_method(name="Notify")
    def notify(
        self,
        app: DBusStr,
        _replaces: DBusUInt32,
        _icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        _actions: "as",  # type: ignore[valid-type]  # noqa: F722
        _hints: DBusDict,
        _timeout: DBusInt32,
    ) -> DBusUInt32:
        self._last += 1
        say({"app": app, "summary": summary, "body": body})
        return self._last

    @dbus_method(name="GetCapabilities")
    def capabilities(self) -> "as":  # type: ignore[valid-type]  # noqa: F722
        return ["body", "body-markup"]

    @dbus_method(name="GetServerInformation")
    def information(self) -> "ssss":  # type: ignore[name-defined]  # noqa: F821
        return ["legwork-test", "legwork", "1", "1.2"]


def say(value: object) -> None:
    """One line on standard output."""
    print(json.dumps(value), flush=True)  # noqa: T201 - the test reads it


async def serve() -> None:
    """Answer until killed."""
    bus = await MessageBus().connect()
    bus.export("/org/freedesktop/Notifications", NotificationServer())
    await bus.request_name(NAME)
    say("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
