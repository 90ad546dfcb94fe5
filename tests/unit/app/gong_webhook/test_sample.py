"""The sample is what the service takes."""

from __future__ import annotations

import json

import pytest

from app.gong_webhook import sample
from app.gong_webhook.events import authenticate, check_body, parse
from app.gong_webhook.keys import keys
from tests.servers import signing

CALL = "7782342274025937895"
NOW = 1_790_000_000.0


def test_the_sample_is_a_call_of_the_usual_size_with_all_that_gong_documents() -> None:
    body = sample.body(CALL)
    assert 9_000 < len(body) < 10_000
    assert parse(body, accept_bare=False)[:2] == (CALL, False)
    call = json.loads(body)["callData"]
    assert set(call) == {"metaData", "context", "parties", "content", "interaction", "collaboration"}
    affiliations = [("userId" in party, party["affiliation"]) for party in call["parties"]]
    assert set(affiliations) == {(True, "Internal"), (False, "External")}


@pytest.mark.parametrize(
    ("private", "public"),
    [(signing.private_pem(), signing.public_base64()), (signing.SHARED_SECRET, signing.SHARED_SECRET)],
    ids=["rsa", "shared"],
)
def test_its_signature_is_good_for_its_body_and_url_until_it_expires(private: str, public: str) -> None:
    body = sample.body(CALL)
    token = sample.token(private, signing.URL, body, NOW)
    assert check_body(authenticate(token, keys(public), signing.URL, NOW + sample.LIFETIME_SECONDS), body)
