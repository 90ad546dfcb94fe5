"""What all tests share: the outside programs that some compare with, and what was skipped for want of one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers.redis import RedisServer

BUILT = Path(__file__).parents[1] / ".tools" / "bin"
# what `helm version` must begin with for a binary on PATH to serve as the named one
VERSIONS = {"helm": "v4.", "helm3": "v3.", "helm3.14": "v3.14."}
# what comes from the system, and not into .tools/bin
PACKAGED = {"redis-server", "chromium", "chromedriver", "buildah", "mmdebstrap"}

# on a busy machine the first example pays for imports and template parsing: time says nothing about an example
settings.register_profile("chartgen", deadline=None, print_blob=True)
settings.load_profile("chartgen")


@pytest.fixture(scope="session")
def require() -> Callable[[str], Path]:
    """Where a program is, by its name in .tools/bin; without it the test is skipped, or fails under REQUIRE_ALL=1."""
    return _require


@pytest.fixture(scope="session")
def helm() -> Path:
    """Helm 4."""
    return _require("helm")


@pytest.fixture(scope="session")
def helm3() -> Path:
    """The newest Helm 3."""
    return _require("helm3")


@pytest.fixture(scope="session")
def helm314() -> Path:
    """The oldest Helm that the charts promise to work with."""
    return _require("helm3.14")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(_require("redis-server"), tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of an empty Redis with an append-only file."""
    redis_server.flush()
    return redis_server.url


def _require(name: str) -> Path:
    built = BUILT / name
    found = built if built.exists() else _on_path(name)
    if found is None:
        target = "deps" if name in PACKAGED else "tools"
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(f"needs {name}: run `make {target}`")
    return found


def _on_path(name: str) -> Path | None:
    found = shutil.which("helm" if name in VERSIONS else name)
    if found is None:
        return None
    if name not in VERSIONS:
        return Path(found)
    version = subprocess.check_output([found, "version", "--template", "{{.Version}}"], text=True)
    return Path(found) if version.startswith(VERSIONS[name]) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = [report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped")]
    wanting = Counter(reason for reason in reasons if reason.startswith("needs "))
    for reason, count in wanting.items():
        terminalreporter.write_line(f"skipped {count}: {reason}", yellow=True)
