"""Each Dockerfile makes what its chart runs, of what its lock names; what holds for one holds for both."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SHARED = "app/*.py"
# each module of the service, and then where all that came with it lies
IMPORTS = """
import importlib, json, pkgutil, sys
service = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(service.__path__, sys.argv[1] + "."):
    if not found.name.endswith(".__main__"):
        importlib.import_module(found.name)
print(json.dumps({name: module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "app"}))
"""


class Dockerfile:
    """`lock`: the one that is installed unless another is asked for; `pod`: what the chart makes for production."""

    def __init__(self, name: str, package: str, lock: str, port: int, arguments: list[str]) -> None:
        self.name, self.package, self.lock, self.port, self.arguments = name, package, lock, port, arguments
        self.home = f"/opt/{name}/"
        self.text = re.sub(r"\\\n|^#.*\n", "", (ROOT / f"Dockerfile.{name}").read_text(), flags=re.MULTILINE)
        self.stages = re.split(r"^FROM ", self.text, flags=re.MULTILINE)[1:]
        self.final = self.stages[-1]

    def __str__(self) -> str:
        return self.name

    def instruction(self, name: str) -> str:
        """What the last stage says once."""
        (found,) = re.findall(rf"^{name} (.+)$", self.final, re.MULTILINE)
        return str(found)

    @property
    def environment(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in self.instruction("ENV").split())

    @property
    def copied(self) -> list[tuple[str, str]]:
        """What comes from the build context, and where to."""
        return re.findall(r"^COPY (?!--from)(\S+) (\S+)$", self.text, re.MULTILINE)

    @property
    def pod(self) -> dict[str, Any]:
        text = (ROOT / "tests" / "golden" / self.name / "prod.yaml").read_text()
        deployments = (found for found in yaml.safe_load_all(text) if found["kind"] == "Deployment")
        pod: dict[str, Any] = next(deployments)["spec"]["template"]["spec"]
        return pod

    @property
    def container(self) -> dict[str, Any]:
        container: dict[str, Any] = self.pod["containers"][0]
        return container


GONG = Dockerfile("gong-webhook", "gong_webhook", "gong.txt", 8080, ["all"])
VOICE = Dockerfile("dv-pipecat", "dv_pipecat", "pipecat.txt", 8765, ["serve"])
both = pytest.mark.parametrize("dockerfile", [GONG, VOICE], ids=str)


@both
def test_every_stage_stands_on_the_base_that_the_builder_is_told(dockerfile: Dockerfile) -> None:
    stands_on = [stage.split()[0] for stage in dockerfile.stages]
    assert stands_on == ["${BASE}", "sbom", "${BASE}"]
    assert re.search(r"\AARG BASE=\S+:\S+$", dockerfile.text, re.MULTILINE)


@both
def test_nothing_names_an_architecture(dockerfile: Dockerfile) -> None:
    assert re.findall(r"amd64|arm64|x86_64|aarch64|--platform", dockerfile.text) == []


@both
def test_only_locked_wheels_are_installed(dockerfile: Dockerfile) -> None:
    installs = re.findall(r" install --quiet (.*?)(?:&&|$)", dockerfile.text, re.MULTILINE)
    assert len(installs) == 2
    for install in installs:
        assert {"--no-deps", "--require-hashes", "--only-binary", ":all:", "${PIP_FLAGS}"} <= set(install.split())
    locks = [install.split("--requirement ")[1].split()[0] for install in installs]
    lock = "${LOCK}" if dockerfile is VOICE else dockerfile.lock
    assert locks == ["sbom.txt", lock]


def test_pip_is_told_of_one_list_of_packages_for_both_images_so_that_they_share_it() -> None:
    assert GONG.stages[0] == VOICE.stages[0]


def test_the_voice_image_holds_pipecat_unless_told_otherwise() -> None:
    assert re.findall(r"^ARG LOCK=(\S+)$", VOICE.text, re.MULTILINE) == [VOICE.lock]


@both
def test_the_image_runs_as_the_user_of_the_pods(dockerfile: Dockerfile) -> None:
    context = dockerfile.pod["securityContext"]
    assert dockerfile.instruction("USER") == f"{context['runAsUser']}:{context['runAsGroup']}"


@both
def test_the_image_starts_the_module_without_a_shell(dockerfile: Dockerfile) -> None:
    assert json.loads(dockerfile.instruction("ENTRYPOINT")) == ["python", "-m", f"app.{dockerfile.package}"]
    assert json.loads(dockerfile.instruction("CMD")) == dockerfile.arguments
    assert "command" not in dockerfile.container


def test_the_pods_of_the_gong_service_name_their_part_and_those_of_the_voice_service_need_none() -> None:
    assert GONG.container["args"] == ["serve"]
    assert "args" not in VOICE.container


def test_the_charts_pre_stop_hook_is_the_entrypoint_with_another_command() -> None:
    hook = VOICE.container["lifecycle"]["preStop"]["exec"]["command"]
    assert hook[:3] == json.loads(VOICE.instruction("ENTRYPOINT"))
    # a hook starts in the folder of the image, or in any that a pod names
    assert VOICE.environment["PYTHONPATH"] == VOICE.home.rstrip("/")


def test_the_credentials_are_where_the_chart_mounts_them_and_no_code_of_ours_is_below() -> None:
    path = VOICE.environment["GOOGLE_APPLICATION_CREDENTIALS"]
    assert path in [mount["mountPath"] for mount in VOICE.container["volumeMounts"]]
    folder = PurePosixPath(path).parent
    assert not any(PurePosixPath(target).is_relative_to(folder) for _, target in VOICE.copied)


@both
def test_the_image_shows_the_port_of_the_chart_and_stops_at_sigterm(dockerfile: Dockerfile) -> None:
    assert int(dockerfile.instruction("EXPOSE")) == dockerfile.container["ports"][0]["containerPort"] == dockerfile.port
    assert dockerfile.environment["HOST"] == "0.0.0.0"  # noqa: S104  compared, not bound
    assert dockerfile.instruction("STOPSIGNAL") == "SIGTERM"


def test_the_voice_service_listens_where_the_chart_asks_it() -> None:
    assert int(VOICE.environment["PORT"]) == VOICE.port


@both
def test_all_that_is_written_goes_where_the_pods_have_a_volume(dockerfile: Dockerfile) -> None:
    mounts = [PurePosixPath(mount["mountPath"]) for mount in dockerfile.container["volumeMounts"]]
    for variable in ("HOME", "RUN_DIR"):
        path = PurePosixPath(dockerfile.environment[variable])
        assert any(path.is_relative_to(mount) for mount in mounts)
    assert dockerfile.environment["PYTHONDONTWRITEBYTECODE"] == "1"


@both
def test_no_volume_hides_that_the_embedded_default_keeps_nothing_in_a_cluster(dockerfile: Dockerfile) -> None:
    assert "VOLUME" not in dockerfile.text


@both
def test_the_version_is_that_of_the_service(dockerfile: Dockerfile) -> None:
    version = re.search(r'__version__ = "(.+)"', (ROOT / "app" / dockerfile.package / "__init__.py").read_text())
    assert version is not None
    assert re.findall(r"^ARG VERSION=(.+)$", dockerfile.text, re.MULTILINE) == [version[1]]


@pytest.mark.parametrize("name", ["curl", "bash"])
def test_what_the_guides_troubleshooting_calls_is_in_the_gong_image(name: str) -> None:
    assert name in re.findall(r'^ARG PACKAGES="(.+)"$', GONG.final, re.MULTILINE)[0].split()


def test_the_build_context_starts_from_nothing_and_takes_in_what_is_copied() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    taken_in = {rule[1:] for rule in rules if rule.startswith("!")}
    locks = {f"requirements/{name}.txt" for name in ("gong", "pipecat", "sbom", "voice")}
    assert taken_in == {"app", "requirements", "requirements/wheels"} | locks
    sources = {source for dockerfile in (GONG, VOICE) for source, _ in dockerfile.copied}
    assert {source for source in sources if source.startswith("requirements")} <= locks | {"requirements/${LOCK}"}
    assert {source.split("/")[0] for source in sources} == {"app", "requirements"}


@both
def test_the_image_holds_what_all_services_share_and_of_the_services_this_one(dockerfile: Dockerfile) -> None:
    sources = [source for source, _ in dockerfile.copied if source.startswith("app")]
    assert sources == [SHARED, f"app/{dockerfile.package}/"]


@both
def test_all_that_the_service_imports_is_in_the_image(dockerfile: Dockerfile, tmp_path: Path) -> None:
    for source, target in dockerfile.copied:
        if target.startswith(dockerfile.home):
            lay_out(source, tmp_path / target.removeprefix(dockerfile.home))
    command = [sys.executable, "-c", IMPORTS, f"app.{dockerfile.package}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    files = json.loads(run.stdout)
    assert {"app", "app.errors", f"app.{dockerfile.package}.cli"} <= files.keys()
    assert [name for name, file in files.items() if not Path(file).is_relative_to(tmp_path)] == []


def lay_out(source: str, target: Path) -> None:
    """As COPY does: the content of a folder, or each file that a pattern finds."""
    if source.endswith("/"):
        shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target.mkdir(parents=True)
    for file in ROOT.glob(source):
        shutil.copy(file, target)
