"""The rights to deploy follow from what is printed, each by name where a name can hold it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chartgen import pipeline
from chartgen.delivery.access import Access, access, subjects
from chartgen.errors import UsageError
from chartgen.goyaml import loader
from chartgen.helm import sdk
from chartgen.manifests import parsing
from chartgen.model import KubeObject, Target
from chartgen.sources.files import open_repository
from tests.unit.chartgen.targets import PROD
from tools.golden import ROOT

TARGET = PROD._replace(release="web", namespace="shop")
DEPLOYER = subjects(["me@example.com"], [], [], "shop")
WRITES = {"create", "update", "patch", "delete", "deletecollection"}
MANIFEST = """
apiVersion: {version}
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}, annotations: {annotations}}}
"""
WORDS = ("y", "no", "null", "1e3", "0x1f", "0o17", "12:30", "1.10", "~", "true", "a: b", "-", "#x", "2026-01-02")


def printed(kind: str, version: str = "v1", name: str = "web", namespace: str = '""', **annotations: str) -> KubeObject:
    said = {f"helm.sh/{key.replace('_', '-')}": value for key, value in annotations.items()}
    text = MANIFEST.format(version=version, kind=kind, name=name, namespace=namespace, annotations=said)
    (found,) = parsing.parse("t.yaml", text)
    return found


def of(*objects: KubeObject, target: Target = TARGET, secrets: tuple[str, ...] = ()) -> Access:
    return access(target, objects, secrets, DEPLOYER)


def bodies(found: Access) -> list[Any]:
    return [document.obj.body for document in found.documents]


def rules(*objects: KubeObject, secrets: tuple[str, ...] = ()) -> list[Any]:
    return list(bodies(of(*objects, secrets=secrets))[0]["rules"])


def verbs(found: list[Any], resource: str, name: str = "") -> set[str]:
    """What may be done to an object of that name, or without one to any object."""
    chosen = [rule for rule in found if resource in rule["resources"]]
    return {
        verb for rule in chosen if name in rule.get("resourceNames", () if name else ("",)) for verb in rule["verbs"]
    }


def test_an_object_is_made_changed_and_deleted_by_its_name_alone() -> None:
    found = rules(printed("Deployment", "apps/v1"), printed("Service", name="front"))
    assert verbs(found, "deployments", "web") == {"get", "create", "patch", "delete"}
    assert verbs(found, "services", "front") == {"get", "create", "patch", "delete"}
    assert verbs(found, "services", "web") == set()
    assert verbs(found, "deployments") == verbs(found, "services") == {"list", "watch"}


def test_only_what_no_name_can_hold_is_written_without_one() -> None:
    found = rules(printed("Deployment", "apps/v1"), printed("Secret"), printed("Pod", hook="test"), secrets=("db",))
    nameless = [rule for rule in found if "resourceNames" not in rule and WRITES & {*rule["verbs"]}]
    assert [rule["resources"] for rule in nameless] == [["secrets"], ["leases"]]
    assert verbs(found, "secrets") == {"get", "list", "watch", "create", "update", "delete"}
    assert verbs(found, "leases") == {"create"}


def test_secrets_that_are_applied_or_printed_are_patched_by_name() -> None:
    found = rules(printed("Secret", name="own"), secrets=("db",))
    assert verbs(found, "secrets", "own") == verbs(found, "secrets", "db") == {"patch"}
    assert "watch" not in verbs(rules(printed("ConfigMap"), secrets=("db",)), "secrets")
    assert "patch" not in str(rules(printed("Service"))[2])


def test_a_hook_is_made_anew_and_only_a_test_is_read() -> None:
    found = rules(printed("Pod", name="smoke", hook="test"), printed("Job", "batch/v1", hook="pre-upgrade"))
    assert verbs(found, "pods", "smoke") == {"get", "create", "patch", "delete"}
    assert verbs(found, "pods/log", "smoke") == {"get"}
    assert verbs(found, "jobs", "web") == {"create", "patch", "delete"}
    assert verbs(found, "pods/log") == set()


def test_pods_are_listed_only_where_there_are_some() -> None:
    assert verbs(rules(printed("ConfigMap")), "pods") == verbs(rules(printed("ConfigMap")), "events") == set()
    assert verbs(rules(printed("StatefulSet", "apps/v1")), "pods") == {"list"}
    assert verbs(rules(printed("StatefulSet", "apps/v1")), "replicasets") == set()
    assert verbs(rules(printed("Deployment", "apps/v1")), "replicasets") == {"list"}


def test_what_helm_keeps_and_what_holds_all_else_is_not_deleted() -> None:
    kept = printed("PersistentVolumeClaim", resource_policy="keep")
    assert verbs(rules(kept), "persistentvolumeclaims", "web") == {"get", "create", "patch"}
    _, _, cluster, _ = bodies(of(printed("Namespace", name="shop")))
    assert verbs(cluster["rules"], "namespaces", "shop") == {"get", "create", "patch"}


def test_objects_of_the_cluster_and_of_other_namespaces_have_roles_of_their_own() -> None:
    found = bodies(of(printed("ClusterRole", "rbac.authorization.k8s.io/v1"), printed("ConfigMap", namespace="other")))
    places = [(each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]) for each in found]
    assert places == [
        ("Role", "shop", "chartgen-deployer-web"),
        ("RoleBinding", "shop", "chartgen-deployer-web"),
        ("ClusterRole", "", "chartgen-deployer-shop-web"),
        ("ClusterRoleBinding", "", "chartgen-deployer-shop-web"),
        ("Role", "other", "chartgen-deployer-shop-web"),
        ("RoleBinding", "other", "chartgen-deployer-shop-web"),
    ]
    assert verbs(found[4]["rules"], "secrets") == set()
    assert {each["roleRef"]["kind"] for each in found if "roleRef" in each} == {"Role", "ClusterRole"}
    assert all(each["roleRef"]["name"] == each["metadata"]["name"] for each in found if "roleRef" in each)


@pytest.mark.parametrize(("namespace", "roles"), [("shop", 2), ("kube-system", 1)])
def test_a_cluster_that_is_told_by_its_uid_may_be_asked_for_it(namespace: str, roles: int) -> None:
    target = TARGET._replace(namespace=namespace, cluster_uid="5d2b")
    found = [each for each in bodies(of(printed("ConfigMap"), target=target)) if each["kind"] == "Role"]
    assert len(found) == roles
    assert found[-1]["metadata"]["namespace"] == "kube-system"
    assert verbs(found[-1]["rules"], "namespaces", "kube-system") == {"get"}


def test_a_name_that_the_api_server_makes_cannot_be_asked_for() -> None:
    text = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: once-}\n"
    assert "create" in verbs(rules(*parsing.parse("t.yaml", text)), "jobs")


def test_a_chart_that_grants_rights_is_told_and_gets_no_more_than_those_objects() -> None:
    found = of(printed("Role", "rbac.authorization.k8s.io/v1"), printed("ConfigMap"))
    (note,) = found.notes
    assert "Role/web" in note
    assert verbs(bodies(found)[0]["rules"], "roles", "web") == {"get", "create", "patch", "delete"}
    assert "roles" not in str(rules(printed("ConfigMap")))


def test_without_a_subject_there_is_a_role_alone_and_a_word_on_how_to_bind_it() -> None:
    found = access(TARGET, [printed("ConfigMap")], (), ())
    assert [each["kind"] for each in bodies(found)] == ["Role"]
    assert "--user" in found.notes[0]


def test_a_longest_release_has_a_role_that_the_api_server_takes() -> None:
    names = [each["metadata"]["name"] for each in bodies(of(target=TARGET._replace(release="r" * 53)))]
    assert all(len(name) <= 253 for name in names)


def test_users_groups_and_service_accounts_are_bound() -> None:
    found = subjects(["u"], ["g"], ["a", "ci:b"], "shop")
    assert [each.body() for each in found] == [
        {"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "ServiceAccount", "name": "a", "namespace": "shop"},
        {"kind": "ServiceAccount", "name": "b", "namespace": "ci"},
    ]


@pytest.mark.parametrize(
    "name", ["system:authenticated", "system:unauthenticated", "system:anonymous", "", " a", "a\n"]
)
def test_everybody_and_nobody_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        subjects([], [name], [], "shop")


@pytest.mark.parametrize("account", ["", "A", "a:b:c", "ci:", ":a b", "system:serviceaccount:ci:a"])
def test_what_is_no_service_account_is_refused(account: str) -> None:
    with pytest.raises(UsageError, match="is no service account"):
        subjects([], [], [account], "shop")


@given(st.sampled_from(WORDS) | st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1))
def test_the_text_means_the_same_to_every_reader_whatever_a_name_is(name: str) -> None:
    service = parsing.as_object({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}, "t.yaml")
    (document,) = access(TARGET, [service], (), ()).documents
    assert yaml.safe_load(document.text) == document.obj.body
    assert yaml.load(document.text, loader.Loader) == document.obj.body  # noqa: S506  a safe one, of Go's YAML


def test_two_tracks_of_a_chart_write_nothing_of_each_other_by_name() -> None:
    repository = open_repository(ROOT / "chartgen.yaml")
    for entry in repository.config.charts.values():
        stable, canary = (written(repository.target(entry, track)) for track in ("prod", "canary"))
        assert stable
        assert canary
        assert stable & canary == set()


def written(target: Target) -> set[tuple[str, str]]:
    """The kinds and names of what may be changed."""
    documents = pipeline.documents(target, sdk)
    objects = [obj for each in documents for obj in parsing.remembered(each.template, each.text)]
    role, _ = bodies(of(*objects, target=target))
    return {
        (resource, name)
        for rule in role["rules"]
        if WRITES & {*rule["verbs"]}
        for resource in rule["resources"]
        for name in rule.get("resourceNames", ())
    }
