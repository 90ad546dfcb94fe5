"""What gong-webhook's values.schema.json refuses and accepts, and that it knows the keys that values.yaml has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from chartgen.errors import ChartgenError
from tests.charts.conftest import CHARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.charts.conftest import Render

CHART = CHARTS / "gong-webhook"
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
PEER = "/networkPolicy/egress/redis/to/0"


def host(path: str, path_type: str = "Prefix", name: str = "gong.example") -> dict[str, Any]:
    return {"ingress": {"hosts": [{"host": name, "paths": [{"path": path, "pathType": path_type}]}]}}


def redis_peer(peer: dict[str, Any]) -> dict[str, Any]:
    return {"networkPolicy": {"egress": {"redis": {"to": [peer]}}}}


# values on top of stage's, where the refusal points
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"replicas": 3}, "'replicas'"),
    ({"image": {"name": "x"}}, "'name'"),
    ({"environment": "production"}, "/environment"),
    ({"environment": "prod", "image": {"tag": "latest"}}, "/image/tag"),
    ({"environment": "prod", "config": {"GONG_API_BASE_URL": "http://api.gong.io"}}, "/config/GONG_API_BASE_URL"),
    ({"environment": "prod", "config": {"PUBLIC_WEBHOOK_URL": "http://x.example"}}, "/config/PUBLIC_WEBHOOK_URL"),
    ({"releaseTrack": "beta"}, "/releaseTrack"),
    ({"releaseTrack": "canary", "service": {"create": True}}, "/service/create"),
    ({"replicaCount": -1}, "/replicaCount"),
    ({"replicaCount": "3"}, "/replicaCount"),
    ({"image": {"repository": "sophia-ai/gong:v1"}}, "/image/repository"),
    ({"image": {"tag": "v1 "}}, "/image/tag"),
    ({"image": {"tag": 1.5}}, "/image/tag"),
    ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
    ({"image": {"pullPolicy": "always"}}, "/image/pullPolicy"),
    ({"imagePullSecrets": ["registry"]}, "/imagePullSecrets/0"),
    ({"config": {"LOGLEVEL": "DEBUG"}}, "'LOGLEVEL'"),
    ({"config": {"LOG_LEVEL": "debug"}}, "/config/LOG_LEVEL"),
    ({"config": {"HOST": "localhost"}}, "/config/HOST"),
    ({"config": {"PORT": 80}}, "/config/PORT"),
    ({"config": {"PORT": "80"}}, "/config/PORT"),
    ({"config": {"PORT": None}}, "'PORT'"),
    ({"config": {"WORKERS": "0"}}, "/config/WORKERS"),
    ({"config": {"GONG_API_BASE_URL": "https://api.gong.io/v2"}}, "/config/GONG_API_BASE_URL"),
    ({"config": {"GONG_API_RATE_LIMIT": "0.0"}}, "/config/GONG_API_RATE_LIMIT"),
    ({"config": {"GONG_API_BURST_LIMIT": 2.5}}, "/config/GONG_API_BURST_LIMIT"),
    ({"config": {"SNOWFLAKE_WAREHOUSE": "COMPUTE-WH"}}, "/config/SNOWFLAKE_WAREHOUSE"),
    ({"config": {"SNOWFLAKE_DATABASE": ""}}, "/config/SNOWFLAKE_DATABASE"),
    ({"config": {"SNOWFLAKE_SCHEMA": "a.b"}}, "/config/SNOWFLAKE_SCHEMA"),
    ({"config": {"REDIS_URL": "redis://:password@redis:6379"}}, "/config/REDIS_URL"),
    ({"config": {"MAX_RETRY_ATTEMPTS": 0}}, "/config/MAX_RETRY_ATTEMPTS"),
    ({"config": {"INITIAL_RETRY_DELAY": "1s"}}, "/config/INITIAL_RETRY_DELAY"),
    ({"config": {"MAX_RETRY_DELAY": 0}}, "/config/MAX_RETRY_DELAY"),
    ({"config": {"WEBHOOK_TIMEOUT_SECONDS": "30.5"}}, "/config/WEBHOOK_TIMEOUT_SECONDS"),
    ({"config": {"PUBLIC_WEBHOOK_URL": "gong.example/webhooks/gong"}}, "/config/PUBLIC_WEBHOOK_URL"),
    ({"env": [{"name": "A", "value": 1}]}, "/env/0/value"),
    ({"env": [{"name": "A B", "value": ""}]}, "/env/0/name"),
    ({"env": [{"name": "SECRETS_ROTATED_AT", "value": ""}]}, "/env/0/name"),
    ({"env": [{"name": "RUN_DIR", "value": "/data"}]}, "/env/0/name"),
    ({"secretsRevision": "a b"}, "/secretsRevision"),
    ({"secretsRotatedAt": "2026-01-31"}, "/secretsRotatedAt"),
    ({"secretsRotationDays": 0}, "/secretsRotationDays"),
    ({"podAnnotations": {"checksum/config": "x"}}, "'checksum/config'"),
    ({"podLabels": {"version": "x"}}, "'version'"),
    ({"podLabels": {"team": "a b"}}, "/podLabels/team"),
    ({"resources": {"requests": {"gpu": 1}}}, "'gpu'"),
    ({"resources": {"requests": {"cpu": "1Gi"}}}, "/resources/requests/cpu"),
    ({"resources": {"limits": {"memory": "512m"}}}, "/resources/limits/memory"),
    ({"resources": {"limits": {"ephemeral-storage": "1GB"}}}, "/resources/limits/ephemeral-storage"),
    ({"tmpSizeLimit": "1GB"}, "/tmpSizeLimit"),  # noqa: S108 - a key
    ({"nodeSelector": {"a": 1}}, "/nodeSelector/a"),
    ({"tolerations": [{"effect": "NoRun"}]}, "/tolerations/0/effect"),
    ({"affinity": {"podAntiAfinity": {}}}, "'podAntiAfinity'"),
    ({"topologySpread": {"maxSkew": 0}}, "/topologySpread/maxSkew"),
    ({"probes": {"startup": {"periodSeconds": 0}}}, "/probes/startup/periodSeconds"),
    ({"probes": {"readiness": {"timeoutSeconds": 0}}}, "/probes/readiness/timeoutSeconds"),
    ({"probes": {"liveness": {"failureThreshold": 0}}}, "/probes/liveness/failureThreshold"),
    ({"preStopSleepSeconds": -1}, "/preStopSleepSeconds"),
    ({"terminationGracePeriodSeconds": 0}, "/terminationGracePeriodSeconds"),
    ({"strategy": {"maxSurge": "25"}}, "/strategy/maxSurge"),
    ({"strategy": {"maxUnavailable": "101%"}}, "/strategy/maxUnavailable"),
    ({"revisionHistoryLimit": -1}, "/revisionHistoryLimit"),
    ({"progressDeadlineSeconds": 0}, "/progressDeadlineSeconds"),
    ({"worker": {"replicaCount": 11}}, "/worker/replicaCount"),
    ({"worker": {"resources": {"limits": {"memory": "512m"}}}}, "/worker/resources/limits/memory"),
    ({"worker": {"affinity": {"podAntiAfinity": {}}}}, "'podAntiAfinity'"),
    ({"worker": {"terminationGracePeriodSeconds": 0}}, "/worker/terminationGracePeriodSeconds"),
    ({"worker": {"args": []}}, "'args'"),
    ({"service": {"port": 0}}, "/service/port"),
    ({"serviceAccount": {"name": "Gong"}}, "/serviceAccount/name"),
    ({"ingress": {"className": ""}}, "/ingress/className"),
    ({"ingress": {"clusterIssuer": "Let's Encrypt"}}, "/ingress/clusterIssuer"),
    ({"ingress": {"annotations": {"a": True}}}, "/ingress/annotations/a"),
    (host("/metrics"), "/ingress/hosts/0/paths/0/path"),
    (host("/"), "/ingress/hosts/0/paths/0/path"),
    (host("/health*"), "/ingress/hosts/0/paths/0/path"),
    (host("/webhooks"), "/ingress/hosts/0/paths/0/path"),
    (host("/health", "prefix"), "/ingress/hosts/0/paths/0/pathType"),
    (host("/health", name="*.example"), "/ingress/hosts/0/host"),
    (host("/health", name="https://gong.example"), "/ingress/hosts/0/host"),
    ({"ingress": {"tls": [{"hosts": ["gong.example"]}]}}, "'secretName'"),
    ({"autoscaling": {"minReplicas": 0}}, "/autoscaling/minReplicas"),
    ({"autoscaling": {"maxReplicas": 0}}, "/autoscaling/maxReplicas"),
    ({"autoscaling": {"targetCPUUtilizationPercentage": 0}}, "/autoscaling/targetCPUUtilizationPercentage"),
    ({"autoscaling": {"targetMemoryUtilizationPercentage": "80%"}}, "/autoscaling/targetMemoryUtilizationPercentage"),
    ({"autoscaling": {"scaleDownStabilizationSeconds": 3601}}, "/autoscaling/scaleDownStabilizationSeconds"),
    ({"podDisruptionBudget": {"minAvailable": "two"}}, "/podDisruptionBudget/minAvailable"),
    ({"networkPolicy": {"ingress": {"controller": {"podLabels": {"app.kubernetes.io/name": None}}}}}, "/podLabels"),
    ({"networkPolicy": {"ingress": {"prometheus": {"namespaceLabels": {"a": "b c"}}}}}, "/namespaceLabels/a"),
    ({"networkPolicy": {"egress": {"except": ["169.254.169.254"]}}}, "/networkPolicy/egress/except/0"),
    ({"networkPolicy": {"egress": {"except": ["fd00::/8"]}}}, "/networkPolicy/egress/except/0"),
    ({"networkPolicy": {"egress": {"redis": {"port": 65536}}}}, "/networkPolicy/egress/redis/port"),
    (redis_peer({}), PEER),
    (redis_peer({"ipBlock": {"cidr": "10.0.0.0"}}), f"{PEER}/ipBlock/cidr"),
    (redis_peer({"podSelector": {"app": "redis"}}), f"{PEER}/podSelector"),
    ({"networkPolicy": {"extraEgress": [{"ports": [{"protocol": "tcp"}]}]}}, "/ports/0/protocol"),
    ({"serviceMonitor": {"interval": "30"}}, "/serviceMonitor/interval"),
    ({"serviceMonitor": {"scrapeTimeout": "10 s"}}, "/serviceMonitor/scrapeTimeout"),
    ({"prometheusRule": {"errorRatio": 5}}, "/prometheusRule/errorRatio"),
    ({"prometheusRule": {"refusedDeliveries": -1}}, "/prometheusRule/refusedDeliveries"),
    ({"prometheusRule": {"dataQualityScore": 80}}, "/prometheusRule/dataQualityScore"),
    ({"prometheusRule": {"queueOldestSeconds": "15m"}}, "/prometheusRule/queueOldestSeconds"),
    ({"prometheusRule": {"deadLetters": -1}}, "/prometheusRule/deadLetters"),
    ({"prometheusRule": {"apiBudgetRemaining": 0}}, "/prometheusRule/apiBudgetRemaining"),
    ({"dashboard": {"labels": {"app": "grafana"}}}, "'app'"),
    ({"smokeTest": {"timeoutSeconds": 0}}, "/smokeTest/timeoutSeconds"),
    ({"redis": {"embedded": {"image": "redis"}}}, "/redis/embedded/image"),
    ({"redis": {"embedded": {"size": "5GB"}}}, "/redis/embedded/size"),
    ({"redis": {"embedded": {"storageClassName": "Fast"}}}, "/redis/embedded/storageClassName"),
    ({"namespace": {"create": "yes"}}, "/namespace/create"),
]
ACCEPTED: list[dict[str, Any]] = [
    {"global": {"anything": {"at": "all"}}},
    {"image": {"tag": "latest"}},
    {"image": {"tag": 1234567}},
    {"image": {"repository": "localhost:5000/sophia-ai/gong-webhook-service"}},
    {"config": {"PORT": 1024, "WORKERS": "64", "GONG_API_RATE_LIMIT": "0.5", "REDIS_URL": "rediss://redis:6380/2"}},
    {"config": {"GONG_API_BASE_URL": "http://gong-stub:8000", "PUBLIC_WEBHOOK_URL": ""}},
    {"resources": {"limits": {"cpu": 1.5, "memory": "1.5Gi", "ephemeral-storage": 1073741824}}},
    {"strategy": {"maxSurge": "100%", "maxUnavailable": 0}},
    {"tolerations": [{"operator": "Exists", "tolerationSeconds": 0}]},
    {"environment": "prod", "image": {"tag": "v1.1.0"}},
    {"releaseTrack": "canary", "service": {"create": False}},
    host("/webhooks/gong/", "ImplementationSpecific"),
    redis_peer({"ipBlock": {"cidr": "2001:db8::/32"}}),
    redis_peer({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "redis"}}}),
    {"redis": {"embedded": {"image": f"redis@sha256:{'0' * 64}"}}},
]


@pytest.mark.parametrize(("values", "where"), REFUSED, ids=[json.dumps(values) for values, _ in REFUSED])
def test_a_value_that_makes_no_sense_is_refused_by_name(render: Render, values: dict[str, Any], where: str) -> None:
    place = f"{where}':" if where.startswith("/") else where
    with pytest.raises(ChartgenError, match=re.escape(place)):
        render("gong-webhook", "stage", values)


@pytest.mark.parametrize("values", ACCEPTED, ids=json.dumps)
def test_an_unusual_value_that_makes_sense_is_accepted(render: Render, values: dict[str, Any]) -> None:
    assert render("gong-webhook", "stage", values)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "").rpartition("/")[2]
    return SCHEMA["definitions"][reference] if reference else schema


def keys(schema: dict[str, Any], values: dict[str, Any], path: str = "") -> Iterator[str]:
    """The keys of values, down to where the schema leaves names to the user."""
    for key, value in values.items():
        yield path + key
        below = resolved(resolved(schema).get("properties", {}).get(key, {}))
        if "properties" in below:
            yield from keys(below, value, f"{path}{key}.")


def schema_keys(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, below in resolved(schema).get("properties", {}).items():
        if path + key != "global":
            yield path + key
            yield from schema_keys(below, f"{path}{key}.")


def every_schema(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    for below in schema if isinstance(schema, list) else []:
        yield from every_schema(below)


@pytest.mark.parametrize("file", ["values.yaml", "ci/all-values.yaml"])
def test_the_schema_and_the_file_have_the_same_keys(file: str) -> None:
    assert set(keys(SCHEMA, yaml.safe_load((CHART / file).read_text()))) == set(schema_keys(SCHEMA))


def test_every_object_of_the_schema_is_closed() -> None:
    described = [part for part in every_schema(SCHEMA) if part.get("type") == "object" and "description" in part]
    open_ones = [part["description"] for part in described if "additionalProperties" not in part]
    assert open_ones == ["Values that a parent chart shares with its subcharts"]
    assert SCHEMA["additionalProperties"] is False


def test_every_key_is_read_by_a_template() -> None:
    text = "".join(path.read_text() for path in (CHART / "templates").rglob("*.*"))
    read = {path.removeprefix(".Values.") for path in re.findall(r"\.Values(?:\.\w+)+", text)}
    known = set(schema_keys(SCHEMA))
    leaves = known - {key.rpartition(".")[0] for key in known}
    assert [leaf for leaf in sorted(leaves) if not any(f"{leaf}.".startswith(f"{path}.") for path in read)] == []
