"""What the tests on a cluster share: the cluster, namespaces in it, images, and the report on what was proven."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import definitions, fakes, local, namespaces, report
from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.providers import NoClusterError, WrongChoiceError
from tests.cluster.providers.local import Local
from tests.cluster.session import Facts, Options, Session, pairs, provider, read
from tests.images.building import PROGRAMS, Builder

FACTS: pytest.StashKey[Facts] = pytest.StashKey()
WANTING: pytest.StashKey[str] = pytest.StashKey()
SLOWEST = 10
OWN = "own_cluster"
Figure = Callable[[str, object], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cluster suite")
    group.addoption("--keep-cluster", action="store_true", help="Use the cluster of `make cluster-up`, and leave it.")
    group.addoption("--kube-config", dest="kubeconfig", metavar="FILE", help="The same as --kubeconfig.")
    group.addoption(
        "--write-report", action="store_true", help="Write docs/cluster-report.md, if all has run and passed."
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[WANTING] = given["wanting"]
        if given["cluster"]:
            config.stash[FACTS] = read(given["cluster"])
    elif not config.option.collectonly:
        _bring_up(config)


def _bring_up(config: pytest.Config) -> None:
    say = config.pluginmanager.getplugin("terminalreporter").write_line
    option = config.option
    asked = Options(option.cluster_type or "", option.kubeconfig or "", pairs(option.test_extra_info or ""))
    config.stash[WANTING] = ""
    try:
        chosen = provider(asked, say)
    except WrongChoiceError as error:
        raise pytest.UsageError(str(error)) from None
    except NoClusterError as error:
        if os.environ.get("REQUIRE_ALL") == "1":
            raise pytest.UsageError(str(error)) from None
        config.stash[WANTING] = str(error)
        return
    # what asks a run to end is to end it as ^C does: with the cluster gone
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    session = Session(chosen, say, keep=option.keep_cluster)
    config.add_cleanup(session.down)
    try:
        config.stash[FACTS] = session.up()
    except (Failed, local.Failed, OSError, subprocess.CalledProcessError) as error:
        raise pytest.UsageError(f"no cluster by {chosen.name}: {error}") from error


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """What xdist's workers are told."""
    stash = node.config.stash
    node.workerinput["wanting"] = stash[WANTING]
    node.workerinput["cluster"] = stash[FACTS].written() if FACTS in stash else ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the second cluster are one group: one worker has them all. What takes longest begins first.

    Else the others would wait for who begins it last. Slow tests are a group too: by the charts' own requests, the pods
    of one leave no room on a node for those of the next.
    """
    wanting = config.stash.get(WANTING, "")
    for item in items:
        used = getattr(item, "fixturenames", ())
        if OWN in used:
            item.add_marker(pytest.mark.xdist_group("own"))
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.xdist_group("slow"))
        if wanting and {"cluster", OWN} & set(used):
            item.add_marker(pytest.mark.skip(reason=wanting))
    items.sort(key=_minutes, reverse=True)


def _minutes(item: pytest.Item) -> float:
    return max((float(mark.args[0]) for mark in item.iter_markers("minutes")), default=0.0)


@pytest.fixture(scope="session")
def facts(pytestconfig: pytest.Config) -> Facts:
    return pytestconfig.stash[FACTS]


@pytest.fixture(scope="session")
def cluster(facts: Facts) -> Iterator[Cluster]:
    """The cluster of the run. This process's own kubectl speaks with it too, and with no other."""
    found = facts.cluster
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", found.path)
        patch.setenv("KUBECONFIG", str(found.kubeconfig))
        yield found


@pytest.fixture(scope="session")
def own_cluster(facts: Facts, cluster: Cluster) -> Cluster:
    """A second cluster, of two real nodes, for tests that break nodes or the control plane."""
    cluster.needs("control-plane")
    chosen = provider(Options(Local.name), print)
    found = chosen.up(facts.place("second"), nodes=2)
    definitions.install(found)
    return found


@pytest.fixture(scope="session")
def own_processes(own_cluster: Cluster) -> local.Running:
    """To stop, kill and start the second cluster's programs by name: `own_processes.control.kill("kubelet-0")`."""
    running = local.attach(own_cluster.state)
    assert running is not None
    return running


@pytest.fixture
def namespace(facts: Facts, cluster: Cluster) -> Iterator[str]:
    """The name of a fresh one, where Pod Security "restricted" is enforced."""
    with namespaces.fresh(cluster, facts.run) as name:
        yield name


@pytest.fixture
def own_namespace(facts: Facts, own_cluster: Cluster) -> Iterator[str]:
    """One in the second cluster."""
    with namespaces.fresh(own_cluster, facts.run) as name:
        yield name


@pytest.fixture(scope="session")
def fake_nodes(cluster: Cluster) -> Iterator[list[str]]:
    """The names of forty arm64 nodes that only seem to be: see fakes.py."""
    with fakes.standing(cluster) as names:
        yield names


@pytest.fixture(scope="session")
def images(cluster: Cluster, require: Callable[[str], Path]) -> Images:
    """By name, each built and brought into the cluster when it is first asked for."""
    for program in PROGRAMS:
        require(program)
    return Images(cluster, Builder())


@pytest.fixture(scope="session")
def kube_config(cluster: Cluster) -> str:
    """For pytest-helm-charts' own fixtures, such as kube_cluster."""
    return str(cluster.kubeconfig)


@pytest.fixture(scope="session")
def cluster_type(cluster: Cluster) -> str:
    return cluster.name


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """`figure("seconds to drain", 3.2)`: shown beside the test at the end of the run."""
    return lambda name, value: request.node.user_properties.append((report.FIGURE, [name, value]))


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Figure:
    """As figure, for what is the same in every run: it stands in docs/cluster-report.md too."""
    return lambda name, value: request.node.user_properties.append((report.COUNT, [name, value]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test says how its namespace is."""
    found = yield
    used = getattr(item, "funcargs", {})
    for where, name in (("cluster", "namespace"), ("own_cluster", "own_namespace")):
        if found.failed and found.when != "teardown" and name in used:
            found.sections.append((f"namespace {used[name]}", namespaces.state(used[where], used[name])))
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if FACTS not in config.stash:
        return
    reports = [each for several in terminalreporter.stats.values() for each in several]
    found, proofs = report.outcomes(reports), report.marked()
    terminalreporter.section("what a cluster has proven")
    for line in report.lines(proofs, found):
        terminalreporter.write_line(line)
    terminalreporter.section("slowest")
    for test, outcome in sorted(found.items(), key=lambda each: -each[1].seconds)[:SLOWEST]:
        terminalreporter.write_line(f"   {outcome.seconds:6.1f} s  {test}")
    if config.option.write_report:
        terminalreporter.write_line(_write(config, found))


def _write(config: pytest.Config, found: dict[str, report.Outcome]) -> str:
    cluster = config.stash[FACTS].cluster
    if reason := report.unfit(report.marked(), found, cluster.lacks):
        return f"docs/cluster-report.md is left as it is: {reason}"
    version = json.loads(cluster.kubectl("get", "--raw=/version"))["gitVersion"]
    report.PAGE.write_text(report.page(report.marked(), found, f"Kubernetes {version} by the provider {cluster.name}"))
    return "docs/cluster-report.md is written"
