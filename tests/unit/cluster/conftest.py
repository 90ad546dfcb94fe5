"""What the tests of the cluster suite's own parts share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cluster.programs import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Of kind, kubectl and helm."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return Programs(folder, "kind", "kubectl", "helm")
