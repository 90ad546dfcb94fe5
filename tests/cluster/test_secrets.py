"""The Secrets of both charts on a real cluster, from each source, and all that must not be done to those of others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cluster.applying import APP, CREDS, DV, GONG, PRODUCTION, WEBHOOK, Applying
from tests.cluster.handle import Cluster
from tests.cluster.shells import written

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@pytest.fixture
def here(cluster: Cluster, namespace: str, tmp_path: Path) -> Applying:
    return Applying(cluster, namespace, tmp_path)


def created(here: Applying, name: str, data: Mapping[str, str], *options: str) -> str:
    """As the guide makes it, with what kubectl says."""
    literals = [f"--from-literal={key}={value}" for key, value in data.items()]
    return here.kubectl("create", "secret", "generic", name, *literals, *options)


@pytest.mark.proves(7, "the Secrets of both charts come from variables, standard input and Pulumi ESC")
def test_both_charts_get_their_secrets_from_each_source(here: Applying) -> None:
    variables = here.variables("PROD")
    assert here.outcomes("prod", *DV, **variables) == {APP: "created", CREDS: "created"}
    assert here.outcomes("prod", *WEBHOOK) == {GONG: "created"}
    assert here.data(APP) == json.loads(variables["PROD_SECRETS_JSON"])
    assert here.data(CREDS) == {"creds.json": variables["PROD_CREDS_JSON"]}
    account = here.account
    assert here.data(GONG) == {
        "GONG_API_KEY": account["GONG_ACCESS_KEY"],
        "GONG_WEBHOOK_SECRETS": account["GONG_CLIENT_SECRET"],
        **{key: value for key, value in account.items() if key.startswith("SNOWFLAKE_")},
    }
    assert here.outcomes("stage", *WEBHOOK, f"--from={GONG}=stdin", stdin=json.dumps(account)) == {GONG: "updated"}
    given = (f"--from={APP}=pulumi:scoobyjava-org/default/chatbot", f"--from={CREDS}=stdin")
    assert here.outcomes("stage", *DV, *given, stdin='{"type": "other"}') == {APP: "updated", CREDS: "updated"}
    assert here.data(CREDS) == {"creds.json": '{"type": "other"}'}
    assert here.annotations(CREDS)["secrets/source"] == "stdin"
    assert here.annotations(GONG)["secrets/source"] == "stdin"
    assert here.annotations(APP)["secrets/source"] == "pulumi:scoobyjava-org/default/chatbot"


@pytest.mark.proves(7, "a rotation changes what has changed, says when, and an application without one writes nothing")
def test_a_rotation_is_told_by_key_and_what_is_so_already_is_not_written(here: Applying) -> None:
    here.outcomes("prod", *DV, **here.variables("PROD"))
    before = here.secret(APP)
    assert before["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "chartgen"}
    (manager,) = before["metadata"]["managedFields"]
    assert (manager["manager"], manager["operation"]) == ("chartgen-secrets", "Apply")
    assert here.outcomes("prod", *DV, **here.variables("PROD")) == {APP: "unchanged", CREDS: "unchanged"}
    assert here.secret(APP) == before
    (there,) = here.applied("prod", *DV, "--dry-run", **here.variables("PROD", redis="another", MORE="m-o-r-e"))[:1]
    assert (there["added"], there["changed"], there["removed"]) == (["MORE"], ["REDIS_URL"], [])
    assert here.secret(APP) == before
    here.kubectl("annotate", "secret", APP, "secrets/rotated-at=2026-01-02T03:04:05Z", "--overwrite")
    here.outcomes("prod", *DV, **here.variables("PROD"))
    assert here.annotations(APP)["secrets/rotated-at"] == "2026-01-02T03:04:05Z"
    here.outcomes("prod", *DV, **here.variables("PROD", MORE="m-o-r-e"))
    assert here.annotations(APP)["secrets/rotated-at"] > "2026-01-02T03:04:05Z"
    assert here.annotations(APP)["secrets/rotation-days"] == "90"
    (gone,) = here.applied("prod", *DV, **here.variables("PROD"))[:1]
    assert gone["removed"] == ["MORE"]
    assert set(here.data(APP)) == {"OPENAI_API_KEY", "REDIS_URL"}


@pytest.mark.proves(7, "a canary takes the Secrets of the environment beside which it runs")
def test_a_canary_takes_the_sources_of_what_it_runs_beside(here: Applying) -> None:
    here.outcomes("prod", *DV, **here.variables("PROD"))
    assert here.outcomes("canary", *DV, **here.variables("PROD")) == {APP: "unchanged", CREDS: "unchanged"}
    here.outcomes("prod", *WEBHOOK)
    assert here.outcomes("canary", *WEBHOOK) == {GONG: "unchanged"}


@pytest.mark.proves(7, "the guide's commands for Pulumi, and a rotation by them; one of them Pulumi itself refuses")
def test_the_guides_commands_for_pulumi_lead_to_a_secret(here: Applying) -> None:
    here.outcomes("prod", *WEBHOOK)
    assert "Logged in" in here.shell(written("gong pulumi login"))
    assert json.loads(here.shell(written("gong pulumi open"))) == here.opened
    assert "unknown flag: --format" in here.shell(written("gong pulumi get"))
    here.shell(written("gong pulumi set"))
    assert "`GONG_ACCESS_KEY` has one value at the top and another" in here.refused("prod", *WEBHOOK)
    here.hides("another-value-of-it")
    here.shell(written("gong pulumi set", {" GONG_ACCESS_KEY new-value": " GONG_ACCESS_KEY another-value-of-it"}))
    of_it = "scoobyjava-org/default/sophia-ai-production environmentVariables.GONG_ACCESS_KEY --secret --file -"
    here.shell(f"printf %s another-value-of-it | pulumi env set {of_it}")
    (found,) = here.applied("prod", *WEBHOOK)
    assert found["changed"] == ["GONG_API_KEY"]
    assert here.data(GONG)["GONG_API_KEY"] == "another-value-of-it"


@pytest.mark.proves(7, "a Secret of the guides' kubectl is taken over, and what it leaves behind is told or pruned")
def test_what_kubectl_has_made_is_taken_over_and_pruned(here: Applying) -> None:
    old = {"OPENAI_API_KEY": "an-old-key", "OLD": "an-older-key"}
    here.kubectl("apply", "-f-", stdin=created(here, APP, old, "--dry-run=client", "-o", "yaml"))
    here.hides(*old.values())
    created(here, CREDS, {"creds.json": "{}"})
    assert LAST_APPLIED in here.annotations(APP)
    found, creds = here.applied("prod", *DV, **here.variables("PROD"))
    by_kubectl = "kubectl-client-side-apply"
    assert found["outcome"] == creds["outcome"] == "updated"
    assert found["taken"] == [{"key": "OPENAI_API_KEY", "manager": by_kubectl}]
    assert found["kept"] == [{"key": "OLD", "manager": by_kubectl}]
    assert found["forgets"]
    assert creds["taken"] == [{"key": "creds.json", "manager": "kubectl-create"}]
    assert LAST_APPLIED not in here.annotations(APP)
    assert here.data(APP)["OLD"] == "an-older-key"
    (found, _) = here.applied("prod", *DV, "--prune", **here.variables("PROD"))
    assert (found["removed"], found["kept"]) == (["OLD"], [])
    assert set(here.data(APP)) == {"OPENAI_API_KEY", "REDIS_URL"}
    assert here.outcomes("prod", *DV, "--prune", **here.variables("PROD")) == {APP: "unchanged", CREDS: "unchanged"}


def test_a_value_that_is_so_already_was_set_when_it_was(here: Applying) -> None:
    created(here, APP, json.loads(here.variables("PROD")["PROD_SECRETS_JSON"]))
    made = here.secret(APP)["metadata"]["creationTimestamp"]
    here.outcomes("prod", *DV, **here.variables("PROD"))
    assert here.annotations(APP)["secrets/rotated-at"] == made


@pytest.mark.proves(7, "what an environment needs of Secrets is told against what is there, by the names of keys")
def test_a_check_tells_what_is_missing_empty_and_old(here: Applying) -> None:
    done = here.run("secrets", "check", "prod", *DV)
    assert done.returncode == 1
    assert [line.split() for line in done.stdout.splitlines() if line.startswith("  dv")] == [
        [APP, "missing"],
        [CREDS, "missing"],
    ]
    here.outcomes("prod", *DV, **here.variables("PROD"))
    assert here.run("secrets", "check", "prod", *DV).returncode == 0
    here.kubectl("annotate", "secret", APP, "secrets/rotated-at=2020-01-02T03:04:05Z", "--overwrite")
    patch = {"data": {"REDIS_URL": None, "OPENAI_API_KEY": "", "MORE": "bW9yZQ=="}}
    here.kubectl("patch", "secret", APP, "--type=merge", f"-p={json.dumps(patch)}")
    done = here.run("secrets", "check", "prod", *DV, "-o", "json")
    assert done.returncode == 1
    found, creds = json.loads(done.stdout)["checked"][0]["secrets"]
    assert (found["missing"], found["empty"], found["extra"]) == (["REDIS_URL"], ["OPENAI_API_KEY"], ["MORE"])
    assert (found["isWanting"], found["rotation"]["isDue"]) == (True, True)
    assert (creds["isWanting"], creds["rotation"]["isDue"]) == (False, False)
    here.impersonate("a-stranger", "configmaps", ("get",))
    done = here.run("secrets", "check", "prod", *DV)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"-a-stranger may not get secrets in namespace {here.namespace}" in done.stderr


@pytest.mark.parametrize("chart", [DV, WEBHOOK])
def test_of_each_chart_a_check_says_that_all_is_there_once_it_was_applied(
    here: Applying, chart: tuple[str, str]
) -> None:
    here.outcomes("prod", *chart, **here.variables("PROD"))
    assert here.run("secrets", "check", "prod", *chart).returncode == 0
    assert here.run("secrets", "check", "canary", *chart).returncode == 0


@pytest.mark.proves(
    7, "no secret value is in an output, a file, a child's environment or arguments, an event or a field"
)
def test_no_value_leaves_the_way_from_its_source_into_its_secret(here: Applying) -> None:
    here.slow()
    variables = here.variables("PROD")
    with here.watched() as seen:
        here.outcomes("prod", *DV, *(f"--from={CREDS}=stdin",), stdin=variables.pop("PROD_CREDS_JSON"), **variables)
        here.outcomes("prod", *WEBHOOK, *PRODUCTION, **variables)
        here.outcomes("prod", *WEBHOOK, *PRODUCTION, "--debug", **here.variables("PROD"))
    assert {"pulumi.py", "kubectl"} <= seen.programs
    assert seen.found == {}
    here.look_everywhere()
