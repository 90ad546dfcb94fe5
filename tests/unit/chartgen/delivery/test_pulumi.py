"""What chartgen asks of `pulumi`, and what it says where that does not answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from chartgen.delivery import pulumi
from chartgen.delivery.jsontexts import Unfit
from tests.running import command_lines
from tests.servers.pulumi import TOKEN, Pulumi

NAME = "an-org/default/production"
VALUES = {"environmentVariables": {"KEY": "the-value-of-a-key"}}
PATIENCE_SECONDS = 20


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    made = Pulumi(tmp_path / "bin", {NAME: VALUES})
    monkeypatch.delenv("PULUMI_ORG", raising=False)
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    return made


def refusal(name: str = NAME, seconds: float = PATIENCE_SECONDS) -> str:
    with pytest.raises(Unfit) as caught:
        pulumi.opened(name, seconds)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.usefixtures("program")
def test_an_environment_is_opened_as_json() -> None:
    assert json.loads(pulumi.opened(NAME)) == VALUES


@pytest.mark.usefixtures("program")
def test_the_organization_is_that_of_the_name_or_of_pulumi_org(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "names no organization" in refusal("default/production")
    monkeypatch.setenv("PULUMI_ORG", "an-org")
    assert json.loads(pulumi.opened("default/production")) == json.loads(pulumi.opened(NAME)) == VALUES
    monkeypatch.setenv("PULUMI_ORG", "another-org")
    assert "not of the organization that PULUMI_ORG names" in refusal()
    monkeypatch.setenv("PULUMI_ORG", "--help")
    assert "no name of an organization" in refusal("default/production")


@pytest.mark.usefixtures("program")
def test_the_guides_command_is_refused_by_the_stand_in_as_by_the_real_one() -> None:
    done = subprocess.run(
        [os.environ["PULUMI_BIN"], "env", "get", NAME, "--format", "shell"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (255, "error: unknown flag: --format\n")


@pytest.mark.usefixtures("program")
def test_without_a_login_it_says_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "no-such-token")
    assert "pulumi login" in refusal()
    monkeypatch.delenv("PULUMI_ACCESS_TOKEN")
    assert "pulumi login" in refusal()


def test_an_old_pulumi_is_called_old(program: Pulumi) -> None:
    program.set(old=True)
    assert "too old" in refusal()


def test_an_environment_that_is_not_there_is_told_in_the_words_of_pulumi(program: Pulumi) -> None:
    program.set(environments={})
    assert refusal() == f"cannot be opened: pulumi fails with status 255, [404] Not Found: environment {NAME} not found"


def test_what_fails_after_it_has_answered_is_not_repeated(program: Pulumi) -> None:
    program.set(status=3, complains="error: the-value-of-a-key is no good")
    assert refusal() == "cannot be opened: pulumi fails with status 3"


def test_its_own_token_is_not_repeated(program: Pulumi) -> None:
    program.set(says="", status=3, complains=f"error: {TOKEN} is no good")
    assert refusal() == "cannot be opened: pulumi fails with status 3"


def test_of_many_lines_it_says_the_first_error_if_that_is_a_known_one(program: Pulumi) -> None:
    said = "warning: a new version\nerror: [404] Not Found: no environment\nthe-value-of-a-key"
    program.set(says="", status=3, complains=said)
    assert refusal() == "cannot be opened: pulumi fails with status 3, [404] Not Found: no environment"


@pytest.mark.parametrize("said", ["error: cannot decrypt the-value-of-a-key", "the-value-of-a-key", ""])
def test_what_is_not_known_is_not_passed_on(program: Pulumi, said: str) -> None:
    program.set(says="", status=3, complains=said)
    assert refusal() == "cannot be opened: pulumi fails with status 3"


def test_a_pulumi_that_hangs_is_given_up_with_all_that_it_started(program: Pulumi) -> None:
    program.set(seconds=60)
    began = time.monotonic()
    assert refusal(seconds=0.2) == "cannot be opened: pulumi does not end within 0.2 s"
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert not any(str(program.folder) in line for line in command_lines())


def test_a_pulumi_that_is_killed_is_told_with_the_signal(program: Pulumi) -> None:
    program.set(dies=int(signal.SIGKILL))
    assert refusal() == "cannot be opened: pulumi was ended by SIGKILL"


def test_a_pulumi_that_is_not_there_or_no_program_is_told(program: Pulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    program.path.write_text("no program")
    assert "cannot be run: Exec format error" in refusal()
    monkeypatch.setenv("PULUMI_BIN", "no-such-program")
    assert refusal() == ("cannot be opened: no `no-such-program` on the PATH; install pulumi, or set PULUMI_BIN to it")


def test_nobody_can_answer_what_it_asks(program: Pulumi) -> None:
    program.path.write_text("#!/bin/sh\ncat; echo '{}'\n")
    assert pulumi.opened(NAME) == b"{}\n"
