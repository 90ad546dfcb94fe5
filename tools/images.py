"""Builds the images of the services with docker, buildah or podman, whichever works: `make images`, `make wheels`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
# what tells whether a program can build here: docker is often installed without its daemon
ANSWERS = {
    "docker": ["docker", "info", "--format", "{{.ServerVersion}}"],
    "buildah": ["buildah", "info"],
    "podman": ["podman", "info"],
}
ANSWER_SECONDS = 30.0
# lines of a failed build's output that are shown
TAIL = 40
FAILED, COULD_NOT_RUN = 1, 2
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
# where pip and others are told of a machine's own certificate authority
BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class Service(NamedTuple):
    """`image`: its name without a tag; `package`: below app/."""

    image: str
    package: str


class Given(NamedTuple):
    """What the command line says; what is not said is empty. `ca`: a file with certificates."""

    tool: str
    base: str
    lock: str
    platform: str
    source: str
    ca: str
    offline: bool


SERVICES = {
    "gong-webhook": Service("sophia-ai/gong-webhook-service", "gong_webhook"),
    "dv-pipecat": Service("dv-pipecat", "dv_pipecat"),
}
DEFAULT_LOCK = "pipecat.txt"


class Failed(Exception):  # noqa: N818  it says what happened
    """What to print, and the exit status."""

    def __init__(self, message: str, status: int = COULD_NOT_RUN) -> None:
        super().__init__(message)
        self.status = status


def works(tool: str) -> bool:
    try:
        return subprocess.run(ANSWERS[tool], capture_output=True, check=False, timeout=ANSWER_SECONDS).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def choose(wanted: str, is_working: Callable[[str], bool] = works) -> str:
    """Raises Failed."""
    tools = [wanted] if wanted else list(ANSWERS)
    for tool in tools:
        if is_working(tool):
            return tool
    raise Failed(f"{' and '.join(tools)}: none works here; on Debian and Ubuntu: apt-get install buildah")


def how(tool: str, given: Given, environment: Mapping[str, str]) -> list[str]:
    """The command line of any build, but for what is built."""
    command = [tool, "build"] if tool == "docker" else [tool, "build", "--layers"]
    # without a runtime for containers, or inside one of them, buildah runs each step in a chroot, which has no network
    # of its own
    in_chroot = tool == "buildah" and not (shutil.which("crun") or shutil.which("runc"))
    if in_chroot and "BUILDAH_ISOLATION" not in environment:
        command += ["--isolation", "chroot"]
    if tool == "docker":
        # named without a value, which may hold a password: docker reads it from the environment
        command += [word for name in PROXIES if environment.get(name) for word in ("--build-arg", name)]
    if given.offline and not in_chroot:
        command += ["--network", "none"]
    if given.platform:
        command += ["--platform", given.platform]
    if given.ca:
        command += ["--secret", f"id=ca,src={given.ca}"]
    return command


def pip_flags(given: Given) -> str:
    if given.offline:
        return "--no-index --find-links=/context/wheels"
    return "--cert=/run/secrets/ca" if given.ca else ""


def build_arguments(arguments: Mapping[str, str]) -> list[str]:
    return [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]


def version(service: Service) -> str:
    text = (ROOT / "app" / service.package / "__init__.py").read_text()
    (found,) = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return str(found)


def git(*arguments: str) -> str:
    """Empty in an unpacked archive."""
    asked = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else ""


def image(name: str, given: Given) -> tuple[list[str], str]:
    """What is built, as words of the command line, and how it is called."""
    service = SERVICES[name]
    revision = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    arguments = {"VERSION": version(service), "REVISION": revision}
    arguments |= {"SOURCE": given.source, "PIP_FLAGS": pip_flags(given)}
    if given.base:
        arguments["BASE"] = given.base
    if given.offline:
        arguments["PACKAGES"] = ""
    tag = f"{service.image}:{arguments['VERSION']}"
    if name == "dv-pipecat":
        arguments["LOCK"] = given.lock
        # echo only: not to be mistaken for the whole one
        tag += "" if given.lock == DEFAULT_LOCK else f"-{given.lock.removesuffix('.txt')}"
    return ["--file", f"Dockerfile.{name}", *build_arguments(arguments), "--tag", tag], tag


def wheels(names: Iterable[str], given: Given) -> list[str]:
    locks = {"gong-webhook": "gong", "dv-pipecat": given.lock.removesuffix(".txt")}
    arguments = {"LOCKS": " ".join([*(locks[name] for name in names), "sbom"]), "PIP_FLAGS": pip_flags(given)}
    if given.base:
        arguments["BASE"] = given.base
    folder = "requirements/wheels"
    return ["--file", "Dockerfile.wheels", *build_arguments(arguments), "--output", f"type=local,dest={folder}"]


def run(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """The seconds that it took. Raises Failed with the end of its output."""
    start = time.monotonic()
    done = subprocess.run(
        [*command, "."],
        cwd=ROOT,
        # docker before 23 knows no mounts in a build unless told
        env={**environment, "DOCKER_BUILDKIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-TAIL:])
        raise Failed(f"{tail}\n{command[0]} failed with status {done.returncode}", FAILED)
    return time.monotonic() - start


def size(tool: str, tag: str) -> str:
    shown = subprocess.run([tool, "images", "--format", "{{.Size}}", tag], capture_output=True, text=True, check=False)
    return shown.stdout.partition("\n")[0].strip() or "size unknown"


def stamp(tool: str) -> tuple[list[str], dict[str, str]]:
    """The time of the commit instead of today's, in the words and variables that the tool knows."""
    epoch = git("log", "-1", "--format=%ct")
    if not epoch:
        return [], {}
    return ([], {"SOURCE_DATE_EPOCH": epoch}) if tool == "docker" else (["--timestamp", epoch], {})


