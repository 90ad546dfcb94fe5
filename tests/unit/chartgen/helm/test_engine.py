"""Helm in this process, Helm as a program, and what `helm template` prints: always the same objects."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chartgen import pipeline
from chartgen.errors import ValuesError
from chartgen.helm import auto, binary, sdk
from chartgen.helm.engine import Engine, temporary_folder
from chartgen.manifests import parsing
from chartgen.model import Override, Target
from chartgen.report.formats import Comparisons, Findings
from chartgen.sources.files import Extras, Repository, open_repository
from tests.reported import reported
from tests.unit.chartgen.places import where

from .awkward import CAPABILITIES, CHARTS, OF_A_SUBCHART, write

ROOT = Path(__file__).parents[4]
OURS = [
    (entry.name, environment)
    for entry in open_repository(ROOT / "chartgen.yaml").entries()
    for environment in entry.environments
]
COMMA = "a comma ends a value: write `\\,` for one within it"
UNREADABLE = {
    "a": ('key "a" has no value', "--set a", ""),
    "a.b": ('key "b" has no value', "--set a.b", ""),
    "p=hunter2,s3cret": ("key … has no value", "--set p=…,…", COMMA),
    "p=hunter2,q.s3cret": ("key … has no value", "--set p=…,…", COMMA),
    "p={hunter2,[s3cret": ("list must terminate with '}'", "--set p=…", ""),
    "p=1,q[s3cret]=2": ("error parsing index: strconv.Atoi: parsing …: invalid syntax", "--set p=…,q[s3cret]=…", ""),
}
HELMS = ("helm", "helm3", "helm314")


@pytest.mark.parametrize("engine", [sdk, binary], ids=["sdk", "binary"])
@pytest.mark.parametrize("argument", UNREADABLE)
def test_an_override_that_cannot_be_read_is_refused_without_what_may_be_a_value(
    argument: str, engine: Engine, helm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_BIN", str(helm))
    with pytest.raises(ValuesError) as refused:
        engine.read_override(Override("--set", argument))
    assert (refused.value.message, where(refused), refused.value.hint) == UNREADABLE[argument]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("a=none.txt", "open none.txt: no such file or directory"),
        ("db.password=./none", "open ./none: no such file or directory"),
        ("db.password=hunter2", "open …: no such file or directory"),
        ("a=hunter2SECRET", "open …: no such file or directory"),
    ],
)
@pytest.mark.parametrize("engine", [sdk, binary], ids=["sdk", "binary"])
def test_a_value_that_is_given_for_a_files_name_is_not_told(
    argument: str, message: str, engine: Engine, helm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_BIN", str(helm))
    with pytest.raises(ValuesError) as refused:
        engine.read_override(Override("--set-file", argument))
    assert refused.value.message == message


class Owner:
    """Of a temporary folder."""


def test_a_temporary_folder_goes_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    owner = Owner()
    folder = temporary_folder(owner)
    (folder / "file").touch()
    assert list(tmp_path.iterdir()) == [folder]
    del owner
    assert list(tmp_path.iterdir()) == []


def test_no_temporary_folder_is_left_by_a_signal_that_comes_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, mode: int = 0o777) -> None:
        make(path, mode)
        raise KeyboardInterrupt

    make = os.mkdir
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("os.mkdir", interrupted)
    owner = Owner()
    with pytest.raises(KeyboardInterrupt):
        temporary_folder(owner)
    del owner
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=HELMS)
def any_helm(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def with_binary(helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine `binary` runs Helm 4."""
    monkeypatch.setenv("HELM_BIN", str(helm))


def objects(text: str) -> list[Any]:
    """What a stream of manifests holds, each `kind: List` as its items, as kubectl takes it."""
    return [obj.body for obj in parsing.objects({"": text})]


def template(helm: Path, target: Target, *options: str) -> list[Any]:
    files = [argument for file in target.files for argument in ("-f", str(file))]
    sets = [argument for each in target.overrides for argument in (each.option, each.argument)]
    command = [str(helm), "template", target.release, str(target.directory), "-n", target.namespace]
    done = subprocess.run([*command, *files, *sets, *options], capture_output=True, text=True, check=True)
    return objects(done.stdout)


def rendered(target: Target, engine: Engine) -> list[Any]:
    return objects("".join(f"---\n{each.text}\n" for each in pipeline.documents(target, engine)))


