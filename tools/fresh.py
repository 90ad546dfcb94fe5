"""Runs the README's two commands on fresh machines: bare Debians with each Python that is promised. `make fresh`."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.bare import CHECKOUT, HOME, UID, Base, Root, Shown, archive, handed, unpack, ways_out

ROOT = Path(__file__).parents[1]
STORE = ROOT / ".tools" / "fresh"
FAILED, COULD_NOT_RUN, INTERRUPTED = 1, 2, 130
NEEDS = ("git", "mmdebstrap", "setpriv", "tar", "unshare")
# what the README says that a machine needs, and the authorities by which Go knows where it downloads from
PACKAGES = ("ca-certificates", "git", "make")
PYTHON = ("python3", "python3-venv")
# the Debians that have one
OWN = {"3.11": Base("bookworm", PACKAGES + PYTHON), "3.13": Base("trixie", PACKAGES + PYTHON)}
# what a Python of this machine is linked with
LIBRARIES = (
    "libbz2-1.0",
    "libexpat1",
    "libffi8",
    "liblzma5",
    "libncursesw6",
    "libreadline8",
    "libsqlite3-0",
    "libssl3",
)
OTHER = Base("bookworm", (*PACKAGES, *LIBRARIES))
# what is downloaded or built stays, by where tools keep it in a home
CACHES = {"pip": ".cache/pip", "go-build": ".cache/go-build", "go-modules": "go/pkg/mod"}
WORKS = "import bz2, ctypes, ensurepip, lzma, platform, sqlite3, ssl, venv; print(platform.python_version())"


class Step(NamedTuple):
    command: str
    status: int
    seconds: float = 0


class Outcome(NamedTuple):
    """`why`: it was not run."""

    version: str
    steps: tuple[Step, ...] = ()
    why: str = ""

    @property
    def failed(self) -> bool:
        return any(step.status for step in self.steps)

    def __str__(self) -> str:
        if self.why:
            return f"{self.version}: not run: {self.why}"
        told = (f"{step.command} {ended(step.status)} after {step.seconds:.0f} s" for step in self.steps)
        return f"{self.version}: {', '.join(told)}"


def ended(status: int) -> str:
    return f"failed with status {status}" if status else "passed"


def promised() -> list[str]:
    """The versions of Python that pyproject.toml names."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    named = [text.removeprefix("Programming Language :: Python :: ") for text in classifiers]
    return [version for version in named if version.startswith("3.")]


def output(*words: str) -> str:
    """Empty where it fails, or is not there."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def interpreter(version: str, said: Callable[..., str] = output) -> Path | None:
    """The folder of a Python of this machine; none of the system's own, whose folder holds all else too."""
    programs = [
        f"python{version}",
        f"{said('pyenv', 'prefix', version)}/bin/python",
        said("uv", "python", "find", version),
    ]
    for program in filter(None, programs):
        found = said(program, "-c", "import sys; print(sys.base_prefix)")
        if found not in {"", "/usr"}:
            return Path(found)
    return None


def machines(version: str, environment: Mapping[str, str]) -> tuple[Base, Root] | None:
    """The Debian for a Python, and what of this machine is seen in it; none where there is no such Python."""
    shown = [*ways_out(environment), *(Shown("rw", STORE / name, HOME / path) for name, path in CACHES.items())]
    if version in OWN:
        return OWN[version], Root(STORE / "root", tuple(shown))
    prefix = interpreter(version)
    if prefix is None:
        return None
    shown.append(Shown("ro", prefix, prefix))
    return OTHER, Root(STORE / "root", tuple(shown), (str(prefix / "bin"),))


def check_out(source: Path, target: Path) -> None:
    """HEAD with its history, and over it what has been changed since, as git lists it. Raises CalledProcessError."""
    # no links: their owner would be this checkout's too
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", source, target], check=True)
    listing = ["git", "-C", str(source), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.check_output(listing, text=True).split("\0")):
        file, copy = source / name, target / name
        copy.unlink(missing_ok=True)
        # what was removed is listed too
        if os.path.lexists(file):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy, follow_symlinks=False)


