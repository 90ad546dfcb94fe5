"""What is left of an interrupted reply is no part of the next one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pipecat.frames.frames import (
    EndFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.workers.runner import WorkerRunner

from app.dv_pipecat.conversation.context import Context
from app.dv_pipecat.conversation.replies import Replies
from app.dv_pipecat.model import Message

pytestmark = pytest.mark.anyio


async def test_a_piece_that_comes_after_an_interruption_is_forgotten() -> None:
    remembered: list[Sequence[Message]] = []
    worker = PipelineWorker(Pipeline([Replies(Context((), remembered.append))]), enable_rtvi=False)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await worker.queue_frames(
        [
            InterruptionFrame(),
            LLMTextFrame("left over"),
            LLMFullResponseStartFrame(),
            LLMTextFrame("new"),
            LLMFullResponseEndFrame(),
            EndFrame(),
        ]
    )
    await runner.run()
    assert remembered == [[Message("assistant", "new")]]
