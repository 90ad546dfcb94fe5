"""pipecat's service for OpenAI's API, which waits no longer than it is told, whatever the other side does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMConfigureOutputFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.llm import OpenAILLMService

from app.dv_pipecat.conversation.failures import Broken, Endless, Unreadable
from app.dv_pipecat.settings import Settings

if TYPE_CHECKING:
    from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMInvocationParams
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.utils.errors import ErrorCategory

MOST_REPLY_CHARACTERS = 65_536
# between the two tries that a request gets
AGAIN_SECONDS = 0.3
# that may go away by itself; the limit of requests does not within the time that a client waits
PASSING = (openai.APIConnectionError, openai.InternalServerError)

# of UTF-16: https://www.unicode.org/glossary/#high_surrogate_code_point
FIRST_HALVES = ("\ud800", "\udbff")

Stream = AsyncStream[ChatCompletionChunk]


class Model(OpenAILLMService):
    """One a session; `client` is everybody's, for a connection to the provider is dear."""

    def __init__(self, client: AsyncOpenAI, settings: Settings) -> None:
        self._everybodys = client
        self._patience = settings.model_seconds
        # whether nothing has come of the latest reply yet
        self.is_silent = True
        super().__init__(settings=self.Settings(model=settings.openai_model, system_instruction=settings.system_prompt))

    def create_client(self, *_: Any, **__: Any) -> AsyncOpenAI:
        return self._everybodys

    def build_chat_completion_params(self, params_from_context: OpenAILLMInvocationParams) -> dict[str, Any]:
        """The client of OpenAI looks into each part of each message, which takes long, but not into `extra_body`."""
        params: dict[str, Any] = super().build_chat_completion_params(params_from_context)
        return params | {"messages": [], "extra_body": {"messages": params["messages"]}}

    async def get_chat_completions(self, context: LLMContext) -> Stream:
        deadline = asyncio.get_running_loop().time() + self._patience
        async with asyncio.timeout_at(deadline):
            stream = await self._asked(context)
        # pipecat iterates over it and closes it, no more
        return cast("Stream", watched(stream, deadline, self._patience))

    async def push_error(
        self,
        error_msg: str,  # noqa: ARG002  quotes the provider
        exception: Exception | None = None,
        fatal: bool = False,  # noqa: ARG002, FBT001, FBT002
        category: ErrorCategory | None = None,  # noqa: ARG002
        force_treat_as_permanent: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> None:
        """Of no category: some make pipecat give up the service for the rest of the session; and unlogged."""
        await self.push_frame(ErrorFrame("no reply", exception=exception, processor=self), FrameDirection.UPSTREAM)

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        if isinstance(frame, (LLMFullResponseStartFrame, LLMTextFrame)):
            self.is_silent = isinstance(frame, LLMFullResponseStartFrame)
        await super().push_frame(frame, direction)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            # among what an interruption drops may be the frame that ends a silent reply
            await super().process_frame(LLMConfigureOutputFrame(skip_tts=False), FrameDirection.DOWNSTREAM)

    async def _asked(self, context: LLMContext) -> Stream:
        try:
            return await super().get_chat_completions(context)
        except openai.APITimeoutError:
            raise
        except PASSING:
            await asyncio.sleep(AGAIN_SECONDS)
            return await super().get_chat_completions(context)


async def watched(stream: Stream, deadline: float, patience: float) -> AsyncIterator[ChatCompletionChunk]:
    """The chunks: the first with text comes until `deadline`, and each other `patience` seconds after the last.

    Raises TimeoutError, Unreadable, Broken, Endless.
    """
    chunks, characters, is_whole, text = 0, 0, False, _Text()
    try:
        while True:
            chunk = await _next(stream, deadline)
            if chunk is None:
                break
            chunks += 1
            choice = chunk.choices[0] if chunk.choices else None
            is_whole = is_whole or (choice is not None and choice.finish_reason is not None)
            if choice and choice.delta:
                piece = choice.delta.content = text.made_of(choice.delta.content or "", last=is_whole)
                characters += len(piece)
                deadline = asyncio.get_running_loop().time() + patience if piece else deadline
            yield chunk
            if characters > MOST_REPLY_CHARACTERS:
                raise Endless
    finally:
        await stream.close()
    if not chunks:
        raise Unreadable
    if not is_whole:
        raise Broken


class _Text:
    """What can be encoded, of pieces of a JSON that may cut a character in two, or hold half of one (a surrogate)."""

    def __init__(self) -> None:
        self._half = ""

    def made_of(self, piece: str, *, last: bool) -> str:
        """All of it but a first half at its end, which waits for the next piece."""
        piece, self._half = self._half + piece, ""
        if not last and FIRST_HALVES[0] <= piece[-1:] <= FIRST_HALVES[1]:
            piece, self._half = piece[:-1], piece[-1]
        return piece.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


async def _next(stream: Stream, deadline: float) -> ChatCompletionChunk | None:
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(stream, None)
    except openai.APITimeoutError:
        raise
    except openai.APIConnectionError as error:
        raise Broken from error