def prepare(base: Base, root: Root) -> None:
    """Raises CalledProcessError."""
    found = archive(base, STORE)
    unpack(found, root)
    check_out(ROOT, root.at(CHECKOUT))
    folders = [root.at(HOME), *(STORE / name for name in CACHES)]
    subprocess.run(["chown", "--recursive", f"{UID}:{UID}", *folders], check=True)


def run(version: str, tests: str, environment: Mapping[str, str]) -> Outcome:
    found = machines(version, environment)
    if found is None:
        return Outcome(
            version, why=f"no python{version} on this machine that has a folder of its own, as pyenv's and uv's"
        )
    base, root = found
    variables = handed(environment) | {"PATH": environment["PATH"]}
    print(f"\n=== Python {version} on a bare Debian ({base.suite})", flush=True)
    with removed(root.folder):
        try:
            prepare(base, root)
        except subprocess.CalledProcessError as error:
            return Outcome(version, (Step(error.cmd[0], error.returncode),))
        words = root.command(["python3", "-c", WORKS])
        asked = subprocess.run(words, env=variables, capture_output=True, text=True, check=False)
        there = asked.stdout.strip()
        if not there.startswith(f"{version}."):
            return Outcome(version, why=there or asked.stderr.strip())
        commands = {"make diff": ["make", "diff"], "make test": ["make", "test", f"ARGS={tests}"]}
        steps = [step(name, root.command(words), variables) for name, words in commands.items()]
        return Outcome(there, tuple(steps))


def step(name: str, words: Sequence[str], variables: Mapping[str, str]) -> Step:
    print(f"\n--- {name}", flush=True)
    start = time.monotonic()
    ran = subprocess.run(words, env=variables, stdin=subprocess.DEVNULL, check=False)
    return Step(name, ran.returncode, time.monotonic() - start)


@contextmanager
def removed(folder: Path) -> Iterator[None]:
    """Before, for whoever was killed left it, and after."""
    if folder.exists():
        shutil.rmtree(folder)
    try:
        yield
    finally:
        # what was interrupted may still be ending
        shutil.rmtree(folder, ignore_errors=True)


def wanting() -> str:
    """What is missing here; empty where it can run."""
    if os.geteuid() != 0:
        return "needs root, to unpack a Debian, to mount and to change the user: sudo --preserve-env make fresh"
    missing = [program for program in NEEDS if shutil.which(program) is None]
    return f"needs {', '.join(missing)}: run `make deps`" if missing else ""


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make fresh",
        description="Runs `make diff` and `make test` as an ordinary user on a bare Debian, once for each Python. "
        "Downloads and builds are kept in .tools/fresh; the first run takes long. With REQUIRE_ALL=1 a Python that "
        "is not to be had is a failure.",
    )
    known = promised()
    parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help=f"which Pythons: {', '.join(known)} (all unless named)"
    )
    parser.add_argument("--tests", default="", metavar="ARGS", help='what make test hands to pytest, such as "-k name"')
    given = parser.parse_args(words)
    if unknown := sorted(set(given.versions) - set(known)):
        parser.error(f"{', '.join(unknown)} is not promised: there are {', '.join(known)}")
    given.versions = given.versions or known
    return given


def status(outcomes: Sequence[Outcome], environment: Mapping[str, str]) -> int:
    required = environment.get("REQUIRE_ALL") == "1"
    return FAILED if any(each.failed or (required and each.why) for each in outcomes) else 0


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0: all passed; 1: something failed; 2: nothing could run."""
    given = parse(words)
    if lacking := wanting():
        print(f"fresh: {lacking}", file=sys.stderr)
        return COULD_NOT_RUN
    for name in CACHES:
        (STORE / name).mkdir(parents=True, exist_ok=True)
    try:
        with (STORE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            outcomes = [run(version, given.tests, environment) for version in given.versions]
    except BlockingIOError:
        print("fresh: another one runs in this checkout", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        print("fresh: interrupted", file=sys.stderr)
        return INTERRUPTED
    print("", *outcomes, sep="\n")
    return status(outcomes, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
