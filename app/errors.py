"""What can go wrong in every service, by who has to act; no message holds a secret."""

from __future__ import annotations


class ServiceError(Exception):
    """Anything that a service raises on purpose."""


class ConfigError(ServiceError):
    """The environment says something that cannot be meant; the message names the variable."""


class Unavailable(ServiceError):
    """A dependency does not answer, or refuses everything: nothing is wrong with the work at hand, so it waits.

    `retry_after`: seconds, where the dependency named them.
    """

    def __init__(self, dependency: str, reason: str, retry_after: float | None = None) -> None:
        super().__init__(f"{dependency}: {reason}")
        self.dependency = dependency
        self.retry_after = retry_after
