"""Dockerfile.gong-webhook makes what the chart runs, of what the lock names."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile.gong-webhook").read_text()
INSTRUCTIONS = re.sub(r"\\\n|^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
FINAL = INSTRUCTIONS.rpartition("\nFROM ")[2]
POD = next(
    found["spec"]["template"]["spec"]
    for found in yaml.safe_load_all((ROOT / "tests" / "golden" / "gong-webhook" / "prod.yaml").read_text())
    if found["kind"] == "Deployment"
)
HOME = "/opt/gong-webhook/"
# each module of the service, and then where all that came with it lies
IMPORTS = """
import importlib, pkgutil, sys
import app.gong_webhook
for found in pkgutil.walk_packages(app.gong_webhook.__path__, "app.gong_webhook."):
    if not found.name.endswith(".__main__"):
        importlib.import_module(found.name)
for name, module in sys.modules.items():
    if name.partition(".")[0] == "app":
        print(name, module.__file__)
"""


def instruction(name: str) -> str:
    """What the last stage says once."""
    (found,) = re.findall(rf"^{name} (.+)$", FINAL, re.MULTILINE)
    return str(found)


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for word in instruction("ENV").split())


def copied() -> list[tuple[str, str]]:
    """What comes from the build context, and where to."""
    return re.findall(r"^COPY (?!--from)(\S+) (\S+)$", INSTRUCTIONS, re.MULTILINE)


def test_every_stage_stands_on_the_base_that_the_builder_is_told() -> None:
    assert {line.split()[0] for line in re.findall(r"^FROM (.+)$", INSTRUCTIONS, re.MULTILINE)} == {"${BASE}"}
    assert re.search(r"\AARG BASE=\S+:\S+$", INSTRUCTIONS, re.MULTILINE)


def test_only_locked_wheels_are_installed() -> None:
    (install,) = re.findall(r"pip install (.*?)&&", INSTRUCTIONS)
    assert {"--require-hashes", "--only-binary", ":all:", "${PIP_FLAGS}", "gong.txt"} <= set(install.split())


def test_the_image_runs_as_the_user_of_the_pods() -> None:
    context = POD["securityContext"]
    assert instruction("USER") == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_the_image_starts_the_module_without_a_shell_and_the_pods_add_a_command() -> None:
    assert instruction("ENTRYPOINT") == '["python", "-m", "app.gong_webhook"]'
    assert instruction("CMD") == '["all"]'
    (container,) = POD["containers"]
    assert "command" not in container
    assert container["args"] == ["serve"]


def test_the_image_shows_the_port_of_the_chart_and_stops_at_sigterm() -> None:
    assert int(instruction("EXPOSE")) == POD["containers"][0]["ports"][0]["containerPort"]
    assert instruction("STOPSIGNAL") == "SIGTERM"


def test_all_that_is_written_goes_where_the_pods_have_a_volume() -> None:
    mounts = [PurePosixPath(mount["mountPath"]) for mount in POD["containers"][0]["volumeMounts"]]
    for variable in ("HOME", "RUN_DIR"):
        path = PurePosixPath(environment()[variable])
        assert any(path.is_relative_to(mount) for mount in mounts)
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"


def test_no_volume_hides_that_the_embedded_default_keeps_nothing_in_a_cluster() -> None:
    assert "VOLUME" not in INSTRUCTIONS


def test_the_label_is_the_version_of_the_service() -> None:
    version = re.search(r'__version__ = "(.+)"', (ROOT / "app" / "gong_webhook" / "__init__.py").read_text())
    assert version is not None
    assert re.findall(r"^ARG VERSION=(.+)$", FINAL, re.MULTILINE) == [version[1]]


@pytest.mark.parametrize("name", ["curl", "bash"])
def test_what_the_guides_troubleshooting_calls_is_in_the_image(name: str) -> None:
    assert name in re.findall(r'^ARG PACKAGES="(.+)"$', FINAL, re.MULTILINE)[0].split()


def test_the_build_context_starts_from_nothing_and_takes_in_what_is_copied() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    taken_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert taken_in == {"app", "requirements", "requirements/gong.txt", "requirements/wheels"}
    assert {source.split("/")[0] for source, _ in copied()} == {"app", "requirements"}


def test_the_image_holds_what_all_services_share_and_of_the_services_this_one() -> None:
    assert [source for source, _ in copied() if source.startswith("app")] == ["app/*.py", "app/gong_webhook/"]


def test_all_that_the_service_imports_is_in_the_image(tmp_path: Path) -> None:
    for source, target in copied():
        if target.startswith(HOME):
            lay_out(source, tmp_path / target.removeprefix(HOME))
    run = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    folders = {name: Path(file).is_relative_to(tmp_path) for name, file in map(str.split, run.stdout.splitlines())}
    assert {"app", "app.errors", "app.gong_webhook.cli.run"} <= folders.keys()
    assert [name for name, is_copied in folders.items() if not is_copied] == []


def lay_out(source: str, target: Path) -> None:
    """As COPY does: the content of a folder, or each file that a pattern finds."""
    if source.endswith("/"):
        shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target.mkdir(parents=True)
    for file in ROOT.glob(source):
        shutil.copy(file, target)
