"""A cluster's commands, and the conditions that tests wait for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cluster.handle import Cluster, Failed
from tests.cluster.session import Facts, pairs, read
from tests.cluster.waiting import eventually
from tests.unit.cluster.programs import Programs

KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://10.0.0.1"}}]
contexts: [{name: c, context: {cluster: c, user: ""}}]
current-context: c
"""


@pytest.fixture
def cluster(programs: Programs, tmp_path: Path) -> Cluster:
    return Cluster("local", tmp_path, tmp_path / "kubeconfig", programs.path, {"metrics": "there are none"})


def test_a_command_speaks_with_this_cluster_whatever_the_environment_says(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/another")
    told = cluster.run("sh", "-c", 'echo "$KUBECONFIG"').stdout
    assert told == f"{tmp_path}/kubeconfig\n"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "all_proxy"])
def test_no_proxy_of_the_environment_is_asked_for_the_cluster(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://proxy.example:3128")
    cluster.kubeconfig.write_text(KUBECONFIG)
    assert "proxy.example" not in cluster.run("env").stdout
    assert cluster.api.configuration.proxy is None


def test_kubectl_is_told_the_namespace(cluster: Cluster, programs: Programs) -> None:
    cluster.kubectl("exec", "pod", "--", "ls", namespace="t-1")
    assert programs.calls == ["kubectl --namespace t-1 exec pod -- ls"]


def test_a_refused_command_fails_with_its_words(cluster: Cluster, programs: Programs) -> None:
    programs.refuse_the_rest()
    with pytest.raises(Failed, match="kubectl get pods: refused"):
        cluster.kubectl("get", "pods")
    assert cluster.kubectl("get", "pods", check=False) == ""


def test_a_command_that_does_not_end_fails(cluster: Cluster) -> None:
    with pytest.raises(Failed, match="no end after"):
        cluster.run(sys.executable, "-c", "import time; time.sleep(600)", timeout=0.1)


def test_a_test_is_skipped_for_what_the_cluster_lacks(cluster: Cluster) -> None:
    cluster.needs("storage", "images")
    with pytest.raises(pytest.skip.Exception, match="needs metrics: there are none"):
        cluster.needs("storage", "metrics")


def test_workers_are_told_all_that_is_known(cluster: Cluster, tmp_path: Path) -> None:
    facts = Facts(cluster, "abc", tmp_path / "run-0")
    assert read(facts.written()) == facts


def test_extra_information_comes_in_pairs() -> None:
    assert pairs("registry=host:5000/x,network-policy=enforced") == {
        "registry": "host:5000/x",
        "network-policy": "enforced",
    }
    assert pairs("") == {}


def test_waiting_ends_with_what_was_waited_for() -> None:
    seen = iter([0, 0, 3])
    assert eventually(lambda: next(seen), "three") == 3


def test_waiting_asks_again_what_asserts() -> None:
    seen = iter([0, 3])

    def condition() -> str:
        assert next(seen) == 3
        return "three"

    assert eventually(condition, "three") == "three"


def test_waiting_in_vain_says_for_what_and_what_was_seen() -> None:
    with pytest.raises(AssertionError, match=r"pods: not within 0 s, last seen: \[\]"):
        eventually(list, "pods", seconds=0)


def test_an_error_that_is_no_assertion_ends_the_wait() -> None:
    with pytest.raises(FileNotFoundError):
        eventually(lambda: os.stat("/nonexistent"), "a file")  # noqa: PTH116
