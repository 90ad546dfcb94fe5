"""Which cluster the suite takes, and which it never takes by itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster.handle import Cluster
from tests.cluster.providers import NoClusterError, Provider, WrongChoiceError, choose


class Fake(NamedTuple):
    name: str
    lacking: str = ""

    def wanting(self) -> str:
        return self.lacking

    def up(self, state: Path, nodes: int) -> Cluster:
        raise NotImplementedError

    def down(self, state: Path) -> None:
        raise NotImplementedError


EXISTING = Fake("existing")


def chosen(
    wanted: str = "", *, existing: Provider | None = None, kind: str = "", local: str = "", environment: str = ""
) -> str:
    return choose(wanted, existing, [Fake("kind", kind), Fake("local", local)], environment).name


def test_kind_is_taken_where_it_works() -> None:
    assert chosen() == "kind"


def test_a_local_cluster_is_taken_where_kind_does_not_work() -> None:
    assert chosen(kind="no docker") == "local"


def test_where_neither_works_one_line_says_what_each_lacks() -> None:
    with pytest.raises(NoClusterError) as error:
        chosen(kind="no docker", local="no root")
    assert str(error.value) == "needs a cluster, and has none by kind: no docker; local: no root"


def test_kubeconfig_in_the_environment_gives_no_cluster_and_the_line_says_how_to_mean_it() -> None:
    with pytest.raises(NoClusterError, match=r"KUBECONFIG is set, and is not used: .*--cluster-type existing"):
        chosen(kind="no docker", local="no root", environment="/etc/admin.conf")


def test_kubeconfig_in_the_environment_does_not_change_what_is_taken() -> None:
    assert chosen(environment="/etc/admin.conf") == "kind"


@pytest.mark.parametrize("name", ["kind", "local"])
def test_what_is_asked_for_is_taken(name: str) -> None:
    assert chosen(name) == name


def test_what_is_asked_for_and_does_not_work_is_an_error_not_another_one() -> None:
    with pytest.raises(WrongChoiceError, match="--cluster-type kind: no docker"):
        chosen("kind", kind="no docker")


def test_an_existing_cluster_is_taken_by_name_and_file() -> None:
    assert chosen("existing", existing=EXISTING) == "existing"


def test_an_existing_cluster_needs_its_file_named_whatever_the_environment_says() -> None:
    with pytest.raises(WrongChoiceError, match="needs --kubeconfig FILE: the suite installs and uninstalls"):
        chosen("existing", environment="/etc/admin.conf")


def test_an_existing_cluster_whose_file_is_missing_is_an_error() -> None:
    with pytest.raises(WrongChoiceError, match="--cluster-type existing: there is no file"):
        chosen("existing", existing=Fake("existing", "there is no file x"))


@pytest.mark.parametrize("wanted", ["", "kind", "local"])
def test_a_kubeconfig_without_the_word_existing_is_an_error(wanted: str) -> None:
    with pytest.raises(WrongChoiceError, match="--kubeconfig goes with --cluster-type existing only"):
        chosen(wanted, existing=EXISTING)


@pytest.mark.parametrize("wanted", ["minikube", "Kind", "loca"])
def test_a_wrong_word_is_an_error_that_names_the_right_ones(wanted: str) -> None:
    with pytest.raises(WrongChoiceError, match=f"--cluster-type {wanted}: there are existing, kind and local"):
        chosen(wanted)
