"""The images, built as a user builds them: from wheels, without a network, on a small Debian of our own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.images.building import PROGRAMS, Builder
from tests.images.container import Container, Image, Pod

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
def builder(require: Callable[[str], Path]) -> Builder:
    for program in PROGRAMS:
        require(program)
    namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    if os.geteuid() != 0 or subprocess.run(namespaces, capture_output=True, check=False).returncode:
        reason = "needs root with CAP_SYS_ADMIN: the tests of the images mount their files and cut off the network"
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(reason)
    return Builder()


@pytest.fixture(scope="session")
def base(builder: Builder) -> str:
    return builder.base()


@pytest.fixture(scope="session")
def built(builder: Builder) -> Callable[[str, str], Image]:
    """The image of that name, holding that lock."""

    @cache
    def image(name: str, lock: str) -> Image:
        return Image(name, builder.service(name, lock), builder.environment)

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
