"""Why an API server refuses a Secret is said without what it says itself."""

from __future__ import annotations

import pytest

from chartgen.delivery.refusals import words
from chartgen.errors import ClusterError, RefusedError

VALUE = "dmVyeS1zZWNyZXQ="
BEGIN = 'secrets "app" is forbidden: '


def refusal(said: str, reason: str = "Forbidden", status: int = 403, fields: tuple[str, ...] = ()) -> str:
    error = RefusedError(said, status=status, reason=reason, said=said, fields=fields)
    return words(error, "app", "web", ["KEY"])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            f'{BEGIN}User "a" cannot patch resource "secrets" in API group "" in the namespace "web"',
            "you may not patch secrets in web",
        ),
        (
            f"{BEGIN}unable to create new content in namespace web because it is being terminated",
            "the namespace web is being deleted",
        ),
        (f"{BEGIN}exceeded quota: few, requested: secrets=1", "the quota few is used up"),
        (
            f"{BEGIN}ValidatingAdmissionPolicy 'no-secrets' with binding 'b' denied request: {VALUE}",
            "the admission policy no-secrets refuses it",
        ),
        (
            f'admission webhook "hook.example.com" denied the request: {VALUE}',
            "the admission webhook hook.example.com refuses it",
        ),
        (
            f'Internal error occurred: failed calling webhook "hook.example.com": {VALUE}',
            "the admission webhook hook.example.com does not answer",
        ),
        ('namespaces "web" not found', "there is no namespace web"),
    ],
)
def test_names_are_told_from_where_the_api_server_itself_has_put_them(said: str, told: str) -> None:
    assert refusal(said) == told


@pytest.mark.parametrize(
    "said",
    [
        VALUE,
        f"{BEGIN}{VALUE}",
        f'Secret "app" is invalid: data[KEY]: Invalid value: "{VALUE}": illegal base64',
        f'admission webhook "{VALUE}" denied the request',
        f'admission webhook "{VALUE.lower()}" says: denied the request',
        f"{BEGIN}ValidatingAdmissionPolicy '{VALUE}' with binding 'b' denied request",
        f"a policy says: {BEGIN}ValidatingAdmissionPolicy 'verysecret' with binding 'b' denied request",
        'a policy says: admission webhook "verysecret" denied the request',
        f'{BEGIN}User "a" cannot verysecret resource "secrets" in API group',
        'secrets "another" is forbidden: exceeded quota: verysecret, requested',
    ],
)
@pytest.mark.parametrize("reason", ["Forbidden", "Invalid", "BadRequest", "Unheard-of", ""])
def test_nothing_else_that_it_says_is_passed_on(said: str, reason: str) -> None:
    told = refusal(said, reason, 422, (VALUE, f"data[{VALUE}]", "verysecret", "data[KEY]", "metadata.labels"))
    assert VALUE not in told
    assert "verysecret" not in told
    assert told.endswith("(data[KEY], metadata.labels)")


def test_what_has_no_name_is_told_by_its_kind() -> None:
    assert refusal("", "Conflict", 409).startswith("somebody else has changed it meanwhile")
    assert refusal("", "TooManyRequests", 429) == "the API server refuses it, with status 429"


def test_what_is_no_answer_has_its_own_words() -> None:
    assert words(ClusterError("the connection is lost"), "app", "web") == "the connection is lost"
