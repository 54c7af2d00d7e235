"""What can go wrong with a server of tools.

LegworkError
└── ServerTrouble         a server can't be had, or does not do what was asked; others can be used
    ├── ServerRefused     it can't be one as it is put down in the settings; nothing was started or asked
    └── ServerLost        it ended, hung, flooded us or answered nonsense; it is started again when it is next needed
"""

from typing import Final

from desktop.engine import LegworkError

MAY_BE_DONE: Final = "It may have been done; look before it is done again."
"""What there is to say of a call that was sent and has no answer."""


class ServerTrouble(LegworkError):
    """A server can't be had, or does not do what was asked of it. Others can be used."""


class ServerRefused(ServerTrouble):
    """A server can't be one as it is put down; nothing was started or asked."""


class ServerLost(ServerTrouble):
    """A server ended, hung, flooded us or answered nonsense. It is started again when it is next needed."""
