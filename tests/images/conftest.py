"""The images, built as a user builds them: from wheels, without a network, on a small Debian of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from tests.images.container import Container, Image, Pod

ROOT = Path(__file__).parents[2]
# with what was built before, so that a second run is a quick one; `make clean` removes it
CACHE = ROOT / ".tools" / "images"
# Debian with what the images are told not to install here, and a pip where Docker's own images of Python have theirs
# Debian's mirror, the package index and two cores may all be slow at once
BUILD_SECONDS = 1800
MAKE_BASE = [
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--include=python3,python3-venv,ca-certificates,bash,curl",
    '--customize-hook=mkdir -p "$1/usr/local/lib/python3.11/site-packages/pip"',
    '--customize-hook=touch "$1/usr/local/bin/pip3"',
    "bookworm",
]
# a base made otherwise is another base
BASE = f"localhost/tests-base:{sha256(' '.join(MAKE_BASE).encode()).hexdigest()[:12]}"
# with the two locks of the voice service
EACH = ["gong-webhook", "dv-pipecat voice.txt", "dv-pipecat pipecat.txt"]
SECRET = "hs256:for-this-laptop-only-not-for-production"  # noqa: S105  guards nothing
PODS = {
    "gong-webhook": Pod(environment={"GONG_WEBHOOK_SECRETS": SECRET}, tmpfs=("tmp", "data")),
    # the file is mounted where the chart mounts Google's credentials
    "dv-pipecat": Pod(environment={"DRAIN_LAG_SECONDS": "0"}, files={"app/creds.json": "/etc/hostname"}),
}
HEALTH = {
    "gong-webhook": "http://127.0.0.1:8080/health",
    "dv-pipecat": "http://127.0.0.1:8765/pc/v1/healthcheck",
}
Start = Callable[..., Container]


@pytest.fixture(scope="session")
def storage(require: Callable[[str], Path]) -> Mapping[str, str]:
    """The environment in which buildah keeps its images apart from the machine's own."""
    for program in ("buildah", "mmdebstrap"):
        require(program)
    namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    if os.geteuid() != 0 or subprocess.run(namespaces, capture_output=True, check=False).returncode:
        reason = "needs root with CAP_SYS_ADMIN: the tests of the images mount their files and cut off the network"
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(reason)
    CACHE.mkdir(parents=True, exist_ok=True)
    kind = subprocess.check_output(["stat", "--file-system", "--format=%T", str(CACHE)], text=True).strip()
    # the kernel stacks no overlay on another, as inside a container
    driver = "vfs" if kind == "overlayfs" else "overlay"
    places = f'graphroot = "{CACHE / "storage"}"\nrunroot = "{CACHE / "run"}"'
    configuration = CACHE / "storage.conf"
    configuration.write_text(f'[storage]\ndriver = "{driver}"\n{places}\n')
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(configuration)}


@pytest.fixture(scope="session")
def base(storage: Mapping[str, str]) -> str:
    image = Image("", BASE, storage)
    if not image.buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        archive = CACHE / "base.tar"
        subprocess.run([*MAKE_BASE, str(archive)], check=True, timeout=BUILD_SECONDS)
        container = image.buildah("from", "scratch")
        image.buildah("add", "--quiet", container, str(archive), "/")
        image.buildah("commit", "--quiet", "--rm", container, BASE)
        archive.unlink()
    return BASE


@pytest.fixture(scope="session")
def built(storage: Mapping[str, str], base: str) -> Callable[[str, str], Image]:
    """The image of that name, holding that lock; the network is cut off while it is built."""
    build = [sys.executable, str(ROOT / "tools" / "images.py"), "--tool=buildah", f"--base={base}"]
    subprocess.run([*build, "--wheels"], env=storage, check=True, timeout=BUILD_SECONDS)

    @cache
    def image(name: str, lock: str) -> Image:
        offline = ["unshare", "--net", *build, "--offline", f"--lock={lock}", name]
        done = subprocess.run(offline, env=storage, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        return Image(name, done.stdout.split()[0], storage)

    return image


@pytest.fixture(scope="module", params=EACH)
def image(request: pytest.FixtureRequest, built: Callable[[str, str], Image]) -> Image:
    """Each image in turn, or those that a test names."""
    service, _, lock = request.param.partition(" ")
    return built(service, lock or "pipecat.txt")


@pytest.fixture
def start(image: Image, tmp_path: Path) -> Iterator[Start]:
    """Starts the service with arguments and variables, under the rules of the charts' pods; waits until it answers."""
    containers: list[Container] = []
    with image.mounted() as root:

        def started(*arguments: str, **environment: str) -> Container:
            pod = PODS[image.service]
            pod = pod._replace(arguments=arguments, environment={**pod.environment, **environment})
            containers.append(Container(image, root, tmp_path / "container.log", pod))
            containers[-1].answer(HEALTH[image.service])
            return containers[-1]

        yield started
        for container in containers:
            container.kill()
