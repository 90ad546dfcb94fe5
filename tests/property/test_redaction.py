"""The law of redaction: what feeds a Secret, or is called like one, is in no report, wherever the chart prints it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.model import ABSENT, Item, KubeObject, ObjectId, Tree
from chartgen.results import Cause, Change, Comparison, Factor, Left, ObjectDiff, Pair
from chartgen.secrets.hiding import hide
from chartgen.secrets.words import is_strong
from tests.property.small_charts import SmallChart, secretive_charts
from tests.property.test_causes_of_charts import compared
from tests.reported import reported_in_every_way
from tests.unit.chartgen.targets import PROD

PASSWORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=8, max_size=24).filter(
    is_strong
)
SPELLINGS = (
    str,
    str.upper,
    str.lower,
    quote_plus,
    lambda text: json.dumps(text)[1:-1],
    lambda text: base64.b64encode(text.encode()).decode(),
)
AROUND = st.sampled_from(["{}", "x{}y", "http://u:{}@h", "a: {}\nb: 1", "--p={}"])


def spellings(password: str) -> set[str]:
    return {spell(password) for spell in SPELLINGS}


@st.composite
def printed(draw: st.DrawFn, password: str) -> Tree:
    """A tree that holds a password in some spelling, as a text or as a key."""
    text = draw(AROUND).format(draw(st.sampled_from(SPELLINGS))(password))
    return draw(st.sampled_from([text, [1, text], {"a": {"b": text}, "c": True}, {text: 1}]))


@st.composite
def leaks(draw: st.DrawFn, password: str) -> tuple[Comparison, list[KubeObject]]:
    """A comparison that tells a password at each place where it may, and the Secret that holds it, if one does."""
    secret = KubeObject(ObjectId("", "Secret", "", "s"), {"stringData": {"p": password}}, "t.yaml", password)
    key = draw(st.sampled_from([("db", "password"), ("db", "x")]))
    one = Factor(key, password, ABSENT, feeds=draw(st.sampled_from(["", "Secret/s"])))
    other = Factor(("other",), draw(printed(password)), ABSENT)
    text = draw(AROUND).format(password)
    path = ("spec", Item((text,)), text)
    cause = draw(st.sampled_from([None, Cause((one,)), Cause((other,))]))
    changes = (Change(path, draw(printed(password)), draw(printed(password)), cause=cause),)
    deployment = KubeObject(ObjectId("apps", "Deployment", "", "web"), {"a": draw(printed(password))}, "t.yaml")
    diffs = (
        ObjectDiff(Pair(deployment, deployment), changes),
        ObjectDiff(Pair(secret, None), (Change((), secret.body, ABSENT),)),
    )
    left = (Left(deployment.id, "t.yaml", path, ("prod",)),)
    return Comparison(PROD, PROD, diffs, (one, other), left), [secret, deployment]


@given(st.data(), PASSWORDS)
@settings(max_examples=300)
def test_no_spelling_of_a_strong_secret_is_in_a_hidden_comparison(data: st.DataObject, password: str) -> None:
    found, objects = data.draw(leaks(password))
    shown = repr(hide(found, objects, [{"db": {"password": password}}]))
    for spelling in spellings(password):
        assert repr(spelling)[1:-1] not in shown


def reported(chart: SmallChart, folder: Path, *, why: bool) -> str:
    found = compared(chart, folder, why=why)
    return reported_in_every_way(found) + repr(found) if found else ""


@given(secretive_charts(), st.booleans())
@settings(max_examples=200)
def test_what_feeds_a_secret_is_in_no_report(chart: SmallChart, why: bool) -> None:  # noqa: FBT001
    with chart.written() as folder:
        printed = reported(chart, folder, why=why)
    known = [spelling for overlay in chart.overlays for spelling in spellings(overlay["password"])]
    assert not [spelling for spelling in (*known, "hunter22") if spelling in printed]
