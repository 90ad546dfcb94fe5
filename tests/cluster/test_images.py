"""Images come to where the nodes find them, once, and the stand-ins run under the same rules as the services."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.handle import Cluster
from tests.cluster.images import Image, Images
from tests.cluster.standins.manifests import STANDINS, objects
from tests.cluster.standins.placing import rows, stand_in, wait_until_ready
from tests.images.building import PROGRAMS, Builder

# keeps what it was given, as kind's nodes would, and counts how often
LOAD = """#!/bin/sh
echo load >>"$0.log"
cp "$1" "$0.tar"
"""
NOW = "import time; print(time.time())"
HOUR_SECONDS = 3600
KEEP = """CREATE DATABASE SOPHIA_AI; CREATE SCHEMA SOPHIA_AI.GONG_WEBHOOKS;
CREATE TABLE SOPHIA_AI.GONG_WEBHOOKS.kept (n int); INSERT INTO SOPHIA_AI.GONG_WEBHOOKS.kept VALUES (7)"""


@pytest.fixture
def builder(require: Callable[[str], Path]) -> Builder:
    for program in PROGRAMS:
        require(program)
    return Builder()


def test_the_next_image_is_another_of_the_same_name(images: Images) -> None:
    first, following = images["dv-pipecat-echo"], images["dv-pipecat-echo-next"]
    assert first.repository == following.repository
    assert first.tag != following.tag
    assert first.reference != following.reference


def test_what_the_registry_has_already_keeps_its_digest(cluster: Cluster, images: Images, builder: Builder) -> None:
    cluster.needs("digests")
    assert images["dv-pipecat-echo"].digest.startswith("sha256:")
    assert Images(cluster, builder)["dv-pipecat-echo"] == images["dv-pipecat-echo"]


def test_where_there_is_no_registry_an_archive_is_loaded_once_until_the_image_is_another(
    cluster: Cluster, builder: Builder, tmp_path: Path
) -> None:
    load = tmp_path / "load"
    load.write_text(LOAD)
    load.chmod(0o755)
    other = replace(cluster, registry="", enter=(), load=(str(load),), state=tmp_path, lacks={})
    image = Images(other, builder)["dv-pipecat-echo"]
    assert Images(other, builder)["dv-pipecat-echo"] == image == Image("dv-pipecat", image.tag, "")
    assert image.reference == f"dv-pipecat:{image.tag}"
    with tarfile.open(f"{load}.tar") as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest
        assert json.load(manifest)[0]["RepoTags"] == [f"docker.io/library/{image.reference}"]
    (note,) = (tmp_path / "images").iterdir()
    note.write_text("the id of the one before")
    assert Images(other, builder)["dv-pipecat-echo"] == image
    assert (tmp_path / "load.log").read_text().split() == ["load", "load"]


def test_an_image_that_is_not_known_is_no_image(images: Images) -> None:
    with pytest.raises(KeyError):
        images["dv-pipecat-other"]
    assert len(set(images)) == len(images)


def test_each_stand_in_runs_under_pod_security_restricted(cluster: Cluster, namespace: str, images: Images) -> None:
    stand_in(cluster, namespace, images["standins"], *STANDINS)
    asked = ["exec", "deployment/talk", "--", "curl", "--silent", "--max-time", "30", "--fail"]
    assert json.loads(cluster.kubectl(*asked, "http://gong:8091/_stats", namespace=namespace))["refused"] == 0
    assert json.loads(cluster.kubectl(*asked, "http://snowflake:8090/statements", namespace=namespace))["logins"] == 0


def test_what_is_claimed_outlives_the_pod(cluster: Cluster, namespace: str, images: Images) -> None:
    cluster.needs("storage")
    names = ("snowflake", "redis-service")
    stand_in(cluster, namespace, images["standins"], *names, claimed=names)
    rows(cluster, namespace, KEEP)
    redis = ["exec", "deployment/redis-service", "--", "redis-cli"]
    cluster.kubectl(*redis, "set", "kept", "yes", namespace=namespace)
    cluster.kubectl("delete", "pods", "--all", "--grace-period=1", namespace=namespace)
    for name in names:
        wait_until_ready(cluster, namespace, name)
    assert cluster.kubectl(*redis, "get", "kept", namespace=namespace) == "yes\n"
    assert rows(cluster, namespace, "SELECT n FROM kept") == [[7]]


def test_the_clock_of_a_skewed_image_is_wrong_by_what_faketime_says(
    cluster: Cluster, namespace: str, images: Images
) -> None:
    cluster.apply(*objects("talk", images["dv-pipecat-echo-skewed"].reference, {}, ()), namespace=namespace)
    wait_until_ready(cluster, namespace, "talk")
    asked = f"FAKETIME=+1h python -c '{NOW}'; python -c '{NOW}'"
    said = cluster.kubectl("exec", "deployment/talk", "--", "sh", "-c", asked, namespace=namespace)
    skewed, right = (float(line) for line in said.split())
    assert HOUR_SECONDS / 2 < skewed - right < HOUR_SECONDS
