"""Which texts are looked for, and what is said of them."""

from __future__ import annotations

import pytest

from chartgen.model import ABSENT, KubeObject, Tree
from chartgen.results import Factor
from chartgen.secrets.judging import Judge
from chartgen.secrets.known import known
from chartgen.secrets.texts import secret_texts
from tests.unit.chartgen.secrets.objects import encoded, obj


def texts(
    *objects: KubeObject, factors: tuple[Factor, ...] = (), values: Tree = (), public: tuple[str, ...] = ()
) -> Tree:
    return secret_texts(Judge(known(objects, values), public), factors, values)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"host": "hunter22!"}, ["hunter22!"]), ({"host": "stage"}, []),
        ({"host": "db-host-of-16-ch"}, ["db-host-of-16-ch"]),
        ({"password": "stage"}, ["stage"]), ({"password": True}, []), ({"password": "", "token": None}, []),
        ({"passwordPolicy": "stage"}, []), ({"pin": 123456}, []),
    ],
)  # fmt: skip
def test_of_a_secrets_entries_those_that_are_strong_are(data: Tree, found: list[str]) -> None:
    assert texts(obj(stringData=data)) == dict.fromkeys(found, "data of Secret/db")
    assert texts(obj("ConfigMap", data=data)) == {}


def test_data_is_looked_for_as_it_is_decoded() -> None:
    assert texts(obj(data={"p": encoded("hunter22!A")})) == {"hunter22!A": "data of Secret/db"}


def test_of_a_factor_that_feeds_a_secret_what_is_strong_is_at_any_depth() -> None:
    one = Factor(("users",), ["alice-Pw-1", "bob"], {"carol": [{"password": "x"}], "age": 7}, feeds="Secret/s")
    assert texts(factors=(one,)) == {
        "alice-Pw-1": "the value of users[0], which feeds Secret/s",
        "x": "the value of users.carol[0].password, which feeds Secret/s",
    }
    assert texts(factors=(one._replace(feeds=""),)) == {}
    assert texts(factors=(one,), public=("users",)) == {}


def test_of_a_setting_nothing_is() -> None:
    assert texts(factors=(Factor(("release",), "web-Release-1", ABSENT, setting=True, feeds="Secret/s"),)) == {}


def test_of_values_what_stands_under_a_key_that_sounds_secret_is() -> None:
    values = [
        {"db": {"password": "stage-1", "host": "db-Host-1"}},
        {"db": {"password": "12.34"}, "existingSecret": "my-Secret-1"},
    ]
    says = "the value of db.password, which sounds secret"
    assert texts(values=values) == {"stage-1": says, "12.34": says}


def test_a_plain_word_of_values_is_only_if_a_secret_holds_it() -> None:
    values = [{"db": {"password": "airflow"}}, {"db": {"password": 1234}}]
    assert texts(values=values) == {}
    assert list(texts(obj(stringData={"x": "airflow"}), values=values)) == ["airflow"]


def test_the_name_of_a_secret_is_none() -> None:
    values = [{"auth": {"secret": "db-Login-1"}}]
    assert texts(obj("Pod", "web", spec={"secretName": "db-Login-1"}), values=values) == {}


def test_what_a_public_key_holds_is_looked_for_only_for_another_key() -> None:
    values = [{"a": {"password": "stage"}, "b": {"host": "hunter22!"}}]
    secret = obj(stringData={"x": "hunter22!", "password": "stage"})
    assert texts(secret, values=values, public=("a", "b.host")) == {}
    more = [*values, {"c": {"password": "stage"}}]
    assert texts(secret, values=more, public=("a", "b.host")) == {
        "stage": "the value of c.password, which sounds secret"
    }
