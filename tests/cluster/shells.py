"""A user in the repository who runs what a guide says, in a shell whose kubectl and helm know one namespace."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tests.cluster.guides import COMMANDS
from tests.cluster.handle import Cluster
from tests.cluster.release import ROOT
from tests.cluster.waiting import eventually

SECONDS = 300.0
Done = subprocess.CompletedProcess[str]


class Shell:
    """On the cluster's own network, so that the ports of a guide are free there.

    `filled`: what stands for a guide's placeholder, by the words that are written there.
    """

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        self.cluster = cluster
        self.namespace = namespace
        kubeconfig = folder / "kubeconfig"
        shutil.copy(cluster.kubeconfig, kubeconfig)
        self._bash = [*cluster.enter, "bash", "-c"]
        self.environment = {**cluster.environment, "KUBECONFIG": str(kubeconfig)}
        self.run("kubectl config set-context --current --namespace=$NAMESPACE", NAMESPACE=namespace)

    def run(self, text: str, stdin: str = "", **variables: str) -> Done:
        """Its status is for the caller to judge."""
        return subprocess.run(
            [*self._bash, text],
            cwd=ROOT,
            env={**self.environment, **variables},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def guide(self, name: str, filled: Mapping[str, str] | None = None, stdin: str = "", **variables: str) -> Done:
        """A command of the guides, as it is written but for its placeholders."""
        return self.run(written(name, filled), stdin, **variables)

    @contextmanager
    def following(self, text: str) -> Iterator[list[str]]:
        """The lines that it prints, on either way, while the block runs; then it is ended."""
        lines: list[str] = []
        with subprocess.Popen(
            [*self._bash, text],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # with all that it starts
            start_new_session=True,
        ) as process:
            reader = threading.Thread(target=_collect, args=[process.stdout, lines])
            reader.start()
            try:
                yield lines
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                reader.join()

    def typed(self, text: str, keys: str = "") -> str:
        """What appears on a terminal on which `keys` are typed, until the command ends."""
        own, theirs = pty.openpty()
        with subprocess.Popen(
            [*self._bash, text], cwd=ROOT, env=self.environment, stdin=theirs, stdout=theirs, stderr=theirs
        ) as process:
            os.close(theirs)
            os.write(own, keys.encode())
            shown = b"".join(_read(own))
            process.wait(SECONDS)
        os.close(own)
        return shown.decode()


def _collect(output: TextIO, lines: list[str]) -> None:
    for line in output:
        lines.append(line)  # noqa: PERF402  others read it meanwhile


def _read(terminal: int) -> Iterator[bytes]:
    """Until nobody is left who could write there."""
    while True:
        try:
            yield os.read(terminal, 65536)
        except OSError:
            break


def written(name: str, filled: Mapping[str, str] | None = None) -> str:
    """As the guide has it, with something for each placeholder. Each must be there."""
    text = COMMANDS[name].text
    for placeholder, value in (filled or {}).items():
        assert placeholder in text
        text = text.replace(placeholder, value)
    return text


def advised(chart: str, where: str, namespace: str) -> str:
    """The first commands after these words in the chart's README, for this namespace and no other."""
    _, found, rest = (ROOT / "charts" / chart / "README.md").read_text().partition(where)
    assert found
    commands = re.findall(r"```bash\n(.*?)```", rest, re.DOTALL)[0].replace(" -n sophia-ai", "")
    return re.sub(r"\bkubectl ", f"kubectl -n {namespace} ", commands)


def shown(lines: list[str], *words: str) -> None:
    """Returns when each of these stands in some line."""

    def seen() -> bool:
        missing = [word for word in words if not any(word in line for line in lines)]
        assert not missing, f"{missing} in {lines}"
        return True

    eventually(seen, "what is followed is shown", SECONDS)
