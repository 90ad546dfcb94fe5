"""What the language model is told was said before, which is bounded, and what another pod is to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, cast

from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage

from app.dv_pipecat.model import Message

# of text, the system prompt not counted: some 16,000 tokens of English
CONTEXT_BYTES = 65_536
# that a message counts for beside its text: many short ones take time, and empty ones memory
MESSAGE_BYTES = 256

# of a reply that is kept: an endless one would push out all that was said before it
MOST_REPLY_CHARACTERS = 8_192

ROLES: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")


class Context(LLMContext):
    """The oldest messages go first; the newest stays, whatever its size. `remember` gets the rest after each reply."""

    def __init__(self, history: Sequence[Message], remember: Callable[[Sequence[Message]], None]) -> None:
        super().__init__([_standard(message) for message in history])
        self._remember = remember
        self._forget_the_oldest()

    def add_message(self, message: LLMContextMessage) -> None:
        if _role(message) == "assistant":
            message = _standard(Message("assistant", _content(message)[:MOST_REPLY_CHARACTERS]))
        super().add_message(message)
        self._forget_the_oldest()
        if _role(message) == "assistant":
            self._remember(list(self.said()))

    def add_messages(self, messages: list[LLMContextMessage]) -> None:
        for message in messages:
            self.add_message(message)

    def forget_unanswered(self) -> None:
        """The turn failed, and its client is asked to say it again."""
        messages = self.get_messages()
        if messages and _role(messages[-1]) == "user":
            self.set_messages(messages[:-1])

    def said(self) -> Iterator[Message]:
        for message in self.get_messages():
            for role in ROLES:
                if _role(message) == role:
                    yield Message(role, _content(message))

    def _forget_the_oldest(self) -> None:
        messages = self.get_messages()
        sizes = [MESSAGE_BYTES + len(_content(message).encode()) for message in messages]
        total, oldest = sum(sizes), 0
        while total > CONTEXT_BYTES and oldest < len(messages) - 1:
            total -= sizes[oldest]
            oldest += 1
        if oldest:
            self.set_messages(messages[oldest:])


def _standard(message: Message) -> LLMContextMessage:
    return cast("LLMContextMessage", {"role": message.role, "content": message.content})


def _role(message: LLMContextMessage) -> Any:
    return message.get("role") if isinstance(message, dict) else None


def _content(message: LLMContextMessage) -> str:
    content: Any = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""
