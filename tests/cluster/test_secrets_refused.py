"""What `chartgen secrets apply` refuses on a real cluster, and how: nothing is half-done, and nothing is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chartgen.delivery.desired import wanted
from chartgen.delivery.origins import Origins
from chartgen.delivery.secrets import Way, apply
from chartgen.delivery.withheld import Withheld, sources_of
from chartgen.errors import ClusterError
from chartgen.sources.files import open_repository
from tests.cluster.applying import APP, CREDS, DV, WEBHOOK, Applying
from tests.cluster.configured import CONTEXT
from tests.cluster.handle import Cluster
from tests.cluster.waiting import eventually


@pytest.fixture
def here(cluster: Cluster, namespace: str, tmp_path: Path) -> Applying:
    return Applying(cluster, namespace, tmp_path)


OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "a Helm release": ("belongs to the Helm release web", {"annotations": {"meta.helm.sh/release-name": "web"}}),
    "Helm's label": ("belongs to Helm", {"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
    "an owner": (
        "belongs to ExternalSecret/web",
        {"ownerReferences": [{"apiVersion": "v1", "kind": "ExternalSecret", "name": "web", "uid": "a"}]},
    ),
}


@pytest.mark.proves(7, "a Secret of somebody else is left as it is, and so are all others of that run")
@pytest.mark.parametrize("who", OTHERS)
def test_a_secret_of_somebody_else_is_left_alone(here: Applying, who: str) -> None:
    words, metadata = OTHERS[who]
    here.make(CREDS, metadata)
    before = here.secret(CREDS)
    assert words in here.refused("prod", *DV, **here.variables("PROD"))
    assert here.secret(CREDS) == before
    assert not here.exists(APP)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("is of type kubernetes.io/basic-auth", {"type": "kubernetes.io/basic-auth"}),
        ("is immutable", {"immutable": True}),
    ],
)
def test_a_secret_of_another_kind_is_left_alone(here: Applying, words: str, fields: dict[str, Any]) -> None:
    here.make(CREDS, {}, **fields)
    assert words in here.refused("prod", *DV, **here.variables("PROD"))
    assert not here.exists(APP)


@pytest.mark.proves(7, "whoever lacks a right is told which, and nothing is half-done")
@pytest.mark.parametrize(
    ("verbs", "before", "lacking"),
    [
        (("patch", "create"), [APP, CREDS], "get"),
        (("get", "create"), [APP, CREDS], "patch"),
        (("get", "patch"), [], "create"),
    ],
)
def test_each_right_that_is_lacking_is_named(
    here: Applying, verbs: tuple[str, ...], before: list[str], lacking: str
) -> None:
    if before:
        here.outcomes("prod", *DV, **here.variables("PROD"))
    here.impersonate("a-deployer", "secrets", verbs)
    said = here.refused("prod", *DV, **here.variables("PROD", redis="another"))
    assert f"-a-deployer may not {lacking} secrets in namespace {here.namespace}" in said
    assert "nothing is written" in said
    assert [name for name in (APP, CREDS) if here.exists(name)] == before
    here.impersonate("a-deployer", "secrets", ("get", "patch", "create"))
    assert set(here.outcomes("prod", *DV, **here.variables("PROD")).values()) <= {"created", "unchanged"}


def test_who_may_patch_one_secret_and_not_the_other_writes_neither(here: Applying) -> None:
    here.outcomes("prod", *DV, **here.variables("PROD"))
    before = here.secret(APP), here.secret(CREDS)
    here.impersonate("a-deployer", "secrets", ("get",))
    here.impersonate("a-deployer", "secrets", ("patch",), APP)
    assert CREDS in here.refused("prod", *DV, **here.variables("PROD", redis="another", creds="another"))
    assert (here.secret(APP), here.secret(CREDS)) == before


@pytest.fixture
def policy(here: Applying) -> Iterator[str]:
    """An admission policy for this namespace, whose words repeat a value."""
    name = f"{here.namespace}-says-values"
    expression = (
        "'refused: ' + (has(object.data) ? object.data.map(k, k + '=' + string(object.data[k])).join(',') : '')"
    )
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["secrets"]}
    only_here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": here.namespace}}}
    spec = {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "!has(object.data)", "messageExpression": expression}],
    }
    binding = {"policyName": name, "validationActions": ["Deny"], "matchResources": only_here}
    kinds = {"ValidatingAdmissionPolicy": spec, "ValidatingAdmissionPolicyBinding": binding}
    for kind, each in kinds.items():
        version = "admissionregistration.k8s.io/v1"
        here.cluster.apply({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": each})
    yield name
    for kind in kinds:
        here.cluster.kubectl("delete", kind, name)


@pytest.mark.proves(7, "an admission policy that repeats a value is named, and its words are not passed on")
def test_the_words_of_an_admission_policy_are_not_passed_on(here: Applying, policy: str) -> None:
    probe = json.dumps(here.object("probe", {}, data={"KEY": "dGhlIHZhbHVl"}))

    def repeats() -> bool:
        said = here.cluster.run(
            "kubectl", "-n", here.namespace, "create", "-f-", "--dry-run=server", stdin=probe
        ).stderr
        return "dGhlIHZhbHVl" in said

    eventually(repeats, "the policy repeats a value")
    said = here.refused("prod", *DV, "--debug", **here.variables("PROD"))
    assert f"the admission policy {policy} refuses it" in said
    assert not here.exists(APP)


def test_a_webhook_that_does_not_answer_is_named(here: Applying) -> None:
    name = f"{here.namespace}.example.com"
    hook = {
        "name": name,
        "clientConfig": {"service": {"namespace": here.namespace, "name": "nobody"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["secrets"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": here.namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
    }
    version, kind = "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"
    here.cluster.apply({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "webhooks": [hook]})
    probe = json.dumps(here.object("probe", {}, data={}))
    command = ("kubectl", "-n", here.namespace, "create", "-f-", "--dry-run=server")
    try:
        eventually(lambda: here.cluster.run(*command, stdin=probe).returncode, "the webhook is asked")
        said = here.refused("prod", *DV, **here.variables("PROD"))
    finally:
        here.cluster.kubectl("delete", kind, name)
    assert f"the admission webhook {name} does not answer" in said


def test_a_quota_that_is_used_up_is_named(here: Applying) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": {"secrets": "0"}},
    }
    here.cluster.apply(quota, namespace=here.namespace)
    eventually(lambda: here.cluster.json("resourcequotas", "few", namespace=here.namespace).get("status"), "it counts")
    assert "the quota few is used up" in here.refused("prod", *DV, **here.variables("PROD"))


def test_a_namespace_that_is_not_there_or_going_is_told(here: Applying) -> None:
    held = {"name": "held", "finalizers": ["example.com/held"]}
    here.cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": held}, namespace=here.namespace)
    here.cluster.kubectl("delete", "namespace", here.namespace, "--wait=false")
    try:
        said = here.refused("prod", *DV, **here.variables("PROD"))
    finally:
        here.kubectl("patch", "configmap", "held", "--type=merge", '-p={"metadata":{"finalizers":null}}')
    assert f"the namespace {here.namespace} is being deleted" in said
    gone = Applying(here.cluster, "t-no-such-namespace", here.folder / "gone")
    assert "there is no namespace t-no-such-namespace" in gone.refused("prod", *DV, **gone.variables("PROD"))


def test_a_context_that_is_not_there_is_told_before_a_value_is_read(here: Applying) -> None:
    here.write_kubeconfig()
    here.kubeconfig.write_text(here.kubeconfig.read_text().replace(CONTEXT, "another-context"))
    here.pulumi.path.unlink()
    assert f'context "{CONTEXT}" does not exist' in here.refused("prod", *WEBHOOK)


def applying(here: Applying, monkeypatch: pytest.MonkeyPatch, told: Callable[[str], None], *given: str) -> None:
    """In this process, where `told` hears what is about to be done."""
    for name, value in {**here.environment, **here.variables("PROD", *given)}.items():
        monkeypatch.setenv(name, value)
    repository = open_repository(here.folder / "chartgen.yaml")
    secrets = wanted(repository, repository.entries(["dv-pipecat"]), "prod", {})
    withheld = Withheld()
    withheld.take(sources_of(repository.config))
    apply(secrets, Origins(withheld, None), Way(datetime.now(UTC)), told)


@pytest.mark.proves(7, "who is stopped between two Secrets finishes the second time")
def test_who_is_stopped_between_two_secrets_finishes_the_second_time(
    here: Applying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(what: str) -> None:
        if what == f"writing {CREDS}":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        applying(here, monkeypatch, stop)
    assert (here.exists(APP), here.exists(CREDS)) == (True, False)
    assert here.outcomes("prod", *DV, **here.variables("PROD")) == {APP: "unchanged", CREDS: "created"}


@pytest.mark.parametrize(
    ("name", "state"),
    [(APP, f"written: nothing; not finished: {APP}, {CREDS}"), (CREDS, f"written: {APP}; not finished: {CREDS}")],
)
def test_what_has_changed_since_it_was_looked_at_is_not_written(
    here: Applying, monkeypatch: pytest.MonkeyPatch, name: str, state: str
) -> None:
    here.outcomes("prod", *DV, **here.variables("PROD"))

    def interfere(what: str) -> None:
        if what == f"writing {name}":
            here.kubectl("annotate", "secret", name, "somebody=else")

    with pytest.raises(ClusterError) as caught:
        applying(here, monkeypatch, interfere, "another-account", "another")
    assert caught.value.message == f"{name}: somebody else has changed it meanwhile: run this again"
    assert caught.value.hint == state


@pytest.mark.proves(7, "a chart that is declared twice brings each Secret to its own cluster, or none")
def test_two_entries_of_one_chart_are_two(here: Applying) -> None:
    charts = {
        name: {
            "path": "charts/dv-pipecat",
            "secrets": {name: {"from": {"prod": "variable:PROD_SECRETS_JSON"}}},
            "environments": {"prod": {"namespace": here.namespace, "context": context}},
        }
        for name, context in (("first", "of-another-cluster"), ("second", CONTEXT))
    }
    (here.folder / "chartgen.yaml").write_text(json.dumps({"charts": charts}))
    variables = here.variables("PROD")
    assert 'context "of-another-cluster" does not exist' in here.refused("prod", **variables)
    assert [name for name in charts if here.exists(name)] == []
    assert here.outcomes("prod", "-c", "second", **variables) == {"second": "created"}
    assert not here.exists("first")
