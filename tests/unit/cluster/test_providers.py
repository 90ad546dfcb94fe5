"""What each provider does to have a cluster, and what it says that its cluster cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import fakes
from tests.cluster.handle import Failed
from tests.cluster.providers import folders
from tests.cluster.providers.existing import Existing
from tests.cluster.providers.kind import CONFIGURATION, Kind
from tests.unit.cluster.programs import Programs

STORAGE = {"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}


@pytest.fixture
def kind(programs: Programs) -> Kind:
    programs.serves(classes=[STORAGE])
    return Kind(programs.path, lambda: True)


@pytest.fixture
def existing(programs: Programs, tmp_path: Path) -> Existing:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.touch()
    programs.serves(classes=[])
    programs.answers("kubectl get --raw /version --request-timeout=20s", "{}")
    programs.refuse_the_rest()
    return Existing(kubeconfig, programs.path, "", "")


def test_kind_works_where_docker_answers(programs: Programs) -> None:
    assert Kind(programs.path, lambda: True).wanting() == ""
    assert Kind(programs.path, lambda: False).wanting() == "`docker info` does not answer"


def test_kind_says_which_program_is_missing(tmp_path: Path) -> None:
    assert Kind(str(tmp_path), lambda: True).wanting() == "there is no program kind"


def test_kind_makes_a_cluster_of_the_folders_own_name_by_its_file(
    kind: Kind, programs: Programs, tmp_path: Path
) -> None:
    state = tmp_path / "run-0"
    cluster = kind.up(state, nodes=1)
    name = cluster.load[-1]
    assert programs.calls[:2] == [
        "kind get clusters",
        f"kind create cluster {name} --config={CONFIGURATION} --kubeconfig={state}/kubeconfig --wait=5m",
    ]
    assert name != kind.up(tmp_path / "run-1", nodes=1).load[-1]


def test_kind_takes_the_cluster_that_is_up(kind: Kind, programs: Programs, tmp_path: Path) -> None:
    name = kind.up(tmp_path / "run-0", nodes=1).load[-1].removeprefix("--name=")
    programs.answers("kind get clusters", f"other\n{name}\n")
    kind.up(tmp_path / "run-0", nodes=1)
    created = [call for call in programs.calls if call.startswith("kind create")]
    assert len(created) == 1
    assert f"kind export kubeconfig --name={name} --kubeconfig={tmp_path}/run-0/kubeconfig" in programs.calls


def test_kind_loads_images_from_archives(kind: Kind, programs: Programs, tmp_path: Path) -> None:
    cluster = kind.up(tmp_path / "run-0", nodes=1)
    cluster.run(*cluster.load, "image.tar")
    assert programs.calls[-1] == f"kind load image-archive {cluster.load[-1]} image.tar"


def test_kind_deletes_its_cluster_and_its_folder(kind: Kind, programs: Programs, tmp_path: Path) -> None:
    state = tmp_path / "run-0"
    name = kind.up(state, nodes=1).load[-1]
    kind.down(state)
    assert programs.calls[-1] == f"kind delete cluster {name} --kubeconfig={state}/kubeconfig"
    assert not state.exists()


def test_kind_deletes_nothing_where_there_was_no_cluster(kind: Kind, programs: Programs, tmp_path: Path) -> None:
    kind.down(tmp_path / "run-0")
    assert programs.calls == []


def test_a_cluster_by_kind_enforces_policies_and_has_fake_nodes(kind: Kind, tmp_path: Path) -> None:
    lacks = kind.up(tmp_path / "run-0", nodes=1).lacks
    assert set(lacks) == {"control-plane", "digests"}


def test_an_existing_cluster_is_asked_what_it_can_do(existing: Existing, tmp_path: Path) -> None:
    lacks = existing.up(tmp_path / "run-0", nodes=1).lacks
    unknown = {"control-plane", "digests", "fake-nodes", "images", "network-policy"}
    assert set(lacks) == unknown | {"metrics", "storage"}


def test_an_existing_cluster_is_given_no_fake_nodes(existing: Existing, programs: Programs, tmp_path: Path) -> None:
    cluster = existing.up(tmp_path / "run-0", nodes=1)
    asked = programs.calls
    with pytest.raises(pytest.skip.Exception, match="needs fake-nodes: its owner's pods"), fakes.standing(cluster):
        pass
    assert programs.calls == asked


def test_an_existing_cluster_can_more_when_told_so(existing: Existing, programs: Programs, tmp_path: Path) -> None:
    existing.up(tmp_path / "run-0", nodes=1)
    told = Existing(tmp_path / "kubeconfig", programs.path, "registry.example/suite", "enforced")
    cluster = told.up(tmp_path / "run-0", nodes=1)
    assert cluster.registry == "registry.example/suite"
    assert not {"digests", "images", "network-policy"} & set(cluster.lacks)


def test_an_existing_cluster_that_does_not_answer_is_named(programs: Programs, tmp_path: Path) -> None:
    programs.refuse_the_rest()
    with pytest.raises(Failed, match=r"the cluster of .*/kubeconfig does not answer: .* refused"):
        Existing(tmp_path / "kubeconfig", programs.path, "", "").up(tmp_path / "run-0", nodes=1)


def test_an_existing_cluster_stays_when_the_run_ends(existing: Existing, programs: Programs, tmp_path: Path) -> None:
    existing.up(tmp_path / "run-0", nodes=1)
    existing.down(tmp_path / "run-0")
    assert not [call for call in programs.calls if "delete" in call]
    assert (tmp_path / "kubeconfig").exists()


def test_a_missing_kubeconfig_is_named(programs: Programs, tmp_path: Path) -> None:
    assert Existing(tmp_path / "none", programs.path, "", "").wanting() == f"there is no file {tmp_path}/none"


def test_two_runs_at_once_have_two_folders(tmp_path: Path) -> None:
    (first, lock), (second, other) = folders.claim(tmp_path), folders.claim(tmp_path)
    with lock, other:
        assert (first.name, second.name) == ("run-0", "run-1")


def test_the_folder_of_a_run_that_has_ended_is_taken_again(tmp_path: Path) -> None:
    first, lock = folders.claim(tmp_path)
    lock.close()
    second, other = folders.claim(tmp_path)
    with other:
        assert second == first
