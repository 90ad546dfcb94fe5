"""Each source is read once, from where it is, and refused where nobody can be waited for."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from chartgen.config.model import Source
from chartgen.delivery.jsontexts import Unfit
from chartgen.delivery.origins import MAX_BYTES, Origins, spelled
from chartgen.delivery.withheld import Withheld
from tests.servers.pulumi import Pulumi

STDIN = Source("stdin")
VARIABLE = Source("variable", "OF_THIS_TEST")
ESC = Source("pulumi", "an-org/default/production")


def test_a_variable_is_what_was_taken_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE.name, '{"é": 1}')
    withheld = Withheld()
    with pytest.raises(Unfit, match="is not set"):
        Origins(withheld, None).text(VARIABLE)
    withheld.take([VARIABLE])
    assert Origins(withheld, None).text(VARIABLE) == '{"é": 1}'.encode()


def test_standard_input_is_read_to_its_end() -> None:
    assert Origins(Withheld(), io.BytesIO(b"{}\n")).text(STDIN) == b"{}\n"


def test_standard_input_that_is_closed_or_endless_is_refused() -> None:
    with pytest.raises(Unfit, match="is closed"):
        Origins(Withheld(), None).text(STDIN)
    with Path("/dev/zero").open("rb") as endless, pytest.raises(Unfit, match="larger than 8 MiB"):
        Origins(Withheld(), endless).text(STDIN)
    assert len(Origins(Withheld(), io.BytesIO(b" " * MAX_BYTES)).text(STDIN)) == MAX_BYTES


def test_nobody_is_waited_for_at_a_terminal() -> None:
    own, theirs = os.openpty()
    try:
        with os.fdopen(theirs, "rb") as terminal, pytest.raises(Unfit, match="is a terminal"):
            Origins(Withheld(), terminal).text(STDIN)
    finally:
        os.close(own)


def test_an_environment_of_several_secrets_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = Pulumi(tmp_path, {ESC.name: {"a": "b"}})
    for name, value in pulumi.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PULUMI_ORG", raising=False)
    origins = Origins(Withheld(), None)
    first = origins.text(ESC)
    pulumi.path.unlink()
    assert origins.text(ESC) == first
    with pytest.raises(Unfit, match="on the PATH"):
        Origins(Withheld(), None).text(ESC)


def test_what_does_not_open_is_told_for_each_secret_and_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = Pulumi(tmp_path, {})
    for name, value in pulumi.variables.items():
        monkeypatch.setenv(name, value)
    origins = Origins(Withheld(), None)
    for _ in range(2):
        with pytest.raises(Unfit, match="404"):
            origins.text(ESC)
        pulumi.path.unlink(missing_ok=True)


def test_a_secret_says_where_its_values_come_from_with_the_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ORG", "an-org")
    assert spelled(Source("pulumi", "default/production")) == "pulumi:an-org/default/production"
    assert [spelled(each) for each in (STDIN, VARIABLE)] == ["stdin", "variable:OF_THIS_TEST"]
