"""Faults of one pod, under load: its Redis dies, its disk is full, its clock is wrong. What is acknowledged is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster import gong, voice
from tests.cluster.handle import Cluster
from tests.cluster.images import Images
from tests.cluster.release import Release
from tests.cluster.standins.loads import Load, in_cluster
from tests.cluster.waiting import eventually
from tests.servers.processes import SECRET

# what a machine that is busy with other tests still keeps up with
RATE = "--rate=5"
EVENTS = 10
SESSIONS = 5
# a pod drains for as long as its grace period says
MOVED_SECONDS = 240
REDIS = "redis-service-0"
# more than the volume may hold
FILL = "head -c 64M /dev/zero > /tmp/full"
TMP = "tmpSizeLimit=32Mi"
# the kubelet looks at volumes once a minute at most, and at its evictions every ten seconds
EVICTED_SECONDS = 240
READY_SECONDS = 240
Figure = Callable[[str, object], None]


@pytest.mark.proves(6, "Redis killed, and its pod deleted, under load: no acknowledged event is lost")
def test_redis_may_die_under_load(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "stage")
    with service.load(RATE, "--retry") as load:
        gong.kill(cluster, redis(service))
        eventually(lambda: gong.restarts([redis(service)]) and gong.is_ready(redis(service)), "Redis is back", 120)
        gong.goes_on(load)
        before = gong.ids([redis(service)])
        # not by force: the next one would begin on the same files while this one still writes
        cluster.kubectl("delete", f"pod/{REDIS}", namespace=namespace)
        eventually(lambda: is_replaced(service, before), "Redis is back in another pod", 120)
        gong.goes_on(load)
        sent = load.stop()
    service.assert_nothing_is_lost(sent)
    figure("events", sent["sent"])
    figure("refused, and sent again", sum(sent["errors"].values()))
    count("lost", 0)


@pytest.mark.minutes(1)
@pytest.mark.proves(6, "a pod's /tmp full: it is evicted and replaced, and no acknowledged event is lost")
def test_a_pod_that_fills_its_tmp_is_replaced(
    cluster: Cluster, namespace: str, images: Images, figure: Figure, count: Figure
) -> None:
    service = gong.install(cluster, namespace, images, "stage", TMP)
    before = [pod for component in ("web", "worker") for pod in service.release.pods(component)]
    with service.load(RATE, "--retry") as load:
        for pod in before:
            cluster.kubectl("exec", pod["metadata"]["name"], "--", "sh", "-c", FILL, namespace=namespace)
        names = {pod["metadata"]["name"] for pod in before}
        eventually(lambda: evicted(service) == names, "both pods are evicted", EVICTED_SECONDS)
        eventually(lambda: is_ready(service, "web") and is_ready(service, "worker"), "others are ready", READY_SECONDS)
        gong.goes_on(load)
        sent = load.stop()
    service.assert_nothing_is_lost(sent)
    figure("events", sent["sent"])
    figure("refused, and sent again", sum(sent["errors"].values()))
    count("pods evicted", len(before))
    count("lost", 0)


@pytest.mark.minutes(1)
@pytest.mark.proves(6, "a clock an hour wrong: a worker goes on; a web pod that is ahead refuses and says why")
def test_pods_whose_clock_is_an_hour_wrong(cluster: Cluster, namespace: str, images: Images, count: Figure) -> None:
    service = gong.install(cluster, namespace, images, "stage")
    service.release.image = images["gong-webhook-skewed"]
    service.release.upgrade()
    set_clock(cluster, namespace, gong.WORKER, "FAKETIME=+1h")
    stored = acknowledged(service)
    set_clock(cluster, namespace, gong.WEB, "FAKETIME=+1h")
    refused = service.send(EVENTS, SECRET)
    assert (refused["acknowledged"], refused["errors"]) == (0, {"401": EVENTS})
    assert service.metric('gong_webhook_refused_total{reason="expired"}') == EVENTS
    # tokens that do not say when they were made are not yet old there
    set_clock(cluster, namespace, gong.WEB, "FAKETIME=-1h")
    set_clock(cluster, namespace, gong.WORKER, "FAKETIME=-1h")
    stored += acknowledged(service)
    service.assert_each_is_one_row(stored)
    count("refused as expired", EVENTS)
    count("stored in spite of wrong clocks", len(stored))


@pytest.mark.minutes(1)
@pytest.mark.proves(
    6, "a voice pod's clock an hour wrong: tokens stay good; ahead, a session is as old as it says there"
)
def test_voice_pods_whose_clock_is_an_hour_wrong(
    cluster: Cluster, namespace: str, images: Images, count: Figure
) -> None:
    voice.surround(cluster, namespace, images["standins"], "redis-service", "talk")
    values = ["conversation=echo", "replicaCount=1"]
    release = Release(cluster, namespace, voice.CHART, "stage", images["dv-pipecat-echo-skewed"], values=values)
    release.upgrade()
    with in_cluster(cluster, namespace, "talk", f"--sessions={SESSIONS}") as talk:
        set_clock(cluster, namespace, release.deployment, "FAKETIME=-1h")
        eventually(lambda: have_moved(talk), "all have gone on with their tokens", MOVED_SECONDS)
        behind = talk.report()
        set_clock(cluster, namespace, release.deployment, "FAKETIME=+1h")
        eventually(lambda: len(talk.report()["ended"]) == SESSIONS, "each has come to its end", MOVED_SECONDS)
        talked = talk.stop()
    assert (behind["ended"], behind["forgotten"], behind["wrong"]) == ([], 0, [])
    assert all("4001" in reason for reason in talked["ended"])
    assert "4005" not in talked["refused"]
    count("sessions that went on", SESSIONS)
    count("sessions at their end", SESSIONS)


def have_moved(talk: Load) -> bool:
    report = talk.report()
    return bool(report["reconnects"].get("1012", 0) >= SESSIONS == report["open"])


def acknowledged(service: gong.Service) -> list[str]:
    """By id, each at the first time of asking; and each a row now."""
    sent = service.send(EVENTS, SECRET)
    assert (sent["acknowledged"], sent["errors"]) == (EVENTS, {})
    service.assert_each_is_one_row(sent["ids"])
    ids: list[str] = sent["ids"]
    return ids


def set_clock(cluster: Cluster, namespace: str, deployment: str, setting: str) -> None:
    cluster.kubectl("set", "env", f"deployment/{deployment}", setting, namespace=namespace)
    status = ["rollout", "status", f"deployment/{deployment}", f"--timeout={READY_SECONDS}s"]
    cluster.kubectl(*status, namespace=namespace, timeout=2 * READY_SECONDS)


def redis(service: gong.Service) -> dict[str, Any]:
    found: dict[str, Any] = service.cluster.json("pods", REDIS, namespace=service.namespace)
    return found


def is_replaced(service: gong.Service, before: set[str]) -> bool:
    (now,) = service.cluster.json("pods", fields=f"metadata.name={REDIS}", namespace=service.namespace)["items"] or [{}]
    return bool(now) and gong.ids([now]) != before and gong.is_ready(now)


def is_ready(service: gong.Service, component: str) -> bool:
    return any(map(gong.is_ready, service.release.pods(component)))


def evicted(service: gong.Service) -> set[str]:
    """Names. Those whose programs end well in time do not say themselves why they ended."""
    events = service.cluster.json("events", namespace=service.namespace, fields="reason=Evicted")["items"]
    return {event["involvedObject"]["name"] for event in events}
