"""Deliveries that the tests of the channels send."""

from datetime import UTC, datetime
from typing import Any

from desktop.engine import Bulletin, ChannelKind, Delivery, DeliveryId, Occasion, RunNumber, TaskId, TaskStatus

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TASK = TaskId("01J00000000000000000000001")
HOSTILE = "Zürich\r\nBcc: evil@example.com\r\n\r\n<b>$(touch /tmp/x)</b> `id` ‮\x00"


def delivery(channel: ChannelKind, occasion: Occasion = Occasion.COMPLETED, **fields: Any) -> Delivery:
    bulletin = Bulletin(
        occasion=occasion,
        at=NOW,
        task_id=TASK,
        run=RunNumber(2),
        kind="documents",
        status=TaskStatus(occasion.removeprefix("task.")),
        **{"title": "Compare the tenders", "text": "# Result\n\n- Only **Zürich** gives a warranty.", **fields},
    )
    return Delivery(
        delivery_id=DeliveryId("msg_1"), channel=channel, target="", bulletin=bulletin, created_at=NOW, due_at=NOW
    )
