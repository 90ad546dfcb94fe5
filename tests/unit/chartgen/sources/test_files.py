"""Charts and values files in a working tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.config.model import ChartEntry
from chartgen.errors import ConfigError, UsageError, ValuesError
from chartgen.model import Mark, Override
from chartgen.sources.files import Extras, Repository, open_repository, read_text, unused_values_files
from tests.unit.chartgen.places import where

CONFIG = """\
charts:
  web:
    path: charts/web
    environments:
      prod: {values: [values-prod.yaml], release: shop, namespace: front, kubeVersion: "1.30"}
      stage: {values: []}
  api: {path: charts/api, environments: {prod: {}}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working tree with two charts, where the user stands."""
    for name in ("web", "api"):
        (tmp_path / "charts" / name).mkdir(parents=True)
        (tmp_path / "charts" / name / "Chart.yaml").write_text(f"name: {name}\n")
    for name in ("prod", "stage", "old"):
        (tmp_path / "charts" / "web" / f"values-{name}.yaml").write_text("a: 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(folder: Path) -> Repository:
    (folder / "chartgen.yaml").write_text(CONFIG)
    return open_repository()


def names(entries: list[ChartEntry]) -> list[str]:
    return [entry.name for entry in entries]


def test_the_configuration_is_found_here_or_in_a_folder_above(repository: Repository, folder: Path) -> None:
    assert repository.folder == folder
    assert open_repository(folder=folder / "charts" / "web").config == repository.config


def test_a_configuration_may_be_named(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "mine.yaml").write_text(CONFIG)
    found = open_repository(Path("other/mine.yaml"))
    assert (found.folder, names(found.entries())) == (Path("other"), ["web", "api"])


def test_what_is_wrong_with_a_configuration_is_told_with_its_place(folder: Path) -> None:
    (folder / "chartgen.yaml").write_text("chart: {}\n")
    with pytest.raises(ConfigError) as refused:
        open_repository()
    assert where(refused) == "chartgen.yaml:1:1"


def test_a_configuration_that_is_too_large_is_refused(folder: Path) -> None:
    (folder / "chartgen.yaml").write_text(CONFIG + "#" * 3_000_000)
    with pytest.raises(ValuesError, match="3 MB is too large for a configuration") as refused:
        open_repository()
    assert where(refused) == "chartgen.yaml"


def named(folder: Path, *files: str) -> Repository:
    """The repository with an environment that has these values files."""
    (folder / "chartgen.yaml").write_text(
        f"charts: {{web: {{path: charts/web, environments: {{prod: {{values: [{', '.join(files)}]}}}}}}}}\n"
    )
    return open_repository()


@pytest.mark.parametrize("name", ["../../../elsewhere.yaml", "/etc/hosts", "linked.yaml", "linked/values.yaml"])
def test_a_values_file_outside_of_the_repository_is_refused_with_its_place(folder: Path, name: str) -> None:
    web = folder / "charts" / "web"
    (web / "linked.yaml").symlink_to(folder.parent / "elsewhere.yaml")
    (web / "linked").symlink_to(folder.parent)
    with pytest.raises(ConfigError, match=f"`{name}` leads to /.*, outside of the repository") as refused:
        named(folder, "values-prod.yaml", name)
    assert where(refused) == "chartgen.yaml:1:83"


def test_a_values_file_may_stand_anywhere_in_the_repository_or_beside_its_chart(folder: Path, tmp_path: Path) -> None:
    web = folder / "charts" / "web"
    (folder / "shared.yaml").write_text("a: 1\n")
    (web / "linked.yaml").symlink_to("../../shared.yaml")
    target = (found := named(folder, "../../shared.yaml", "linked.yaml", "none.yaml")).target(
        found.entries()[0], "prod"
    )
    assert [file.name for file in target.files] == ["shared.yaml", "linked.yaml", "none.yaml"]
    (tmp_path / "config").mkdir()
    config = tmp_path / "config" / "chartgen.yaml"
    config.write_text("charts: {web: {path: ../charts/web, environments: {prod: {values: [values-prod.yaml]}}}}\n")
    assert open_repository(config).config.charts["web"].environments["prod"].values == ("values-prod.yaml",)


def test_a_repository_that_is_a_link_is_where_it_leads(folder: Path) -> None:
    named(folder, "values-prod.yaml")
    (folder / "again").symlink_to(folder)
    found = open_repository(Path("again/chartgen.yaml"))
    assert names(found.entries()) == ["web"]


def test_a_file_of_the_command_line_may_stand_anywhere(repository: Repository) -> None:
    extras = Extras((Path("/etc/hosts"),))
    assert repository.target(repository.config.charts["web"], "stage", extras).files == (Path("/etc/hosts"),)


@pytest.mark.usefixtures("folder")
def test_without_a_configuration_each_values_file_of_each_chart_is_an_environment() -> None:
    found = open_repository()
    assert {name: list(entry.environments) for name, entry in found.config.charts.items()} == {
        "api": [],
        "web": ["old", "prod", "stage"],
    }
    target = found.target(found.config.charts["web"], "prod")
    assert (target.release, target.namespace, target.files) == (
        "web",
        "default",
        (Path.cwd() / "charts/web/values-prod.yaml",),
    )


def test_a_chart_may_be_the_folder_itself(folder: Path) -> None:
    found = open_repository(folder=folder / "charts" / "web")
    assert names(found.entries()) == ["web"]
    target = found.target(found.entries()[0], "prod")
    assert (target.chart, target.directory) == ("web", folder / "charts" / "web")


def test_a_folder_without_charts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"no chartgen\.yaml here .*, no Chart\.yaml, and no charts/\*/Chart\.yaml"
    ) as refused:
        open_repository(folder=tmp_path)
    assert where(refused) == str(tmp_path)
    assert refused.value.hint == "run it in a repository of charts, or name one with --config"


def test_all_charts_are_meant_where_none_is_named(repository: Repository) -> None:
    assert names(repository.entries()) == ["web", "api"]


@pytest.mark.parametrize("name", ["api", "charts/api", "charts/api/", "./charts/../charts/api"])
def test_a_chart_is_named_by_its_name_or_its_path(repository: Repository, name: str) -> None:
    assert names(repository.entries([name])) == ["api"]


def test_charts_keep_their_order_and_count_once(repository: Repository) -> None:
    assert names(repository.entries(["api", "web", "charts/web"])) == ["web", "api"]


@pytest.mark.parametrize(("name", "hint"), [("wep", "did you mean `web`?"), ("zzzz", "known: web, api")])
def test_a_chart_that_is_not_there_is_refused(repository: Repository, name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no chart is called `{name}`") as refused:
        repository.entries([name])
    assert refused.value.hint == hint


def test_a_target_is_one_environment_resolved(repository: Repository) -> None:
    target = repository.target(repository.config.charts["web"], "prod")
    assert (target.chart, target.directory) == ("charts/web", Path.cwd() / "charts/web")
    assert (target.environment, target.release, target.namespace, target.kube_version) == (
        "prod",
        "shop",
        "front",
        "1.30",
    )
    assert target.files == (Path.cwd() / "charts/web/values-prod.yaml",)
    assert target.marks["release"] == Mark(Path.cwd() / "chartgen.yaml", 5, 51)


def test_the_command_line_is_laid_over_the_environment(repository: Repository) -> None:
    extras = Extras((Path("more.yaml"),), (Override("--set", "a=1"),), "1.31", ("v1",))
    target = repository.target(repository.config.charts["web"], "prod", extras)
    assert target.files == (Path.cwd() / "charts/web/values-prod.yaml", Path("more.yaml"))
    assert (target.kube_version, target.api_versions, target.overrides) == (
        "1.31",
        ("v1",),
        (Override("--set", "a=1"),),
    )


def test_an_environment_that_is_not_there_is_refused(repository: Repository) -> None:
    entry = repository.config.charts["web"]
    with pytest.raises(UsageError, match="no environment of web is called `prd`") as refused:
        repository.target(entry, "prd")
    assert refused.value.hint == "did you mean `prod`?"


def test_an_environment_need_be_one_of_some_chart_only(repository: Repository) -> None:
    repository.check_environments(repository.entries(), ["prod", "stage"])
    with pytest.raises(UsageError, match="no environment is called `stage`"):
        repository.check_environments(repository.entries(["api"]), ["stage"])
    with pytest.raises(UsageError) as refused:
        repository.check_environments([], ["prod"])
    assert refused.value.hint == "known: none"


def test_a_file_that_cannot_be_read_is_refused(folder: Path) -> None:
    with pytest.raises(ValuesError, match="cannot be read: No such file or directory") as refused:
        read_text(folder / "values.yaml")
    assert where(refused) == "values.yaml"
    with pytest.raises(ValuesError, match="cannot be read: Is a directory"):
        read_text(folder / "charts")


def test_a_file_that_is_not_utf8_is_refused_with_the_place_of_the_byte(folder: Path) -> None:
    (folder / "values.yaml").write_bytes("a: 1\nb: ü".encode("latin-1"))
    with pytest.raises(ValuesError, match="not UTF-8: byte 0xfc") as refused:
        read_text(folder / "values.yaml")
    assert (where(refused), refused.value.hint) == ("values.yaml:2:4", "save it as UTF-8")


def test_a_file_that_is_too_large_is_refused(folder: Path) -> None:
    (folder / "values.yaml").write_bytes(b"#" * 3_000_000)
    with pytest.raises(ValuesError, match="3 MB is too large for a values file") as refused:
        read_text(folder / "values.yaml", limit=2_000_000)
    assert refused.value.hint.startswith("the limit is 2 MB")


def test_values_files_that_no_environment_names_are_unused(repository: Repository, folder: Path) -> None:
    found = unused_values_files(repository.config.charts["web"], folder)
    assert [path.name for path in found] == ["values-old.yaml", "values-stage.yaml"]
