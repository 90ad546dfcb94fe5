"""Which factors feed Secrets."""

from __future__ import annotations

import pytest

from chartgen.model import MOVING, KubeObject, Masked
from chartgen.secrets.feeding import SWITCHED, UNSEEN, UNTRIED, Feeding
from tests.unit.chartgen.secrets.objects import obj

A, B = obj(data={"p": "a"}), obj(data={"p": "b"})
OTHER = obj(name="other", stringData={"p": "x"})
CONFIG = obj("ConfigMap", "web", data={"p": "c"})
FACTOR = 7


def feeds(sides: list[list[KubeObject]], *seen: list[KubeObject] | None) -> str:
    """What is said of a factor that was swapped on side 0, and then on side 1."""
    feeding = Feeding(sides)
    for side, objects in enumerate(seen):
        feeding.saw([(side, FACTOR)], objects)
    return feeding.feeds([FACTOR]).get(FACTOR, "")


@pytest.mark.parametrize(
    ("sides", "seen", "words"),
    [
        ([[A], [B]], ([A], [B]), ""),
        ([[A], [B]], ([B], [A]), "Secret/db"),
        ([[A], [B]], ([A], [A]), "Secret/db"),
        ([[A, OTHER], [B, OTHER]], ([OTHER, A], [OTHER, B]), ""),
        ([[A], [B]], (None, [B]), f"Secret/db{UNSEEN}"),
        ([[A], [B]], (None, [A]), "Secret/db"),
        ([[A], [B]], ([A],), f"Secret/db{UNTRIED}"),
        ([[A], [B]], (), f"Secret/db{UNTRIED}"),
        ([[], []], (None, None), ""),
        ([[CONFIG], [CONFIG]], (), ""),
        # a Secret that is there on one side only
        ([[], [A]], ([A], []), f"Secret/db{SWITCHED}"),
        ([[OTHER], [OTHER, A]], ([OTHER, A], [OTHER]), f"Secret/db{SWITCHED}"),
        ([[OTHER], [OTHER, A]], ([OTHER], [OTHER, B]), "Secret/db"),
        ([[OTHER], [OTHER, A]], ([OTHER, A], None), f"Secret/other{UNSEEN}"),
        # by another name
        ([[A], [A]], ([obj(name="new", data={"p": "a"})], [A]), ""),
        ([[A], [A]], ([obj(name="new", data={"p": "c"})], [A]), "Secret/db"),
        # what moves
        ([[obj(data={"p": MOVING})], [B]], ([A], [B]), ""),
        ([[obj(data={"p": MOVING, "q": "1"})], [B]], ([obj(data={"p": "a", "q": "2"})], [B]), "Secret/db"),
        ([[obj(stringData={"p": Masked(("x-", ""))})], [B]], ([obj(stringData={"p": "x-123"})], [B]), ""),
        ([[obj(stringData={"p": Masked(("x-", ""))})], [B]], ([obj(stringData={"p": "y-123"})], [B]), "Secret/db"),
        ([[obj(data={}, moving=((),))], [B]], ([A], [B]), ""),
        # what is no data
        ([[A], [A]], ([A._replace(body={**A.body, "metadata": {"labels": {"x": "y"}}})], [A]), ""),
        ([[A, CONFIG], [A, CONFIG]], ([A], [A]), ""),
    ],
)
def test_a_factor_feeds_the_secret_whose_data_its_swap_changes(
    sides: list[list[KubeObject]], seen: tuple[list[KubeObject] | None, ...], words: str
) -> None:
    assert feeds(sides, *seen) == words


def test_one_experiment_may_tell_of_both_sides_and_only_known_factors_are_told_of() -> None:
    feeding = Feeding([[A], [B]])
    feeding.saw([(0, 1), (1, 2)], [B])
    feeding.saw([(0, 2), (1, 1)], [A])
    assert feeding.feeds([1, 2]) == {1: "Secret/db"}
    assert feeding.feeds([]) == {}
