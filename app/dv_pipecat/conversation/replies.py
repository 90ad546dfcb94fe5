"""pipecat's aggregator of replies, without what is left of an interrupted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipecat.frames.frames import Frame, LLMFullResponseStartFrame
from pipecat.processors.aggregators.llm_response_universal import LLMAssistantAggregator

if TYPE_CHECKING:
    from pipecat.processors.frame_processor import FrameDirection


class Replies(LLMAssistantAggregator):
    """The output transport passes an interruption on before it stops: some of the old reply may come after it."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, LLMFullResponseStartFrame):
            await self.reset()  # type: ignore[no-untyped-call]  # pipecat does not type it
        await super().process_frame(frame, direction)
