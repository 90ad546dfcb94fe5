"""What two sides show anyway."""

from __future__ import annotations

import pytest

from chartgen.secrets.known import IN_URL, Entry, known
from tests.unit.chartgen.secrets.objects import encoded, obj

SECRET = obj(
    name="db-login",
    metadata={"labels": {"app": "shop"}},
    data={"password": encoded("hunter22"), "user": encoded("bob")},
    stringData={"USER": "bob", "again": "hunter22"},
)
POD = {
    "containers": [
        {
            "image": "shop:1",
            "port": 5432,
            "tty": True,
            "env": [{"valueFrom": {"secretKeyRef": {"name": "ext", "key": "k"}}}],
        }
    ],
    "imagePullSecrets": [{"name": "pull"}],
    "volumes": [{"name": "v", "secret": {"secretName": "tls"}}],
}
DEPLOYMENT = obj("Deployment", "web", spec=POD)
FOUND = known([SECRET, DEPLOYMENT], [{"db": {"host": "h"}}, {"extra": [{"b": 1}]}])


def test_entries_are_those_of_secrets_with_whether_any_is_called_like_a_secret() -> None:
    assert FOUND.entries == {
        "hunter22": Entry("Secret/db-login", sounds=True),
        "bob": Entry("Secret/db-login", sounds=False),
    }


def test_what_stands_as_a_whole_in_an_object_that_is_no_secret_is_public() -> None:
    assert {"shop:1", "5432"} <= FOUND.whole
    assert not {"hunter22", "bob", encoded("bob"), "True", "h"} & FOUND.whole


def test_the_pieces_of_an_image_are_public() -> None:
    images = [{"image": "registry.example/shop/api:1.2@sha256:0a"}, {"image": {"tag": "x"}}]
    whole = known([obj("Pod", "web", spec={"containers": images, "note": "a b"})], []).whole
    assert {"registry.example", "shop", "api", "1.2", "0a"} <= whole
    assert not {"a", "b"} & whole


def test_names_are_those_of_objects_kinds_and_keys() -> None:
    assert {"web", "db-login", "Deployment", "Secret", "image", "password", "db", "host", "extra", "b"} <= FOUND.names
    assert FOUND.keys == {"db", "host", "extra", "b"}
    assert not {"shop:1", "bob"} & FOUND.names


def test_references_name_secrets_that_are_here_or_elsewhere() -> None:
    assert FOUND.references == {"db-login", "ext", "pull", "tls"}
    assert FOUND.names >= FOUND.references


def test_a_text_is_strong_too_by_its_name_in_a_secret() -> None:
    assert FOUND.is_strong("hunter22")
    assert FOUND.is_strong("Hunter22!")
    assert not FOUND.is_strong("bob")
    assert not FOUND.is_strong("hunter23")


def test_a_text_is_in_an_entry_as_a_word() -> None:
    found = known([obj(stringData={"url": "redis://bob:x@host"})], [])
    assert found.is_in_an_entry("bob")
    assert not found.is_in_an_entry("edis")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("mysql://u:pw11Xx@h/d", True), ("redis://:pQ-99-aa@h:1", True), ("postgres://u:$ecret123Zz@h", True),
        ("amqp://app:{braces9}Xx@h", True), ("mysql://u:$(DB_PASSWORD)@h", False), ("mysql://u:${PASSWORD}@h", False),
        ("mysql://u:$PASSWORD@h", False), ("mysql://u:<password>@h", False), ("mysql://u@h:3306", False),
        ("https://h:8080/a@b", False), ("postgres://u:ab/cD12345@h", True), ("https://me@github.com/x", False),
        ("https://ghp_0123456789abcdefABCDEF@github.com/x", True), ("mysql://u:@h", False),
    ],
)  # fmt: skip
def test_a_password_in_a_url_is_told_from_what_stands_for_one(text: str, *, holds: bool) -> None:
    assert (IN_URL.search(text) is not None) is holds
