"""Custom resource definitions that the charts' objects need: a kind that the API lacks fails a whole install."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.cluster.handle import Cluster

FOLDER = Path(__file__).parents[1] / "charts" / "crds"


def install(cluster: Cluster) -> list[str]:
    """Those that the cluster lacks, established; their names. What it has already is left alone."""
    files = {yaml.safe_load(path.read_text())["metadata"]["name"]: path for path in sorted(FOLDER.glob("*.yaml"))}
    present = {found["metadata"]["name"] for found in cluster.json("customresourcedefinitions")["items"]}
    absent = [name for name in files if name not in present]
    if absent:
        cluster.kubectl("create", *(f"--filename={files[name]}" for name in absent))
        names = [f"customresourcedefinition/{name}" for name in absent]
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names)
    return absent


def remove(cluster: Cluster, names: list[str]) -> None:
    if names:
        cluster.kubectl("delete", "customresourcedefinitions", *names, "--wait=false", "--ignore-not-found")
