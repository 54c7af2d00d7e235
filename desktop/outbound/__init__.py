"""The one way out of this machine to addresses that others chose: pages, search engines, webhooks."""

from desktop.outbound.call import Call, Limits, Reply
from desktop.outbound.reach import Reach, host_of, is_named, is_public
from desktop.outbound.sending import send

__all__ = ["Call", "Limits", "Reach", "Reply", "host_of", "is_named", "is_public", "send"]
