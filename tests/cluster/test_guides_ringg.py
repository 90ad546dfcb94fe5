"""The commands of the Ringg guide that ask real pods: both tracks in one namespace, which the commands do not name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.cluster import namespaces
from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.lifecycles import pods, release
from tests.cluster.session import Facts
from tests.cluster.shells import Shell, shown, written
from tests.cluster.waiting import eventually

MEASURED_SECONDS, BETWEEN_SECONDS = 180, 3
CREDENTIALS = '{"type": "service_account"}'
Record = Callable[[str, object], None]

pytestmark = [pytest.mark.xdist_group("ringg"), pytest.mark.minutes(1)]


@pytest.fixture(scope="module")
def shell(cluster: Cluster, facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with namespaces.fresh(cluster, facts.run) as name:
        yield Shell(cluster, name, tmp_path_factory.mktemp("ringg"))


@pytest.fixture(scope="module")
def secrets(shell: Shell) -> dict[str, str]:
    """What the guide's commands said who made them."""
    # no Redis here: sessions are kept in each pod's memory
    made = shell.guide("ringg app secret", {"REDIS_URL=value": "REDIS_URL="})
    mounted = shell.guide("ringg creds secret", stdin=CREDENTIALS)
    return {"ringg app secret": made.stdout, "ringg creds secret": mounted.stdout}


@pytest.fixture(scope="module")
def tracks(shell: Shell, secrets: dict[str, str], images: Images) -> dict[str, str]:
    """The name of a pod, by track."""
    assert secrets
    made = [release(shell.cluster, shell.namespace, images, "dv-pipecat", each) for each in ("prod", "canary")]
    for each in made:
        each.upgrade()
    return {each.track: pods(each)[0]["metadata"]["name"] for each in made}


@pytest.mark.proves(4, "the Ringg guide's Secrets")
def test_the_guide_makes_the_secrets(shell: Shell, secrets: dict[str, str], record_property: Record) -> None:
    for name, said in secrets.items():
        assert said.endswith(" created\n")
        record_property("command", name)
    kept = shell.run(
        "kubectl get secret dv-pipecat-gcp-creds -o go-template='{{index .data \"creds.json\"|base64decode}}'"
    )
    assert kept.stdout == CREDENTIALS


# what is shown and what is not; {stable} and {canary} stand for pods
READS = {
    "ringg deployments": (["dv-pipecat ", "dv-pipecat-canary "], []),
    "ringg pods": (["{stable}", "{canary}"], []),
    "ringg stable pods": (["{stable}"], ["{canary}"]),
    "ringg canary pods": (["{canary}"], ["{stable}"]),
    "ringg describe pod": (["Name:             {stable}", "Events:"], ["{canary}"]),
    "ringg container logs": (["listening for WebSocket clients"], []),
    "ringg describe service": (["app.kubernetes.io/name=dv-pipecat\n", "Endpoints:"], []),
    "ringg labels": (["version=stable", "version=canary"], []),
    "ringg grep": (["listening for WebSocket clients"], []),
}


@pytest.mark.proves(4, "the Ringg guide's commands that show something")
@pytest.mark.parametrize("name", READS)
def test_a_command_of_the_guide_shows(shell: Shell, tracks: dict[str, str], name: str, record_property: Record) -> None:
    there, absent = ([words.format(**tracks) for words in each] for each in READS[name])
    filled = {"dv-pipecat-xxx": tracks["stable"]} if "dv-pipecat-xxx" in written(name) else {}
    done = shell.guide(name, filled)
    assert (done.returncode, done.stderr) == (0, "")
    assert [words for words in there if words not in done.stdout] == []
    assert [words for words in absent if words in done.stdout] == []
    record_property("command", name)


@pytest.mark.proves(4, "the Ringg guide's search of the logs, in whole and by pod as the chart's README has it")
def test_whole_logs_are_searched_pod_by_pod(shell: Shell, tracks: dict[str, str]) -> None:
    whole = written("ringg grep").replace(" |", " --tail=-1 --prefix |")
    found = shell.run(whole).stdout.splitlines()
    for pod in tracks.values():
        assert any(line.startswith(f"[pod/{pod}/dv-pipecat] ") and "WebSocket" in line for line in found)


@pytest.mark.proves(4, "the Ringg guide's endpoints: deprecated, complete, and so is what replaces them")
def test_endpoints_are_those_of_both_tracks(shell: Shell, tracks: dict[str, str], record_property: Record) -> None:
    addresses = [
        pod["status"]["podIP"]
        for pod in shell.cluster.json("pods", selector="app.kubernetes.io/name=dv-pipecat", namespace=shell.namespace)[
            "items"
        ]
    ]
    done = shell.guide("ringg endpoints")
    assert len(addresses) == len(tracks)
    assert [address for address in addresses if f"{address}:8765" not in done.stdout] == []
    assert "deprecated" in done.stderr
    replaced = shell.run("kubectl get endpointslices -l kubernetes.io/service-name=dv-pipecat")
    assert [address for address in addresses if address not in replaced.stdout] == []
    assert replaced.stderr == ""
    record_property("command", "ringg endpoints")


@pytest.mark.proves(4, "the Ringg guide's logs that are followed, and the port that is forwarded")
def test_what_goes_on_until_it_is_ended(shell: Shell, tracks: dict[str, str], record_property: Record) -> None:
    for name, track in {"ringg stable logs": "stable", "ringg canary logs": "canary"}.items():
        with shell.following(written(name)) as lines:
            shown(lines, f'"track": "{track}"')
        with shell.following(f"{written(name)} --max-log-requests=200") as lines:
            shown(lines, f'"track": "{track}"')
        record_property("command", name)
    with shell.following(written("ringg pod logs", {"dv-pipecat-canary-xxxx-yyyy": tracks["canary"]})) as lines:
        shown(lines, f'"pod": "{tracks["canary"]}"')
    record_property("command", "ringg pod logs")
    with shell.following(written("ringg port-forward", {"dv-pipecat-xxx": tracks["canary"]})) as lines:
        shown(lines, "Forwarding from 127.0.0.1:8765 -> 8765")
        done = shell.guide("ringg curl")
    assert '"track":"canary"' in done.stdout, done.stderr
    record_property("command", "ringg port-forward")
    record_property("command", "ringg curl")


@pytest.mark.proves(4, "the Ringg guide's use of resources")
def test_the_use_of_pods_and_nodes_is_shown(shell: Shell, tracks: dict[str, str], record_property: Record) -> None:
    shell.cluster.needs("metrics")

    def measured() -> bool:
        done = shell.guide("ringg top pods")
        return all(name in done.stdout for name in tracks.values())

    eventually(measured, "pods are measured", MEASURED_SECONDS, BETWEEN_SECONDS)
    record_property("command", "ringg top pods")
    done = shell.guide("ringg top nodes")
    assert "CPU(cores)" in done.stdout, done.stderr
    record_property("command", "ringg top nodes")
