"""A release of one of our charts, installed as chartgen.yaml says it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chartgen.sources.files import open_repository
from tests.cluster.handle import Cluster
from tests.cluster.images import Image

ROOT = Path(__file__).parents[2]
OVERLAYS = Path(__file__).with_name("overlays")
WAIT = ("--wait", "--timeout=5m")


class Release:
    """`name`: the release's, as chartgen.yaml gives it; `values`: further settings, as `--set` takes them.

    `overlay`: off, the charts' own replicas, requests and timings hold.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        chart: str,
        environment: str,
        image: Image | None,
        *,
        overlay: bool = True,
        values: Sequence[str] = (),
    ) -> None:
        repository = open_repository(ROOT / "chartgen.yaml")
        self.cluster = cluster
        self.namespace = namespace
        self.chart = chart
        self.environment = environment
        self.image = image
        self.values = tuple(values)
        self.path = ROOT / repository.config.charts[chart].path
        self._entry = repository.config.charts[chart].environments[environment]
        self._overlays = [OVERLAYS / f"{chart}.yaml"] if overlay else []

    @property
    def name(self) -> str:
        return self._entry.release

    @property
    def track(self) -> str:
        return "canary" if self._entry.track_of else "stable"

    @property
    def deployment(self) -> str:
        """The name of what takes traffic."""
        return self.name.replace("gong-webhook", "gong-webhook-service")

    def settings(self, chart_path: Path | None = None) -> list[str]:
        """Options that give helm the values: of a chart's own files, or of the same files in another folder."""
        files = [(chart_path or self.path) / name for name in self._entry.values] + self._overlays
        listed = [f"--values={path}" for path in files]
        return [*listed, *_image(self.image), *(f"--set={value}" for value in self.values)]

    def upgrade(self, *arguments: str, chart_path: Path | None = None) -> str:
        """Install it, or make it what it is told here; waits until its pods are ready."""
        chart = str(chart_path or self.path)
        command = ("upgrade", "--install", self.name, chart, *self.settings(chart_path), *WAIT, *arguments)
        return self.cluster.helm(*command, namespace=self.namespace)

    def test(self) -> str:
        return self.cluster.helm("test", self.name, "--logs", "--timeout=5m", namespace=self.namespace)

    def rollback(self, *arguments: str) -> str:
        return self.cluster.helm("rollback", self.name, *arguments, *WAIT, namespace=self.namespace)

    def uninstall(self) -> str:
        return self.cluster.helm("uninstall", self.name, *WAIT, namespace=self.namespace)

    def history(self) -> list[dict[str, Any]]:
        """Its revisions, the oldest first."""
        listed = self.cluster.helm("history", self.name, "--output=json", namespace=self.namespace)
        found: list[dict[str, Any]] = json.loads(listed)
        return found

    def pods(self, component: str = "") -> list[dict[str, Any]]:
        """Of this release's own track; of one component (web, worker, voice) where it is named."""
        labels = {"app.kubernetes.io/name": self.chart, "version": self.track}
        if component:
            labels["app.kubernetes.io/component"] = component
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        found: list[dict[str, Any]] = self.cluster.json("pods", selector=selector, namespace=self.namespace)["items"]
        return found


def _image(image: Image | None) -> list[str]:
    if image is None:
        return []
    pull = [] if image.digest else ["--set=image.pullPolicy=IfNotPresent"]
    tag, digest = f"--set-string=image.tag={image.tag}", f"--set-string=image.digest={image.digest}"
    return [f"--set-string=image.repository={image.repository}", tag, digest, *pull]
