"""The program chartgen on a cluster, with a chartgen.yaml of a test's own and a kubeconfig that has its contexts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.handle import Cluster
from tests.cluster.release import ROOT

PROGRAM = Path(sys.executable).with_name("chartgen")
CONTEXT = "the-cluster-of-this-test"
SECONDS = 120


class Configured:
    """In a folder: the repository's chartgen.yaml, but with one namespace and one context for all environments.

    The kubeconfig's current context leads nowhere: what would follow it, as the shell's kubectl does, fails.
    """

    def __init__(self, cluster: Cluster, namespace: str, folder: Path, **more: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.folder = folder
        config = yaml.safe_load((ROOT / "chartgen.yaml").read_text())
        for chart in config["charts"].values():
            for environment in chart["environments"].values():
                environment |= {"namespace": namespace, "context": CONTEXT, **more}
        (folder / "charts").symlink_to(ROOT / "charts")
        (folder / "chartgen.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        self.kubeconfig = folder / "kubeconfig"
        self.write_kubeconfig()

    def write_kubeconfig(self, **user: object) -> None:
        """`user`: what stands beside the credentials, such as whom to impersonate."""
        config = yaml.safe_load(self.cluster.kubeconfig.read_text())
        used = next(each["context"] for each in config["contexts"] if each["name"] == config["current-context"])
        for each in config["users"]:
            each["user"] |= user
        config["contexts"] = [{"name": CONTEXT, "context": used}]
        config["current-context"] = "of-another-cluster"
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def run(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """The status is for the caller to judge."""
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env={**self.cluster.environment, "KUBECONFIG": str(self.kubeconfig), **variables},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def printed(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def compared(self, *arguments: str) -> Mapping[str, Any]:
        """The one comparison of a `diff`, as its JSON has it."""
        (found,) = json.loads(self.printed("diff", *arguments, "-o", "json"))["comparisons"]
        return dict(found)
