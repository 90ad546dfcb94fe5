"""Why an API server refuses something is said without what it says itself."""

from __future__ import annotations

import pytest

from chartgen.cluster.refusing import refused
from chartgen.errors import RefusedError

VALUE = "dmVyeS1zZWNyZXQ="
BEGIN = 'secrets "app" is forbidden: '


def refusal(said: str, reason: str = "Forbidden", *fields: str) -> RefusedError:
    causes = [{"field": field, "message": VALUE} for field in fields]
    return refused(422, {"kind": "Status", "reason": reason, "message": said, "details": {"causes": causes}})


RIGHTS = {
    f'{BEGIN}User "a@b.example" cannot patch resource "secrets" in API group "" in the namespace "web"': (
        "a@b.example may not patch secrets in namespace web"
    ),
    'nodes is forbidden: User "system:node" cannot list resource "nodes" in API group "a.b" at the cluster scope': (
        "system:node may not list nodes.a.b"
    ),
}
CHECKS = {
    f"{BEGIN}exceeded quota: few, requested: secrets=1": "the quota few is used up",
    f"{BEGIN}unable to create new content in namespace web because it is being terminated": (
        "the namespace web is being deleted"
    ),
    f"{BEGIN}ValidatingAdmissionPolicy 'no-secrets' with binding 'b' denied request: {VALUE}": (
        "the admission policy no-secrets refuses it"
    ),
    f'admission webhook "hook.example.com" denied the request: {VALUE}': (
        "the admission webhook hook.example.com refuses it"
    ),
    f'Internal error occurred: failed calling webhook "hook.example.com": {VALUE}': (
        "the admission webhook hook.example.com does not answer"
    ),
    'namespaces "web" not found': "there is no namespace web",
}


@pytest.mark.parametrize("said", RIGHTS)
def test_a_right_that_is_lacking_is_named_with_who_lacks_it(said: str) -> None:
    error = refusal(said)
    assert (str(error), error.is_for_want_of_rights, error.is_of_a_check) == (RIGHTS[said], True, False)


@pytest.mark.parametrize("said", CHECKS)
def test_names_are_told_from_where_the_api_server_itself_has_put_them(said: str) -> None:
    error = refusal(said)
    assert (str(error), error.is_for_want_of_rights, error.is_of_a_check) == (CHECKS[said], False, True)


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
    ],
)
@pytest.mark.parametrize("reason", ["Forbidden", "Invalid", "BadRequest", "Unheard-of", ""])
def test_nothing_else_that_it_says_is_passed_on(said: str, reason: str) -> None:
    told = str(refusal(said, reason, f"it was {VALUE}", "data[KEY]", "metadata.labels"))
    assert VALUE not in told
    assert "verysecret" not in told
    assert told.endswith("(data[KEY], metadata.labels)") == (reason == "Invalid")


def test_an_admission_check_may_not_speak_by_the_names_of_fields() -> None:
    said = 'admission webhook "hook.example.com" denied the request'
    assert str(refusal(said, "Invalid", "verysecret")) == "the admission webhook hook.example.com refuses it"


def test_what_has_no_words_is_told_by_its_kind() -> None:
    assert str(refused(409, {"reason": "Conflict"})).startswith("somebody else has changed it meanwhile")
    assert str(refused(418, {})) == "the API server refuses it, with status 418"
