"""The commands of the Gong guide, each as it is written, in the namespace that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.cluster.guided import FORCE, NAMESPACE, Installed, alone, install
from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.lifecycles import ids, pods
from tests.cluster.providers.local import Local
from tests.cluster.release import Release
from tests.cluster.session import Facts
from tests.cluster.shells import Shell, shown, written
from tests.cluster.waiting import eventually

CHANGED_SECONDS = 300
NEXT = "sophia-ai/gong-webhook-service:v1.1.0"
Record = Callable[[str, object], None]

pytestmark = [pytest.mark.xdist_group(NAMESPACE), pytest.mark.minutes(3)]


@pytest.fixture(scope="module")
def shell(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with alone(cluster):
        yield Shell(cluster, NAMESPACE, tmp_path_factory.mktemp("gong"))
        cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false", "--ignore-not-found")
        cluster.kubectl("delete", "pods", "--all", "--grace-period=1", "--wait=false", namespace=NAMESPACE, check=False)


@pytest.fixture(scope="module")
def installed(shell: Shell, images: Images, facts: Facts) -> Installed:
    return install(shell, images, facts.run)


@pytest.mark.proves(4, "the Gong guide's manifest and Secret, and the chart's release over them")
def test_the_steps_of_the_guide_make_what_helm_then_takes_over(installed: Installed, record_property: Record) -> None:
    said = installed.said
    assert said["gong apply"].returncode == 0, said["gong apply"].stderr
    assert "deployment.apps/gong-webhook-service created" in said["gong apply"].stdout
    assert said["gong create secret"].returncode == 0, said["gong create secret"].stderr
    assert "already exists" in said["again"].stderr
    assert said["by the README"].stdout == "secret/gong-webhook-secrets serverside-applied\n"
    assert "cannot be imported into the current release" in installed.refused
    record_property("command", "gong apply")
    record_property("command", "gong create secret")


READS = {
    "gong pods": ["gong-webhook-service-", "gong-webhook-worker-", " 1/1 "],
    "gong describe pod": ["Readiness:", "/health%3Fready", "Events:", "gong-webhook-worker-"],
    "gong get secret": ["GONG_WEBHOOK_SECRETS: aHMyNTY6"],
    "gong get all": [
        "pod/gong-webhook-worker-",
        "service/gong-webhook-service",
        "deployment.apps/gong-webhook-worker",
        "horizontalpodautoscaler.autoscaling/gong-webhook-hpa",
    ],
    "gong configmap": ['GONG_API_RATE_LIMIT: "2.5"', "REDIS_URL: redis://redis-service:6379"],
    "gong describe ingress": ["gong-webhook.sophia-ai.example", "/webhooks/gong", "gong-webhook-tls"],
}


@pytest.mark.proves(4, "the Gong guide's commands that show something")
@pytest.mark.parametrize("name", READS)
def test_a_command_of_the_guide_shows(shell: Shell, installed: Installed, name: str, record_property: Record) -> None:
    assert installed
    done = shell.guide(name)
    assert (done.returncode, done.stderr) == (0, "")
    assert [words for words in READS[name] if words not in done.stdout] == []
    record_property("command", name)


# in place of a guide's command, by the chart's README: what is shown, and what is not
REPLACED = {
    "kubectl describe secret gong-webhook-secrets -n sophia-ai": (["GONG_WEBHOOK_SECRETS:  45 bytes"], ["aHMyNTY6"]),
    "kubectl get pods -l app.kubernetes.io/component=worker -n sophia-ai": (["gong-webhook-worker-"], ["service"]),
}


@pytest.mark.proves(4, "what replaces some of them, by the chart's README")
@pytest.mark.parametrize("text", REPLACED)
def test_what_replaces_a_command_shows_what_it_should(shell: Shell, installed: Installed, text: str) -> None:
    assert installed
    there, absent = REPLACED[text]
    done = shell.run(text)
    assert (done.returncode, done.stderr) == (0, "")
    assert [words for words in there if words not in done.stdout] == []
    assert [words for words in absent if words in done.stdout] == []


@pytest.mark.proves(4, "the Gong guide's commands about one pod, and about what ended before")
def test_events_are_those_of_a_pod_and_an_earlier_container_is_missed(
    shell: Shell, installed: Installed, record_property: Record
) -> None:
    name = pods(installed.release)[0]["metadata"]["name"]
    done = shell.guide("gong events", {"<pod-name>": name})
    assert done.returncode == 0
    assert {line.split()[3] for line in done.stdout.splitlines()[1:]} == {f"pod/{name}"}
    record_property("command", "gong events")
    done = shell.guide("gong logs previous")
    assert "previous terminated container" in done.stderr
    record_property("command", "gong logs previous")


@pytest.mark.proves(4, "the Gong guide's log that is followed, and the port that is forwarded")
def test_what_goes_on_until_it_is_ended(shell: Shell, installed: Installed, record_property: Record) -> None:
    assert installed
    with shell.following(written("gong logs")) as lines:
        shown(lines, '"role": "serve"', '"role": "worker"')
    record_property("command", "gong logs")
    more = f"{written('gong logs')} --max-log-requests=20 --tail=-1 --prefix"
    with shell.following(more) as lines:
        shown(lines, "[pod/gong-webhook-service-", "[pod/gong-webhook-worker-", "ready to run")
    with shell.following(written("gong port-forward")) as lines:
        shown(lines, "Forwarding from 127.0.0.1:8080 -> 8080")
        done = shell.guide("gong curl")
    assert '"status":"ok"' in done.stdout, done.stderr
    record_property("command", "gong port-forward")
    record_property("command", "gong curl")


@pytest.mark.proves(4, "the Gong guide's commands inside a pod, at a terminal")
def test_a_pod_has_a_shell_and_curl(shell: Shell, installed: Installed, record_property: Record) -> None:
    assert installed
    assert "Could not resolve host: api.gong.io" in shell.typed(written("gong exec curl"))
    record_property("command", "gong exec curl")
    assert "uid=1000" in shell.typed(written("gong exec bash"), keys="id\nexit\n")
    record_property("command", "gong exec bash")


def named(cluster: Cluster, reference: str, tag: str) -> None:
    """A node of the local provider finds there what any registry's name leads to."""
    if cluster.name != Local.name:
        pytest.skip("needs the image by the name that the guide has: only the local provider's nodes find it")
    done = cluster.run(*cluster.enter, "crane", "tag", "--insecure", reference, tag)
    assert done.returncode == 0, done.stderr


