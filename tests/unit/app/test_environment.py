"""What is read of the environment, and what is said of values that cannot be meant."""

from __future__ import annotations

import pytest
from msgspec import Struct

from app.environment import Count, Seconds, Secret, read, rotated_at
from app.errors import ConfigError


class Example(Struct, frozen=True, rename=str.upper):
    api_key: Secret = Secret("")
    workers: Count = 1
    lease_seconds: Seconds = 30.0
    verbose: bool = False
    name: str = "nobody"

    def __post_init__(self) -> None:
        if self.name == "forbidden":
            raise ValueError("NAME must not be that")


def test_each_variable_is_read_as_its_field_says_and_others_are_nobodys() -> None:
    environment = {
        "API_KEY": " swordfish\n",
        "WORKERS": "3",
        "LEASE_SECONDS": "0.5",
        "VERBOSE": "true",
        "NAME": "7",
        "PATH": "/bin",
    }
    assert read(Example, environment) == Example(Secret("swordfish"), 3, 0.5, verbose=True, name="7")


def test_an_empty_variable_is_an_unset_one() -> None:
    assert read(Example, {"API_KEY": "", "WORKERS": " ", "NAME": "\n"}) == Example()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WORKERS", "0"),
        ("WORKERS", "-1"),
        ("WORKERS", "1.5"),
        ("WORKERS", "many"),
        ("LEASE_SECONDS", "0"),
        ("LEASE_SECONDS", "nan"),
        ("LEASE_SECONDS", "inf"),
        ("LEASE_SECONDS", "60000000"),
        ("VERBOSE", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_the_name_of_its_variable(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"in the variable `{variable}`$"):
        read(Example, {"API_KEY": "swordfish", variable: value})


def test_what_the_struct_itself_refuses_is_said_in_its_words() -> None:
    with pytest.raises(ConfigError, match=r"^NAME must not be that$"):
        read(Example, {"NAME": "forbidden"})


def test_a_field_of_a_kind_that_no_variable_has_is_a_mistake_of_the_code() -> None:
    class Wrong(Struct, rename=str.upper):
        port: complex

    with pytest.raises(NotImplementedError, match="no variable is a complex"):
        read(Wrong, {"PORT": "1"})


def test_a_secret_shows_itself_only_when_asked_by_name() -> None:
    secret = Secret("swordfish")
    shown = [repr(secret), str(secret), f"{secret}", repr(Example(api_key=secret))]
    assert [text for text in shown if "swordfish" in text] == []
    assert secret.reveal() == "swordfish"


def test_secrets_are_equal_by_value_and_false_when_empty() -> None:
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"
    assert (bool(Secret("a")), bool(Secret(""))) == (True, False)


def test_the_time_of_rotation_has_a_zone() -> None:
    assert rotated_at("") is None
    assert rotated_at("1970-01-02T00:00:00Z") == rotated_at("1970-01-02T02:00:00+02:00") == 86400
    for wrong in ("yesterday", "2026-11-20", "2026-11-20T00:00:00"):
        with pytest.raises(ConfigError, match="SECRETS_ROTATED_AT"):
            rotated_at(wrong)
