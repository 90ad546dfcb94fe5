"""Words of errors and findings with nothing secret in them."""

from __future__ import annotations

import pytest

from chartgen.model import Finding, Mark, Severity
from chartgen.results import Comparison
from chartgen.secrets.hiding import hide, told_by
from tests.unit.chartgen.secrets.objects import encoded, obj
from tests.unit.chartgen.targets import PROD


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cannot use stage-Passw0rd", "the value of auth.password, which sounds secret"),
        ("bad Zz9-qwerty-Secret", "the value of conn"),
        ("no port 8080 in web.example", ""),
    ],
)
def test_words_tell_a_secret_by_its_key_or_by_how_it_looks(words: str, told: str) -> None:
    values = {"auth": {"password": "stage-Passw0rd"}, "conn": "Zz9-qwerty-Secret", "host": "web.example", "port": 8080}
    assert told_by(words, [values]) == told


def test_a_finding_about_what_is_called_by_a_secret_does_not_name_it() -> None:
    finding = Finding("repeated-key", Severity.WARNING, "ConfigMap/a data.stage-Passw0rd", Mark("t"), "has it twice")
    other = finding._replace(subject="ConfigMap/a data.x")
    secret = obj(data={"password": encoded("stage-Passw0rd")})
    found = hide(Comparison(PROD, PROD, (), findings=(finding, other)), [secret], [])
    assert "Passw0rd" not in str(found.findings[0])
    assert found.findings[1] == other