def refused(release: Release) -> str:
    """Why Helm 4 does not take the fields back."""
    with pytest.raises(Failed) as error:
        release.upgrade()
    return str(error.value)


def of_deployment(shell: Shell, path: str) -> str:
    command = ["get", "deployment", "gong-webhook-service", f"--output=jsonpath={{{path}}}"]
    return shell.cluster.kubectl(*command, namespace=NAMESPACE)


@pytest.mark.proves(4, "the Gong guide's new image: web pods roll, workers do not, and Helm 4 wants --force-conflicts")
def test_set_image_rolls_the_web_pods_alone_and_helm_takes_the_image_back_by_force(
    shell: Shell, installed: Installed, images: Images, record_property: Record
) -> None:
    named(shell.cluster, images["gong-webhook-next"].reference, "v1.1.0")
    before = ids(installed.release, "worker")
    assert shell.guide("gong set image").returncode == 0
    record_property("command", "gong set image")
    assert "successfully rolled out" in shell.guide("gong rollout status").stdout
    record_property("command", "gong rollout status")
    assert of_deployment(shell, ".spec.template.spec.containers[0].image") == NEXT
    (web,) = pods(installed.release, "web")
    assert web["status"]["containerStatuses"][0]["imageID"].endswith(images["gong-webhook-next"].digest)
    assert ids(installed.release, "worker") == before
    assert 'conflict with "kubectl-set"' in refused(installed.release)
    installed.release.upgrade(*FORCE)
    assert of_deployment(shell, ".spec.template.spec.containers[0].image") != NEXT


@pytest.mark.proves(4, "the Gong guide's pod count, which the autoscaler takes back")
def test_the_autoscaler_takes_a_pod_count_by_hand_back(
    shell: Shell, installed: Installed, record_property: Record
) -> None:
    assert installed
    assert shell.guide("gong scale").returncode == 0
    events = ("get", "events", "--field-selector=involvedObject.name=gong-webhook-service")
    eventually(lambda: " to 5" in shell.cluster.kubectl(*events, namespace=NAMESPACE), "five pods", CHANGED_SECONDS)
    eventually(lambda: int(of_deployment(shell, ".spec.replicas")) < 5, "fewer again", CHANGED_SECONDS)
    record_property("command", "gong scale")


@pytest.mark.proves(4, "the Gong guide's larger autoscaler, which holds until an upgrade by force")
def test_a_patched_autoscaler_holds_until_helm_takes_it_back_by_force(
    shell: Shell, installed: Installed, record_property: Record
) -> None:
    done = shell.guide("gong patch hpa")
    assert done.stdout == "horizontalpodautoscaler.autoscaling/gong-webhook-hpa patched\n", done.stderr
    assert 'conflict with "kubectl-patch"' in refused(installed.release)
    installed.release.upgrade(*FORCE)
    hpa = shell.cluster.json("horizontalpodautoscalers", "gong-webhook-hpa", namespace=NAMESPACE)
    assert hpa["spec"]["maxReplicas"] == 10
    record_property("command", "gong patch hpa")


@pytest.mark.proves(
    4, "the Gong guide's restart after a rotation: web pods alone; secretsRevision rolls the workers too"
)
def test_a_restart_rolls_the_web_pods_alone_and_a_new_revision_of_the_secrets_all(
    shell: Shell, images: Images, installed: Installed, record_property: Record
) -> None:
    web, worker = ids(installed.release, "web"), ids(installed.release, "worker")
    assert shell.guide("gong restart").returncode == 0
    assert shell.guide("gong rollout status").returncode == 0
    assert web.isdisjoint(ids(installed.release, "web"))
    assert ids(installed.release, "worker") == worker
    record_property("command", "gong restart")
    values = (*installed.release.values, "secretsRevision=second")
    web = ids(installed.release, "web")
    Release(shell.cluster, NAMESPACE, "gong-webhook", "prod", images["gong-webhook"], values=values).upgrade()
    assert web.isdisjoint(ids(installed.release, "web"))
    assert worker.isdisjoint(ids(installed.release, "worker"))
