"""Deliveries as bytes. Another version of the service may have written what is read here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.gong_webhook.model import Delivery, Job

UNREADABLE = Delivery(call_id="", body=b"", digest="", received_at=0.0, request_id="")
UNREADABLE_REASON = "this version of the service cannot read the delivery as it is kept"

packed = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Delivery).decode


def unpacked(data: bytes | None) -> Delivery:
    """UNREADABLE where it cannot be read: one of these must not hold up the others."""
    try:
        return _decode(data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return UNREADABLE


def unreadable(jobs: Sequence[Job]) -> list[Job]:
    return [job for job in jobs if job.delivery is UNREADABLE]
