"""The commands of the Gong guide about Pulumi ESC, by a stand-in with its flags, and what replaces them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.configured import Configured
from tests.cluster.guided import ACCOUNT
from tests.cluster.handle import Cluster
from tests.cluster.shells import Shell
from tests.servers.pulumi import Pulumi

ENVIRONMENT = "scoobyjava-org/default/sophia-ai-production"
WEBHOOK = ("-c", "gong-webhook")
Record = Callable[[str, object], None]


@pytest.mark.proves(4, "the Gong guide's secrets from Pulumi ESC, by a stand-in, and what replaces its steps")
def test_secrets_come_from_pulumi_by_chartgen_and_a_new_value_after_a_rotation(
    cluster: Cluster, namespace: str, tmp_path: Path, record_property: Record
) -> None:
    (tmp_path / "shell").mkdir()
    here, shell = Configured(cluster, namespace, tmp_path), Shell(cluster, namespace, tmp_path / "shell")
    pulumi = Pulumi(tmp_path / "bin", {ENVIRONMENT: {"environmentVariables": ACCOUNT}})
    path = f"{pulumi.folder}:{shell.environment['PATH']}"
    variables = {**pulumi.variables, "PATH": path}
    assert "PULUMI_ACCESS_TOKEN must be set" in shell.guide("gong pulumi login", PATH=path).stderr
    for name in ("gong pulumi login", "gong pulumi open", "gong pulumi get", "gong pulumi set"):
        done = shell.guide(name, {}, **variables)
        assert ("unknown flag: --format" in done.stderr) == (name == "gong pulumi get")
        assert (ACCOUNT["GONG_ACCESS_KEY"] in done.stdout) == (name == "gong pulumi open")
        record_property("command", name)
    # `env set` has written beside what was there: which of the two is meant is not to be guessed
    twice = here.run("secrets", "apply", "prod", *WEBHOOK, **variables)
    assert "`GONG_ACCESS_KEY` has one value at the top and another under `environmentVariables`" in twice.stderr
    for account in (ACCOUNT, {**ACCOUNT, "GONG_ACCESS_KEY": "new-value"}):
        pulumi.set(environments={ENVIRONMENT: account})
        done = here.run("secrets", "apply", "prod", *WEBHOOK, **variables)
        assert done.returncode == 0, done.stderr
        assert secret(here)["GONG_API_KEY"] == account["GONG_ACCESS_KEY"]
    assert "GONG_API_KEY" in done.stdout
    assert "new-value" not in done.stdout
    assert here.run("secrets", "check", "prod", *WEBHOOK, **variables).returncode == 0


def secret(here: Configured) -> dict[str, str]:
    found = here.cluster.kubectl("get", "secret", "gong-webhook-secrets", "--output=json", namespace=here.namespace)
    return {key: b64decode(value).decode() for key, value in json.loads(found)["data"].items()}
