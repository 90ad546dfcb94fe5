"""What holds for every image: how it starts and ends, and what is in it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.building import ROOT
from tests.images.conftest import Start
from tests.images.container import Image

INSTALLED = """
import importlib.metadata, json
print(json.dumps([[found.metadata["Name"], found.version] for found in importlib.metadata.distributions()]))
"""
IS_THERE = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]) is not None)"
PACKAGES = {"gong-webhook": "gong_webhook", "dv-pipecat": "dv_pipecat"}
SBOMS = {"gong-webhook": "gong-webhook-service", "dv-pipecat": "dv-pipecat"}
# of a .pyc: not checked against its source, https://docs.python.org/3/library/importlib.html, PEP 552
UNCHECKED = b"\x01\x00\x00\x00"
# where a pod has a volume of its own, and what Debian lets everyone write to
OPEN = {"/tmp", "/var/tmp", "/run/lock", "/data"}  # noqa: S108  names, nothing is put there


def test_it_runs_with_a_read_only_root_and_writes_to_its_folder_in_tmp_alone(image: Image, start: Start) -> None:
    container = start()
    assert container.run("touch", "/opt/x").stderr.strip().endswith("Read-only file system")
    assert container.run("ls", "-A", "/tmp").stdout.split() == [image.service]  # noqa: S108
    assert container.run("ls", "-A", "/dev/shm").stdout.split() == []  # noqa: S108


def test_it_ends_at_sigterm_with_status_0(start: Start) -> None:
    assert start().terminate() == 0


def test_the_bill_of_materials_names_all_that_is_installed_and_the_service_itself(image: Image, start: Start) -> None:
    container = start()
    bill = json.loads(container.run("cat", f"/usr/share/sbom/{SBOMS[image.service]}.cdx.json").stdout)
    named = {(part["name"].lower(), part["version"]) for part in bill["components"]}
    # Debian's own packages of Python are of the base
    installed = {(name.lower(), version) for name, version in json.loads(container.python(INSTALLED))}
    assert named == installed
    assert bill["metadata"]["component"]["name"] == SBOMS[image.service]
    assert bill["metadata"]["component"]["version"] == image.config["Labels"]["org.opencontainers.image.version"]
    assert "timestamp" not in bill["metadata"]
    assert "serialNumber" not in bill


@pytest.mark.parametrize("module", ["pip", "setuptools", "cyclonedx"])
def test_nothing_in_it_installs_packages(module: str, start: Start) -> None:
    container = start()
    assert container.python(IS_THERE, module) == "False\n"
    assert container.python(IS_THERE, "click") == "True\n"


def test_the_pip_of_the_base_is_gone_too(image: Image, base: str) -> None:
    def pips(each: Image) -> list[Path]:
        with each.mounted() as root:
            return [path for path in walked(root / "usr" / "local") if path.name.startswith("pip")]

    assert len(pips(image._replace(name=base))) == 2
    assert pips(image) == []


def test_it_holds_of_the_repository_what_its_service_is_made_of(image: Image) -> None:
    package = PACKAGES[image.service]
    sources = [*(ROOT / "app").glob("*.py"), *(path for path in (ROOT / "app" / package).rglob("*") if path.is_file())]
    wanted = {path.relative_to(ROOT).as_posix() for path in sources if "__pycache__" not in path.parts}
    with image.mounted() as root:
        home = root / "opt" / image.service
        files = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    assert {file for file in files if not file.endswith(".pyc")} == wanted


def test_every_module_is_compiled_whatever_becomes_of_time_stamps(image: Image) -> None:
    with image.mounted() as root:
        sources = [path for folder in (image.service, "venv") for path in (root / "opt" / folder).rglob("*.py")]
        assert sources
        assert [path for path in sources if flags(path) != {UNCHECKED}] == []


def flags(source: Path) -> set[bytes]:
    compiled = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
    return {path.read_bytes()[4:8] for path in compiled}


def test_its_user_may_change_nothing_but_what_is_meant_for_it(image: Image) -> None:
    user = int(image.config["User"].partition(":")[0])
    with image.mounted() as root:
        changeable = {f"/{path.relative_to(root)}" for path in walked(root) if may_change(path, user)}
    assert changeable <= OPEN
    assert ("/data" in changeable) == (image.service == "gong-webhook")


def walked(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        yield from (Path(folder, name) for name in [*folders, *files])


def may_change(path: Path, user: int) -> bool:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or stat.S_ISCHR(found.st_mode):
        return False
    return user in {found.st_uid, found.st_gid} or bool(found.st_mode & stat.S_IWOTH)


def test_nothing_in_it_gives_its_user_more_rights(image: Image) -> None:
    """Programs that run as their owner do, if a pod lets them; ours are the base's and none is of a folder of ours."""
    with image.mounted() as root:
        raised = [path for path in walked(root / "opt") if path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID)]
    assert raised == []


def test_its_labels_say_what_it_is(image: Image) -> None:
    labels = {
        name.rpartition(".")[2]: text for name, text in image.config["Labels"].items() if "opencontainers" in name
    }
    assert labels.keys() == {"title", "description", "licenses", "version", "revision", "source"}
    assert labels["title"] == SBOMS[image.service]
    assert labels["licenses"] == "Apache-2.0"
    assert image.name.split(":")[1].partition("-")[0] == labels["version"]


@pytest.mark.parametrize("image", ["dv-pipecat voice.txt"], indirect=True)
def test_a_test_leaves_none_of_its_processes_behind(start: Start) -> None:
    container = start()
    container.kill()
    assert not Path(f"/proc/{container.pid}").exists()
