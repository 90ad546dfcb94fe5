"""The queue that a test of both stores runs on."""

from __future__ import annotations

import pytest

from app.gong_webhook.queue import Queue
from tests.servers.stores import Stores


@pytest.fixture
def queue(stores: Stores) -> Queue:
    return stores.queue()
