"""What the charts' READMEs advise, as tests run it: in the test's namespace and nowhere else."""

from __future__ import annotations

import pytest

from tests.cluster.shells import advised

SWITCHING = "## Switching the autoscaler on"
CUT_OFF = "A deployment that was cut off"


@pytest.mark.parametrize(
    ("chart", "where", "calls"),
    [
        ("dv-pipecat", SWITCHING, 2),
        ("gong-webhook", SWITCHING, 2),
        ("dv-pipecat", CUT_OFF, 1),
        ("gong-webhook", CUT_OFF, 1),
    ],
)
def test_each_kubectl_that_a_readme_advises_gets_the_namespace(chart: str, where: str, calls: int) -> None:
    found = advised(chart, where, "t-1")
    assert found.count("kubectl") == found.count("kubectl -n t-1 ") == calls
    assert "sophia-ai" not in found


def test_words_that_are_not_in_the_readme_are_an_error() -> None:
    with pytest.raises(AssertionError):
        advised("dv-pipecat", "## Unheard of", "t-1")
