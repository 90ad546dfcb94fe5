"""What a client is told when a model does not answer: words of our own, for a provider's may quote keys and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import httpx2
import openai
from pipecat.utils.errors import ErrorCategory

if TYPE_CHECKING:
    from pipecat.frames.frames import ErrorFrame


class Failure(NamedTuple):
    """`kind`: a label of a metric, hence few and fixed; `fatal`: no turn will work."""

    kind: str
    words: str
    fatal: bool = False


class Unreadable(Exception):  # noqa: N818  what happened, in a word
    """What came back is no stream of completions."""


class Broken(Exception):  # noqa: N818  what happened, in a word
    """The stream ended before the reply did."""


class Endless(Exception):  # noqa: N818  what happened, in a word
    """The reply is longer than any reply may be."""


KEY = Failure("unauthorized", "the language model refuses this service's key: OPENAI_API_KEY", fatal=True)
LIMITED = Failure("limited", "the language model has too many requests; say it again in a moment")
TIMEOUT = Failure("timeout", "the language model did not answer in time; say it again")
UNREACHABLE = Failure("unreachable", "the language model cannot be reached; say it again in a moment")
SERVER = Failure("server", "the language model failed; say it again in a moment")
REFUSED = Failure("refused", "the language model refuses the request: OPENAI_MODEL or OPENAI_BASE_URL may be wrong")
UNREADABLE = Failure("unreadable", "what answered is not a language model of OpenAI's kind: OPENAI_BASE_URL")
BROKEN = Failure("broken", "the language model's reply broke off; say it again")
ENDLESS = Failure("endless", "the language model's reply is too long, and was cut")
UNKNOWN = Failure("unknown", "the language model failed in a way that this service does not know")

# the first that fits
_KINDS: tuple[tuple[tuple[type[Exception], ...], Failure], ...] = (
    ((openai.AuthenticationError, openai.PermissionDeniedError), KEY),
    ((openai.RateLimitError,), LIMITED),
    ((openai.APITimeoutError, TimeoutError, httpx2.TimeoutException), TIMEOUT),
    ((openai.APIConnectionError,), UNREACHABLE),
    ((openai.InternalServerError,), SERVER),
    ((openai.APIStatusError,), REFUSED),
    # a ValueError is also a line that is no JSON
    ((Unreadable, openai.APIResponseValidationError, ValueError, AttributeError), UNREADABLE),
    ((Broken, httpx2.TransportError), BROKEN),
    ((Endless,), ENDLESS),
    # an event of the stream that tells of an error
    ((openai.APIError,), SERVER),
)

_SPEECH = {
    ErrorCategory.AUTHENTICATION: Failure("speech_unauthorized", "the speech service refuses this service's key"),
    ErrorCategory.AUTHORIZATION: Failure("speech_unauthorized", "the speech service refuses this service's key"),
    ErrorCategory.RATE_LIMIT: Failure("speech_limited", "the speech service has too many requests"),
    ErrorCategory.QUOTA: Failure("speech_limited", "the speech service has no quota left"),
    ErrorCategory.CONNECTIVITY: Failure("speech_unreachable", "the speech service cannot be reached"),
}
SPEECH = Failure("speech", "the speech service failed; text goes on working")


KINDS = frozenset(failure.kind for failure in (UNKNOWN, SPEECH, *(failure for _, failure in _KINDS), *_SPEECH.values()))


def of_model(error: Exception | None) -> Failure:
    return next((failure for types, failure in _KINDS if isinstance(error, types)), UNKNOWN)


def of_speech(frame: ErrorFrame) -> Failure:
    return _SPEECH.get(frame.category or ErrorCategory.UNKNOWN, SPEECH)
