"""What an environment needs of Secrets: what its manifests refer to, and what chartgen.yaml says."""

from __future__ import annotations

from typing import Any

from chartgen.config.model import ChartEntry, SecretEntry
from chartgen.delivery.checking import needs
from chartgen.manifests.parsing import as_object
from chartgen.model import KubeObject
from chartgen.outcomes import CheckedSecret

DECLARED = SecretEntry("app", keys={"KEY": "A", "MORE": "B"}, required=("KEY",))


def obj(kind: str, api: str = "v1", namespace: str = "", name: str = "x", **body: Any) -> KubeObject:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return as_object({"apiVersion": api, "kind": kind, "metadata": metadata, **body}, "a.yaml")


def pod(*references: dict[str, Any], namespace: str = "") -> KubeObject:
    env = [{"name": "A", "valueFrom": {"secretKeyRef": each}} for each in references]
    return obj("Pod", namespace=namespace, spec={"containers": [{"env": env}]})


def needed(*objects: KubeObject, **secrets: SecretEntry) -> list[CheckedSecret]:
    return list(needs(objects, ChartEntry("web", "charts/web", {}, secrets=secrets), "web"))


def test_what_chartgen_yaml_declares_is_needed_with_what_it_requires() -> None:
    (found,) = needed(app=DECLARED)
    assert (found.name, found.namespace, found.needed_by) == ("app", "web", ("chartgen.yaml",))
    assert (found.needed, found.optional, found.is_wanting) == (("KEY",), ("MORE",), True)


def test_what_manifests_refer_to_is_needed_with_its_keys() -> None:
    (found,) = needed(
        pod({"name": "app", "key": "URL"}, {"name": "app", "key": "MORE", "optional": True}), app=DECLARED
    )
    assert (found.needed_by, found.needed, found.optional) == (("chartgen.yaml", "Pod/x"), ("KEY", "URL"), ("MORE",))


def test_what_is_optional_everywhere_is_needed_by_nobody() -> None:
    (found,) = needed(pod({"name": "app", "key": "URL", "optional": True}))
    assert (found.needed_by, found.needed, found.optional, found.is_wanting) == ((), (), ("URL",), False)


def test_another_namespace_has_a_secret_of_its_own() -> None:
    found = needed(pod({"name": "app", "key": "URL"}, namespace="other"), app=DECLARED)
    assert [(each.namespace, each.needed) for each in found] == [("web", ("KEY",)), ("other", ("URL",))]


def test_what_the_chart_renders_is_not_needed_from_elsewhere() -> None:
    assert needed(pod({"name": "own", "key": "URL"}), obj("Secret", name="own")) == []


def test_what_a_controller_makes_is_told_with_its_maker() -> None:
    certificate = obj("Certificate", "cert-manager.io/v1", spec={"secretName": "tls"})
    (found,) = needed(pod({"name": "tls", "key": "tls.crt"}), certificate)
    assert (found.made_by, found.is_wanting) == ("Certificate/x", False)


def test_what_a_controller_only_fills_has_to_be_brought() -> None:
    filled = obj("VaultStaticSecret", "secrets.hashicorp.com/v1beta1", spec={"destination": {"name": "app"}})
    (found,) = needed(pod({"name": "app", "key": "URL"}), filled)
    assert (found.made_by, found.is_wanting) == ("", True)


def test_a_certificate_of_an_ingress_is_its_issuers_unless_it_is_declared() -> None:
    ingress = obj("Ingress", "networking.k8s.io/v1", spec={"tls": [{"secretName": "tls"}]})
    (found,) = needed(ingress)
    assert (found.made_by, found.is_wanting) == ("who issues certificates", False)
    (found,) = needed(ingress, tls=SecretEntry("tls"))
    assert (found.made_by, found.is_wanting) == ("", True)
