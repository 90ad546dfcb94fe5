"""Live sessions and rollouts: what is asked to move goes on elsewhere, and nobody hears of it in what is said."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.cluster import voice
from tests.cluster.handle import Cluster
from tests.cluster.images import STANDINS, Images
from tests.cluster.release import Release
from tests.cluster.standins.loads import in_cluster
from tests.cluster.waiting import eventually

Figure = Callable[[str, object], None]
SESSIONS = 200
# chance gives a pod 67 of them, and more than 100 in one of a million runs; 20 a pod would be more pods than two cores
# start in the time
REPLICAS = 3
VALUES = ("conversation=echo", f"replicaCount={REPLICAS}", "maxSessions=100")
GONE_SECONDS = 300
MOVE_SECONDS = 300
# for how long a token is good: a minute where the machine is not busy with other tests
PATIENT = {"RESUME_SECONDS": "600"}
MOVED = "1012"


@pytest.mark.minutes(1)
@pytest.mark.proves(3, "200 live sessions survive a rolling update by the drain: no session lost, no message twice")
def test_live_sessions_survive_a_rolling_update_by_the_drain(
    cluster: Cluster, namespace: str, images: Images, count: Figure, figure: Figure
) -> None:
    voice.surround(cluster, namespace, images[STANDINS], "redis-service", "talk", **PATIENT)
    release = Release(cluster, namespace, voice.CHART, "prod", images["dv-pipecat-echo"], values=VALUES)
    release.upgrade()
    old = voice.names(cluster, namespace)
    with in_cluster(cluster, namespace, "talk", f"--sessions={SESSIONS}", "--pause=4") as load:
        release.image = images["dv-pipecat-echo-next"]
        start = time.monotonic()
        release.upgrade()
        eventually(lambda: not old & voice.names(cluster, namespace), "the old pods are gone", GONE_SECONDS)
        figure("seconds", round(time.monotonic() - start))
        eventually(lambda: load.report()["open"] == SESSIONS, "all go on elsewhere", MOVE_SECONDS)
        talked = load.stop()
    voice.assert_nothing_is_lost(talked)
    assert talked["opened"] == SESSIONS
    # each was on a pod that had to go, and some were led to another one of these
    assert set(talked["reconnects"]) == {MOVED}
    assert talked["reconnects"][MOVED] >= SESSIONS
    assert talked["versions"][release.image.tag] >= SESSIONS
    count("sessions", SESSIONS)
    count("lost", 0)
    figure("messages", talked["answered"])
    figure("moves", talked["reconnects"][MOVED])
    figure("refused", talked["refused"])
