"""Ending the processes of a pod: a local cluster's are this machine's, so not to find them is a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import gong
from tests.cluster.handle import Cluster

# nobody's container
POD = {"status": {"containerStatuses": [{"containerID": f"containerd://{'0' * 64}"}]}}


@pytest.mark.parametrize(("provider", "raised"), [("local", AssertionError), ("existing", pytest.skip.Exception)])
def test_a_pod_without_processes_here_is_a_failure_where_they_must_be(
    provider: str, raised: type[BaseException], tmp_path: Path
) -> None:
    with pytest.raises(raised):
        gong.kill(Cluster(provider, tmp_path, tmp_path / "kubeconfig", "", {}), POD)
