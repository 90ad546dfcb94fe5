"""The part of a Redis that is this service's."""

from __future__ import annotations

# one hash tag: on a cluster all keys share a slot, as a script's keys must
PREFIX = "{gong-webhook}:"
