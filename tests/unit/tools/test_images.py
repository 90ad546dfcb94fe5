"""tools/images.py finds a program that works, tells it what to build, and says what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from app.gong_webhook import __version__

ROOT = Path(__file__).parents[3]
GONG = f"sophia-ai/gong-webhook-service:{__version__}"
# stands in for a builder: notes what it is asked, answers `info` as it is told, and shows a size
STAND_IN = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >>"$CALLS"
case "$1" in
info) exit {info} ;;
build) seq 100; echo "kit $DOCKER_BUILDKIT"; exit {build} ;;
images) echo '12 MB' ;;
esac
"""


class Ran(NamedTuple):
    """`builds`: the command lines of all builds."""

    status: int
    output: str
    errors: str
    builds: list[str]


class Machine:
    """A PATH with stand-ins, and nothing else that builds or runs containers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "bin"
        self._folder.mkdir()
        self._calls = folder / "calls"
        for name in ("sh", "basename", "seq", "git"):
            (self._folder / name).symlink_to(next(Path(at, name) for at in PATH if Path(at, name).exists()))

    def has(self, name: str, *, info: int = 0, build: int = 0) -> None:
        """`info`, `build`: its exit status when it is asked that."""
        program = self._folder / name
        program.write_text(STAND_IN.format(info=info, build=build))
        program.chmod(0o755)

    def run(self, *words: str, **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, ROOT / "tools" / "images.py", *words],
            env={"PATH": str(self._folder), "CALLS": str(self._calls), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        calls = self._calls.read_text().splitlines() if self._calls.exists() else []
        return Ran(done.returncode, done.stdout, done.stderr, [line for line in calls if line.split()[1] == "build"])


PATH = os.environ["PATH"].split(os.pathsep)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_both_images_are_built_and_each_is_shown_with_its_size_and_time(machine: Machine) -> None:
    machine.has("docker")
    ran = machine.run()
    assert ran.status == 0
    gong, voice = (line.split("  ") for line in ran.output.splitlines())
    assert gong[:2] == [GONG, "12 MB"]
    assert voice[:2] == [f"dv-pipecat:{__version__}", "12 MB"]
    assert gong[2].endswith(" s")
    assert [build.partition("--file ")[2].split()[0] for build in ran.builds] == [
        "Dockerfile.gong-webhook",
        "Dockerfile.dv-pipecat",
    ]


def test_one_image_can_be_named(machine: Machine) -> None:
    machine.has("docker")
    assert machine.run("dv-pipecat").output.split()[0] == f"dv-pipecat:{__version__}"


@pytest.mark.parametrize(
    ("answers", "builder"),
    [
        ({"docker": 0, "buildah": 0, "podman": 0}, "docker"),
        ({"docker": 1, "buildah": 0, "podman": 0}, "buildah"),
        ({"docker": 1, "buildah": 125, "podman": 0}, "podman"),
        ({"podman": 0}, "podman"),
    ],
)
def test_the_first_builder_that_answers_is_taken(answers: dict[str, int], builder: str, machine: Machine) -> None:
    for name, info in answers.items():
        machine.has(name, info=info)
    ran = machine.run("gong-webhook")
    assert [build.split()[0] for build in ran.builds] == [builder]


def test_a_builder_that_is_named_is_taken_or_none(machine: Machine) -> None:
    machine.has("docker")
    machine.has("podman")
    assert machine.run("gong-webhook", "--tool", "podman").builds[0].startswith("podman build")
    missing = machine.run("gong-webhook", "--tool", "buildah")
    assert (missing.status, missing.output) == (2, "")
    assert missing.errors.startswith("images: buildah: none works here")


def test_without_a_builder_it_says_what_to_install(machine: Machine) -> None:
    machine.has("docker", info=1)
    ran = machine.run()
    assert (ran.status, ran.builds) == (2, [])
    assert ran.errors == (
        "images: docker and buildah and podman: none works here; on Debian and Ubuntu: apt-get install buildah\n"
    )


def test_a_build_that_fails_ends_it_with_the_last_lines_of_its_output(machine: Machine) -> None:
    machine.has("docker", build=3)
    ran = machine.run()
    assert (ran.status, ran.output, len(ran.builds)) == (1, "", 1)
    assert ran.errors.endswith("\n99\n100\nkit 1\ndocker failed with status 3\n")
    assert "\n10\n" not in ran.errors


def test_the_labels_are_the_packages_version_the_commit_and_what_is_told(machine: Machine) -> None:
    machine.has("docker")
    (build,) = machine.run("gong-webhook", "--source", "https://git.example/code").builds
    assert f"VERSION={__version__}" in build.split()
    assert "SOURCE=https://git.example/code" in build.split()
    assert "REVISION=" in build


def test_offline_nothing_is_downloaded(machine: Machine) -> None:
    machine.has("docker")
    (build,) = machine.run("gong-webhook", "--offline").builds
    assert "--network none" in build
    assert "PIP_FLAGS=--no-index --find-links=/context/wheels" in build
    assert "--build-arg PACKAGES= " in build


def test_the_base_and_the_platform_are_handed_on(machine: Machine) -> None:
    machine.has("docker")
    (build,) = machine.run("gong-webhook", "--base", "debian@sha256:0", "--platform", "linux/arm64").builds
    assert "BASE=debian@sha256:0" in build.split()
    assert "--platform linux/arm64" in build
    assert "BASE=" not in machine.run("gong-webhook").builds[-1]


def test_an_image_without_pipecat_is_not_to_be_mistaken_for_the_whole_one(machine: Machine) -> None:
    machine.has("docker")
    ran = machine.run("dv-pipecat", "--lock", "voice.txt")
    assert ran.output.split()[0] == f"dv-pipecat:{__version__}-voice"
    assert "LOCK=voice.txt" in ran.builds[0].split()


def test_certificates_of_the_machines_own_are_a_secret_of_the_build(machine: Machine) -> None:
    machine.has("docker")
    (build,) = machine.run("gong-webhook", SSL_CERT_FILE="/etc/ca.crt").builds
    assert "--secret id=ca,src=/etc/ca.crt" in build
    assert "PIP_FLAGS=--cert=/run/secrets/ca" in build
    assert "--secret id=ca,src=/other.crt" in machine.run("--ca", "/other.crt", SSL_CERT_FILE="/etc/ca.crt").builds[-1]


def test_a_proxys_password_is_in_no_command_line(machine: Machine) -> None:
    machine.has("docker")
    (build,) = machine.run("gong-webhook", HTTPS_PROXY="http://me:secret@proxy.example").builds
    assert "--build-arg HTTPS_PROXY " in build
    assert "secret@" not in build


def test_buildah_needs_no_runtime_for_containers_and_uses_one_that_is_there(machine: Machine) -> None:
    machine.has("buildah")
    assert "--isolation chroot" in machine.run("gong-webhook").builds[-1]
    # in a chroot there is no other network than the machine's
    assert "--network" not in machine.run("gong-webhook", "--offline").builds[-1]
    assert "--isolation" not in machine.run("gong-webhook", BUILDAH_ISOLATION="rootless").builds[-1]
    machine.has("runc")
    assert "--isolation" not in machine.run("gong-webhook").builds[-1]
    assert "--network none" in machine.run("gong-webhook", "--offline").builds[-1]


def test_wheels_of_what_the_images_hold_are_downloaded_and_no_image_is_built(machine: Machine) -> None:
    machine.has("buildah")
    ran = machine.run("--wheels", "--base", "localhost/base")
    (build,) = ran.builds
    assert "--file Dockerfile.wheels" in build
    assert "LOCKS=gong pipecat sbom" in build
    assert "--output type=local,dest=requirements/wheels" in build
    assert "BASE=localhost/base" in build
    assert ran.output.startswith("requirements/wheels  ")


def test_an_image_that_does_not_exist_is_refused_with_those_that_do(machine: Machine) -> None:
    ran = machine.run("gong")
    assert ran.status == 2
    assert "no image is called gong: there are gong-webhook, dv-pipecat" in ran.errors
