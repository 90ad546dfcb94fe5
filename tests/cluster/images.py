"""The images that tests install: built when first asked for, kept in .tools/images, taken to where the nodes look."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.cluster.handle import Cluster
from tests.images.building import BASE, ROOT, Builder

STANDINS = "standins"
CONTAINERFILE = ROOT / "tests" / "cluster" / "standins" / "Containerfile"
# where pip looks for certificates, as on the machine
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# libfaketime is asked for through the variable FAKETIME; asyncio waits by the other clock, which stays as it is
SKEWED = """COPY --from={standins} /opt/faketime /opt/faketime
ENV LD_PRELOAD=/opt/faketime/libfaketimeMT.so.1 DONT_FAKE_MONOTONIC=1"""
# by the last word of a name, what the image has more than the one that is called like the rest
VARIANTS = {"next": "LABEL next=yes", "broken": 'ENTRYPOINT ["false"]', "skewed": SKEWED}


class Image(NamedTuple):
    """As a chart's values name it. `digest` is empty where the cluster has no registry that would give one."""

    repository: str
    tag: str
    digest: str

    @property
    def reference(self) -> str:
        """As a pod names it."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"


class Built(NamedTuple):
    """`name`: with its tag and without a registry; `id`: buildah's, of its content."""

    name: str
    id: str


class Source(NamedTuple):
    """`service` and `lock`: as tools/images.py knows them; `package`: below app/."""

    service: str
    lock: str
    package: str


SOURCES = {
    "gong-webhook": Source("gong-webhook", "pipecat.txt", "gong_webhook"),
    "dv-pipecat": Source("dv-pipecat", "pipecat.txt", "dv_pipecat"),
    # without a language model, and a third of the size
    "dv-pipecat-echo": Source("dv-pipecat", "voice.txt", "dv_pipecat"),
}


class Images(Mapping[str, Image]):
    """By name: those of SOURCES, each of them with a dash and a variant behind it, and the stand-ins.

    Safe to be used by several processes at once. Skips the test where no image can be brought into the cluster.
    """

    def __init__(self, cluster: Cluster, builder: Builder) -> None:
        self._cluster = cluster
        self._builder = builder
        self._names = [STANDINS, *SOURCES, *(f"{name}-{variant}" for name in SOURCES for variant in VARIANTS)]
        self._taken: dict[str, Image] = {}

    def __getitem__(self, name: str) -> Image:
        if name not in self._names:
            raise KeyError(name)
        self._cluster.needs("images")
        if name not in self._taken:
            built = build(self._builder, name)
            take = self._pushed if self._cluster.registry else self._loaded
            self._taken[name] = take(built)
        return self._taken[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _pushed(self, built: Built) -> Image:
        """What the registry has already is not sent again."""
        repository, tag = f"{self._cluster.registry}/{built.name}".rsplit(":", 1)
        near = repository.startswith(("127.0.0.1:", "localhost:"))
        # to unpack what gzip has packed takes a processor, in each cluster, twice as long
        plain = ["--tls-verify=false", "--compression-format=zstd"] if near else []
        with TemporaryDirectory() as folder:
            digest = Path(folder, "digest")
            push = ["buildah", "push", "--quiet", *plain, f"--digestfile={digest}", built.id]
            self._builder.run(*self._cluster.enter, *push, f"docker://{repository}:{tag}")
            return Image(repository, tag, digest.read_text())

    def _loaded(self, built: Built) -> Image:
        """Unless it was the last one of its name."""
        repository, tag = built.name.rsplit(":", 1)
        note = self._cluster.state / "images" / built.name.replace("/", "_")
        with self._builder.alone():
            if not note.exists() or note.read_text() != built.id:
                with TemporaryDirectory() as folder:
                    archive = f"{folder}/image.tar"
                    self._builder.buildah("push", "--quiet", built.id, f"docker-archive:{archive}:{built.name}")
                    self._builder.run(*self._cluster.load, archive)
                note.parent.mkdir(exist_ok=True)
                note.write_text(built.id)
        return Image(repository, tag, "")


def build(builder: Builder, name: str) -> Built:
    """The one that was built of the same files before, if there is one."""
    if name == STANDINS:
        return _standins(builder)
    if name in SOURCES:
        return _service(builder, SOURCES[name])
    parent, _, variant = name.rpartition("-")
    return _variant(builder, build(builder, parent), variant)


def _service(builder: Builder, source: Source) -> Built:
    names = [f"Dockerfile.{source.service}", ".dockerignore", "tools/images.py", "requirements/sbom.txt"]
    names += [f"requirements/{source.lock}", *_tree("app/*.py", f"app/{source.package}/**/*")]
    made = _digest(BASE, names)

    def make() -> Built:
        name = builder.service(source.service, source.lock)
        return Built(name, _id(builder, name))

    return once(builder, made, make)


def _standins(builder: Builder) -> Built:
    folder = CONTAINERFILE.parent.relative_to(ROOT)
    locks = [f"requirements/{name}.txt" for name in ("fakesnow", "gong", "voice")]
    made = _digest(BASE, [*locks, *_tree("app/**/*", "tests/servers/*.py", f"{folder}/*")])
    name = f"{STANDINS}:{made[:12]}"

    def make() -> Built:
        ignored = f"--ignorefile={CONTAINERFILE.with_suffix('.ignore')}"
        command = ["build", "--quiet", "--layers", f"--build-arg=BASE={builder.base()}", f"--tag={name}"]
        secret = [f"--secret=id=ca,src={AUTHORITIES}"] if AUTHORITIES.exists() else []
        with builder.alone():
            builder.buildah(*command, *secret, ignored, f"--file={CONTAINERFILE}", str(ROOT))
        return Built(name, _id(builder, name))

    return once(builder, made, make)


def _variant(builder: Builder, parent: Built, variant: str) -> Built:
    lines = VARIANTS[variant]
    if "{standins}" in lines:
        lines = lines.format(standins=_standins(builder).id)
    made = _digest(f"{parent.id}\n{lines}", [])

    def make() -> Built:
        text = f"FROM {parent.id}\n{lines}\n"
        with TemporaryDirectory() as empty, builder.alone():
            tag = f"--tag={parent.name}-{variant}"
            built = builder.buildah("build", "--quiet", "--layers", tag, "--file=-", empty, stdin=text)
        return Built(f"{parent.name}-{variant}", built.removeprefix("sha256:"))

    return once(builder, made, make)


def _id(builder: Builder, name: str) -> str:
    return builder.buildah("inspect", "--type=image", "--format={{.FromImageID}}", name)


@cache
def _tree(*patterns: str) -> tuple[str, ...]:
    """The files of the repository that match, but for what Python made."""
    found = (path for pattern in patterns for path in ROOT.glob(pattern))
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found if path.is_file() and path.suffix != ".pyc"))


def _digest(text: str, files: Iterable[str]) -> str:
    """Of what an image is made of."""
    made = sha256(text.encode())
    for name in files:
        made.update(f"\n{name}\n".encode() + (ROOT / name).read_bytes())
    return made.hexdigest()


def once(builder: Builder, made: str, make: Callable[[], Built]) -> Built:
    """Unless it was made before; who asks meanwhile waits, and is given the same."""
    folder = builder.folder / "made"
    folder.mkdir(exist_ok=True)
    note = folder / made
    with (folder / f"{made}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = Built(*json.loads(note.read_text())) if note.exists() else None
        if found is None or not builder.has(found.id):
            found = make()
            fresh = folder / f"{made}.new"
            fresh.write_text(json.dumps(found))
            fresh.rename(note)
        return found
