"""The place of an error as people read it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from chartgen.errors import ChartgenError
from chartgen.report.style import place

Error_co = TypeVar("Error_co", bound=ChartgenError, covariant=True)


class Raised(Protocol[Error_co]):
    """What `pytest.raises` gives."""

    @property
    def value(self) -> Error_co: ...


def where(raised: Raised[ChartgenError]) -> str:
    assert raised.value.where is not None
    return place(raised.value.where)
