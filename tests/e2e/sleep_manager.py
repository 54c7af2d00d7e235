"""A desktop's session manager on the session bus, for tests: says as lines of JSON who keeps the machine awake.

It implements what wakepy needs of org.gnome.SessionManager, `Inhibit` and `Uninhibit`. With the argument `hangs` it
answers nobody.
"""

import asyncio
import json
import sys

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

NAME = "org.gnome.SessionManager"
SUSPEND = 4  # the flag that holds off suspending


class SessionManager(ServiceInterface):
    """Counts the inhibitors."""

    def __init__(self, *, hangs: bool) -> None:
        super().__init__(NAME)
        self._hangs = hangs
        self._last = 0

    @dbus_method(name="Inhibit")
    async def inhibit(self, app: DBusStr, _window: DBusUInt32, _reason: DBusStr, flags: DBusUInt32) -> DBusUInt32:
        say({"asked": app, "suspend": bool(flags & SUSPEND)})
        if self._hangs:
            await asyncio.Event().wait()
        self._last += 1
        return self._last

    @dbus_method(name="Uninhibit")
    def uninhibit(self, cookie: DBusUInt32) -> None:
        say({"released": cookie})


def say(value: object) -> None:
    """One line on standard output."""
    print(json.dumps(value), flush=True)  # noqa: T201 - the test reads it


async def serve(*, hangs: bool) -> None:
    """Answer until killed."""
    bus = await MessageBus().connect()
    bus.export("/org/gnome/SessionManager", SessionManager(hangs=hangs))
    await bus.request_name(NAME)
    say("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(hangs=sys.argv[1:] == ["hangs"]))
