"""What is changed while gong-webhook runs: its secrets, and its image for one that does not work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster import gong
from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.standins.placing import provide_secrets
from tests.cluster.waiting import eventually
from tests.servers.processes import SECRET as OLD

NEW = "hs256:the-next-one-for-this-laptop-only"
FEW = 3
RATE = "--rate=5"
ROTATED = "--set-string=secretsRevision={},secretsRotatedAt=2026-01-31T12:00:00Z"
# as short as the chart allows, for an image that never starts: what works is not asked to start so quickly
HASTY = [
    f"--set={name}"
    for name in (
        "config.WEBHOOK_TIMEOUT_SECONDS=3",
        "preStopSleepSeconds=1",
        "terminationGracePeriodSeconds=5",
        "worker.terminationGracePeriodSeconds=5",
        "probes.startup.failureThreshold=5",
        "progressDeadlineSeconds=15",
    )
]
Figure = Callable[[str, object], None]


@pytest.mark.minutes(1)
@pytest.mark.proves(2, "a rotated secret rolls all pods and refuses no event; then the old one is refused")
def test_a_rotated_secret_rolls_the_pods_and_is_taken_beside_the_old_one_until_that_is_gone(
    cluster: Cluster, namespace: str, images: Images, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "stage", *gong.PAUSE)
    assert service.send(FEW, NEW)["errors"] == {"401": FEW}
    before = service.release.pods()
    with service.load(RATE) as load:
        rotate(service, f"{OLD},{NEW}")
        service.waits_for_the_end_of(before)
        sent = load.stop()
    gong.assert_all_taken(sent)
    taken = service.send(FEW, NEW)["ids"]
    assert len(taken) == FEW
    rotate(service, NEW)
    assert service.send(FEW, OLD)["errors"] == {"401": FEW}
    taken += service.send(FEW, NEW)["ids"]
    assert len(taken) == 2 * FEW
    assert service.metric("gong_webhook_secret_age_seconds") > 0
    service.assert_each_is_one_row([*sent["ids"], *taken])
    count("rotations", 2)


def rotate(service: gong.Service, secret: str) -> None:
    """As the README says: the Secret, then the upgrade."""
    provide_secrets(service.cluster, service.namespace, gong.SECRET, GONG_WEBHOOK_SECRETS=secret)
    service.release.upgrade(ROTATED.format(len(secret)))


@pytest.mark.minutes(1)
@pytest.mark.proves(
    2, "an image that does not start takes no traffic; its deadline reports it, and a rollback mends it"
)
def test_an_image_that_does_not_start_takes_no_traffic_and_its_deadline_reports_it(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "stage", *gong.PAUSE)
    before = service.release.pods()
    service.release.image = images["gong-webhook-broken"]
    with service.load(RATE) as load:
        with pytest.raises(Failed, match=r"(?i)progress"):
            service.release.upgrade(*HASTY)
        assert progressing(service, gong.WEB) == ("False", "ProgressDeadlineExceeded")
        assert gong.ids(before) < gong.ids(service.release.pods())
        # it is not waited for: the condition of before stands for a moment more, and Helm 4 takes it for a failure
        cluster.helm("rollback", service.release.name, namespace=namespace)
        eventually(lambda: progressing(service, gong.WEB)[0] == "True", "the deadline is forgotten")
        sent = load.stop()
    assert gong.ids(gong.staying(service.release.pods())) == gong.ids(before)
    gong.assert_all_taken(sent)
    assert [revision["status"] for revision in service.release.history()] == ["superseded", "failed", "deployed"]
    service.assert_each_is_one_row(sent["ids"])
    figure("events", sent["sent"])
    count("errors", 0)


def progressing(service: gong.Service, deployment: str) -> tuple[str, str]:
    """The condition's status and reason."""
    found: dict[str, Any] = service.cluster.json("deployments", deployment, namespace=service.namespace)["status"]
    return next((each["status"], each["reason"]) for each in found["conditions"] if each["type"] == "Progressing")
