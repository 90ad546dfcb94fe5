"""Why values are hidden."""

from __future__ import annotations

from chartgen.model import Hidden
from chartgen.report.formats import Comparisons
from chartgen.report.hidden import lines
from chartgen.results import Comparison, Factor
from tests.reported import reported

from .literals import NOTHING, PROD, STAGE

SECRET = Comparison(STAGE, PROD, (), (Factor(("auth", "password"), Hidden("it feeds Secret/web"), "x"),))


def test_each_hidden_value_has_a_line() -> None:
    assert list(lines(SECRET)) == ["", "Hidden: key auth.password: it feeds Secret/web"]


def test_where_nothing_is_hidden_it_says_so() -> None:
    assert list(lines(NOTHING)) == ["", "Hidden: nothing"]


def test_reasons_are_told_where_they_are_asked_for() -> None:
    assert reported(Comparisons([SECRET], explained=True)).endswith("Hidden: key auth.password: it feeds Secret/web\n")
    assert "Hidden" not in reported(Comparisons([SECRET]))