def in_any_order(bodies: Sequence[Any]) -> list[str]:
    return sorted(map(repr, bodies))


def compared(repository: Repository, chart: str, sides: Sequence[str], engine: Engine) -> str:
    entry = repository.config.charts[chart]
    before, after = (repository.target(entry, name) for name in sides)
    return reported(Comparisons([pipeline.compare(before, after, engine)]), "json")


def validated(repository: Repository, engine: Engine) -> str:
    return reported(Findings(pipeline.validate(repository, repository.entries(), (), engine)), "json")


@pytest.mark.parametrize(("chart", "environment"), OURS)
def test_render_gives_what_helm_template_gives(any_helm: Path, chart: str, environment: str) -> None:
    repository = open_repository(ROOT / "chartgen.yaml")
    target = repository.target(repository.config.charts[chart], environment)
    assert rendered(target, sdk) == template(any_helm, target)


@pytest.mark.parametrize("environment", ["stage", "prod"])
@pytest.mark.parametrize("name", CHARTS)
def test_render_gives_the_same_objects_for_awkward_charts(
    helm: Path, helm3: Path, helm314: Path, tmp_path: Path, name: str, environment: str
) -> None:
    repository = open_repository(folder=write(tmp_path, CHARTS[name]))
    target = repository.target(repository.config.charts["web"], environment)
    ours = in_any_order(rendered(target, sdk))
    # Helm 3.14 keeps a default that the parent's own values override and an overlay deletes
    for program in (helm, helm3) if name == OF_A_SUBCHART else (helm, helm3, helm314):
        assert ours == in_any_order(template(program, target, "--skip-crds")), program


@pytest.mark.usefixtures("with_binary")
@pytest.mark.parametrize("name", CHARTS)
def test_both_engines_render_compare_and_validate_alike(tmp_path: Path, name: str) -> None:
    repository = open_repository(folder=write(tmp_path, CHARTS[name]))
    for environment in ("stage", "prod"):
        target = repository.target(repository.config.charts["web"], environment)
        assert rendered(target, binary) == rendered(target, sdk)
    sides = ("stage", "prod")
    assert compared(repository, "web", sides, binary) == compared(repository, "web", sides, sdk)
    assert validated(repository, binary) == validated(repository, sdk)


@pytest.mark.usefixtures("with_binary")
def test_both_engines_find_the_same_causes_in_a_chart_of_this_repository() -> None:
    repository = open_repository(ROOT / "chartgen.yaml")
    sides = ("prod", "canary")
    assert compared(repository, "gong-webhook", sides, binary) == compared(repository, "gong-webhook", sides, sdk)


@pytest.mark.parametrize("name", ["helm3", "helm314"])
def test_the_binary_engine_works_with_helm_3(
    tmp_path: Path, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_BIN", str(request.getfixturevalue(name)))
    repository = open_repository(folder=write(tmp_path, CHARTS["subcharts with conditions, tags and an alias"]))
    sides = ("stage", "prod")
    assert compared(repository, "web", sides, binary) == compared(repository, "web", sides, sdk)


@pytest.mark.usefixtures("with_binary")
def test_a_whole_number_of_a_million_is_set_by_the_binary(helm: Path, tmp_path: Path) -> None:
    repository = open_repository(folder=write(tmp_path, CHARTS["numbers and texts that look like others"]))
    overrides = (Override("--set", "whole=2000000,large=3000000"), Override("--set-string", "text=4000000"))
    extras = Extras(overrides=overrides)
    target = repository.target(repository.config.charts["web"], "prod", extras)
    (shown,) = rendered(target, auto.engine("auto"))
    assert shown["data"]["whole"] == 2000000
    assert [shown] == template(helm, target)


@pytest.mark.usefixtures("with_binary")
def test_capabilities_are_those_of_the_options(helm: Path, tmp_path: Path) -> None:
    repository = open_repository(folder=write(tmp_path, CAPABILITIES))
    extras = Extras(kube_version="1.29.0", api_versions=("example.com/v1",))
    target = repository.target(repository.config.charts["web"], "prod", extras)
    options = ("--kube-version", "1.29.0", "--api-versions", "example.com/v1")
    shown = rendered(target, auto.engine("auto"))
    assert {each["data"]["values"] for each in shown} == {'"v1.29.0"', "true"}
    assert in_any_order(shown) == in_any_order(template(helm, target, *options))