def parse(words: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="images", description=(__doc__ or "").partition(":")[0] + ".")
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"which images: {', '.join(SERVICES)} (both unless named)")
    add("--tool", choices=list(ANSWERS), default="", help="what builds; the first of these that works unless named")
    add("--base", default="", metavar="IMAGE", help="the image that it stands on; the default is in each Dockerfile")
    add("--lock", default=DEFAULT_LOCK, choices=[DEFAULT_LOCK, "voice.txt"], help="what dv-pipecat holds")
    add("--platform", default="", metavar="OS/ARCH", help="such as linux/arm64; another than this machine's needs QEMU")
    add("--source", default="", metavar="URL", help="where the source code is, for the label")
    add("--offline", action="store_true", help="no network: wheels from requirements/wheels, nothing by apt")
    add("--wheels", action="store_true", help="download what --offline needs, and build nothing")
    found = next((environment[name] for name in BUNDLES if environment.get(name)), "")
    add("--ca", default=found, metavar="FILE", help="certificates for pip; default: what $PIP_CERT and the like name")
    given = parser.parse_args(words)
    if unknown := set(given.names) - set(SERVICES):
        parser.error(f"no image is called {' or '.join(sorted(unknown))}: there are {', '.join(SERVICES)}")
    return given


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0: all built; 1: a build failed; 2: nothing here can build."""
    parsed = parse(words, environment)
    given = Given(**{field: getattr(parsed, field) for field in Given._fields})
    names = parsed.names or list(SERVICES)
    try:
        tool = choose(given.tool)
        command = how(tool, given, environment)
        if parsed.wheels:
            seconds = run([*command, *wheels(names, given)], environment)
            print(f"requirements/wheels  {seconds:.0f} s")
            return 0
        at, variables = stamp(tool)
        for name in names:
            what, tag = image(name, given)
            seconds = run([*command, *at, *what], {**environment, **variables})
            print(f"{tag}  {size(tool, tag)}  {seconds:.0f} s", flush=True)
    except Failed as failed:
        print(f"images: {failed}", file=sys.stderr)
        return failed.status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
