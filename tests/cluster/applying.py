"""`chartgen secrets` on a cluster, where every word that it says is searched for the values that it was given."""

from __future__ import annotations

import json
import secrets
import subprocess
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.configured import PROGRAM, Configured
from tests.cluster.handle import Cluster
from tests.servers.pulumi import Pulumi

APP, CREDS, GONG = "dv-pipecat-app-secrets", "dv-pipecat-gcp-creds", "gong-webhook-secrets"
DV = ("-c", "dv-pipecat")
WEBHOOK = ("-c", "gong-webhook")
ESC = "scoobyjava-org/default/sophia-ai-production"
PRODUCTION = ("--from=gong-webhook-secrets=pulumi:default/sophia-ai-production",)
SLOW_SECONDS = 1.0
SLOW_KUBECTL = '#!/bin/sh\nsleep {seconds}\nexec kubectl "$@"\n'
LINES = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n"


@dataclass
class Seen:
    """What was seen of the processes of this machine: values by where, and the names of the programs."""

    found: dict[str, str] = field(default_factory=dict)
    programs: set[str] = field(default_factory=set)


class Applying(Configured):
    """With a `pulumi` of its own, values of its own, and rights as a test wants them."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(cluster, namespace, folder)
        self._key, self._redis, self._private = (secrets.token_hex(12) for _ in range(3))
        self.account = {
            "GONG_ACCESS_KEY": secrets.token_hex(12),
            "GONG_CLIENT_SECRET": LINES.format(secrets.token_hex(24)),
            "SNOWFLAKE_ACCOUNT": secrets.token_hex(6),
            "SNOWFLAKE_USER": secrets.token_hex(6),
            "SNOWFLAKE_PASSWORD": secrets.token_hex(12),
        }
        chatbot = json.loads(self.variables("PROD")["PROD_SECRETS_JSON"])
        self.opened = {"environmentVariables": self.account, "others": {"deep": [1, None, True]}}
        environments = {ESC: self.opened, "scoobyjava-org/default/chatbot": {"environmentVariables": chatbot}}
        self.pulumi = Pulumi(folder / "bin", environments)
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        self._values = [self._key, self._redis, self._private, *self.account.values()]
        self.environment = {
            **cluster.environment,
            "KUBECONFIG": str(self.kubeconfig),
            "PULUMI_ORG": "scoobyjava-org",
            "TMPDIR": str(self.tmp),
            **self.pulumi.variables,
        }

    def variables(
        self, stage: str, creds: str = "service_account", redis: str = "redis", **more: str
    ) -> dict[str, str]:
        """Those of dv-pipecat, as a workflow sets them."""
        data = {"OPENAI_API_KEY": f"sk-{self._key}", "REDIS_URL": f"redis://:{self._redis}@{redis}:6379", **more}
        account = {"type": creds, "private_key": LINES.format(self._private)}
        return {f"{stage}_SECRETS_JSON": json.dumps(data), f"{stage}_CREDS_JSON": json.dumps(account)}

    def hides(self, *values: str) -> None:
        """These must not be seen either."""
        self._values += values

    def leaked(self, text: str) -> str:
        """A value that a text has, as it is, in base64 or as JSON writes it; "" where it has none."""
        for value in self._values:
            lines = [line for line in value.splitlines() if not line.startswith("-----")]
            for each in (*lines, b64encode(value.encode()).decode(), *(_inner(line) for line in lines)):
                if each in text:
                    return each
        return ""

    def run(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        done = super().run(*arguments, stdin=stdin, **{**self.environment, **variables})
        assert not self.leaked(done.stdout + done.stderr)
        assert list(self.tmp.iterdir()) == []
        return done

    def shell(self, command: str) -> str:
        """What a command that succeeds says, on either way, where `pulumi` is the stand-in."""
        done = subprocess.run(
            ["bash", "-c", command],
            env={**self.environment, "PATH": f"{self.pulumi.folder}:{self.environment['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def applied(self, environment: str, *options: str, stdin: str = "", **variables: str) -> list[dict[str, Any]]:
        """What became of each Secret of one chart."""
        done = self.run("secrets", "apply", environment, *options, "-o", "json", stdin=stdin, **variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        (chart,) = json.loads(done.stdout)["applied"]
        return list(chart["secrets"])

    def outcomes(self, environment: str, *options: str, stdin: str = "", **variables: str) -> dict[str, str]:
        found = self.applied(environment, *options, stdin=stdin, **variables)
        return {each["name"]: each["outcome"] for each in found}

    def refused(self, environment: str, *options: str, **variables: str) -> str:
        """Why it does nothing."""
        done = self.run("secrets", "apply", environment, *options, **variables)
        assert (done.returncode, done.stdout) == (2, ""), done.stdout
        return done.stderr

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self.cluster.kubectl(*arguments, namespace=self.namespace, stdin=stdin)

    def exists(self, name: str) -> bool:
        return bool(self.kubectl("get", "secret", name, "--ignore-not-found", "-o", "name"))

    def secret(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.kubectl("get", "secret", name, "-o", "json", "--show-managed-fields")))

    def data(self, name: str) -> dict[str, str]:
        return {key: b64decode(value).decode() for key, value in self.secret(name)["data"].items()}

    def annotations(self, name: str) -> dict[str, str]:
        return dict(self.secret(name)["metadata"].get("annotations", {}))

    def object(self, name: str, metadata: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, **metadata}, **fields}

    def make(self, name: str, metadata: dict[str, Any], **fields: Any) -> None:
        """A Secret of somebody else."""
        made = self.object(name, metadata, **{"data": {"username": "dQ=="}, **fields})
        self.kubectl("create", "-f-", stdin=json.dumps(made))

    def impersonate(self, user: str, resource: str, verbs: Sequence[str], name: str = "") -> None:
        """From here on it is a user with these rights, beside those given before by another `name`."""
        role = f"{user}-{name or 'all'}"
        rule = {"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}
        group = "rbac.authorization.k8s.io"
        subject = {"kind": "User", "name": f"{self.namespace}-{user}", "apiGroup": group}
        made = {"apiVersion": f"{group}/v1", "metadata": {"name": role}}
        self.cluster.apply(
            made | {"kind": "Role", "rules": [rule | ({"resourceNames": [name]} if name else {})]},
            made
            | {
                "kind": "RoleBinding",
                "roleRef": {"apiGroup": group, "kind": "Role", "name": role},
                "subjects": [subject],
            },
            namespace=self.namespace,
        )
        self.write_kubeconfig(**{"as": subject["name"]})

    def slow(self) -> None:
        """So that there is time to look at the programs that it starts."""
        self.pulumi.set(seconds=SLOW_SECONDS)
        wrapper = self.folder / "bin" / "kubectl"
        wrapper.write_text(SLOW_KUBECTL.format(seconds=SLOW_SECONDS))
        wrapper.chmod(0o755)
        self.environment["KUBECTL_BIN"] = str(wrapper)

    @contextmanager
    def watched(self) -> Iterator[Seen]:
        """All processes of this machine but chartgen itself, and its temporary files, while the block runs."""
        seen, done = Seen(), threading.Event()
        watcher = threading.Thread(target=self._watch, args=[seen, done])
        watcher.start()
        try:
            yield seen
        finally:
            done.set()
            watcher.join()

    def _watch(self, seen: Seen, done: threading.Event) -> None:
        while not done.wait(0.005):
            for process in Path("/proc").glob("[0-9]*"):
                self._look_at(process, seen)
            for file in (path for path in self.tmp.rglob("*") if path.is_file()):
                with suppress(OSError):
                    self._note(str(file), file.read_bytes(), seen)

    def _look_at(self, process: Path, seen: Seen) -> None:
        """A child is its parent, with all that this has, until it runs its own program: it has that one's words."""
        with suppress(OSError):
            words, variables = ((process / name).read_bytes() for name in ("cmdline", "environ"))
            if str(self.folder).encode() not in variables:
                return
            arguments = words.decode(errors="replace").split("\0")
            seen.programs |= {Path(word).name for word in arguments}
            self._note(f"the arguments of {arguments}", words, seen)
            if str(PROGRAM) not in arguments:
                self._note(f"the environment of {arguments}", variables, seen)

    def _note(self, where: str, text: bytes, seen: Seen) -> None:
        if value := self.leaked(text.decode(errors="replace")):
            seen.found[where] = value

    def look_everywhere(self) -> None:
        """In all that the namespace holds, a value stands in the data of a Secret alone."""
        kinds = self.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
        listed = self.kubectl("get", ",".join(sorted(kinds)), "-o", "yaml", "--show-managed-fields")
        items = yaml.safe_load(listed)["items"]
        assert {"Secret"} <= {each["kind"] for each in items}
        for each in items:
            data = each.pop("data", {}) if each["kind"] == "Secret" else {}
            assert not self.leaked(json.dumps(each)), each["kind"]
            assert all(not self.leaked(key) for key in data)


def _inner(text: str) -> str:
    return json.dumps(text)[1:-1]
