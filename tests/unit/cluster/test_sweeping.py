"""What a run leaves when it is killed or fails at its end: its clusters go all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster import __main__, session
from tests.cluster.handle import Cluster, Failed
from tests.cluster.providers import folders
from tests.cluster.session import Facts, Session


class Maker:
    """Of no cluster; those to be taken down are noted. `busy`: the name of a folder that cannot go."""

    def __init__(self, busy: str = "", name: str = "local") -> None:
        self.busy = busy
        self.name = name
        self.downs: list[str] = []

    def wanting(self) -> str:
        return ""

    def up(self, state: Path, nodes: int) -> Cluster:
        raise Failed(f"{state}, {nodes}")

    def down(self, state: Path) -> None:
        self.downs.append(state.name)
        if state.name == self.busy:
            raise OSError(f"{state.name} is still in use")


Place = Callable[[str], Path]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The folder of a cluster of a test's own, in the first run."""
    monkeypatch.setattr(session, "TOOLS", tmp_path)
    cluster = Cluster("local", tmp_path, tmp_path, "", {})
    return Facts(cluster, "", tmp_path / "cluster" / "local" / "run-0").place


def test_what_a_killed_run_left_of_its_tests_own_clusters_goes_and_nothing_else(place: Place) -> None:
    for name in ("second", "lost"):
        place(name).mkdir(parents=True)
    place("lost.failed").mkdir()
    place("lost.lock").touch()
    place("").with_name("run-10-lost").mkdir()
    maker = Maker()
    run = Session(maker, print, keep=False)
    with pytest.raises(Failed):
        run.up()
    assert sorted(maker.downs) == ["run-0", "run-0-lost", "run-0-second"]
    run.down()


def test_a_cluster_that_cannot_go_keeps_no_other_and_is_told(place: Place) -> None:
    place("second").mkdir(parents=True)
    maker = Maker("run-0-second")
    run = Session(maker, print, keep=False)
    with pytest.raises(OSError, match="run-0-second is still in use"):
        run.down()
    assert maker.downs == ["run-0-second", "run-0"]
    claimed, lock = folders.claim(place("second").parent)
    with lock:
        assert claimed.name == "run-0"


@pytest.mark.parametrize(("arguments", "gone"), [([], ["kept"]), (["--all"], ["run-1-lost", "run-1", "kept"])])
def test_kind_without_docker_does_not_keep_the_local_cluster(
    place: Place, monkeypatch: pytest.MonkeyPatch, arguments: list[str], gone: list[str]
) -> None:
    for name in ("kept", "run-1", "run-1-lost", "run-1.failed"):
        place("").with_name(name).mkdir(parents=True)
    kind, local = Maker("kept", "kind"), Maker()
    session.kept(kind).mkdir(parents=True)
    monkeypatch.setattr(__main__, "makers", lambda _: [kind, local])
    assert __main__.main(["down", *arguments]) == __main__.COULD_NOT_RUN
    assert (kind.downs, local.downs) == (["kept"], gone)
