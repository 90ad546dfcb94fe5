"""The order of things: what counts before what, what is merged, and what is accepted."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from chartgen import pipeline
from chartgen.config.parsing import parse
from chartgen.errors import ValuesRefusedError
from chartgen.helm import sdk
from chartgen.model import Finding, Mark, Override
from chartgen.sources.files import Extras, Repository
from tests import files

write = partial(files.write, Path())

FILES = {
    "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "web/values.yaml": "replicas: 1\nhost: a\n",
    "web/values-stage.yaml": "replicas: 2\n",
    "web/values-prod.yaml": "replicas: 3\nhost: b\n",
    "web/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n"
    "  replicas: {{ .Values.replicas | quote }}\n  host: {{ .Values.host }}\n",
}
CONFIG = """\
charts:
  web:
    path: web
    environments:
      stage: {values: [values-stage.yaml]}
      prod: {values: [values-prod.yaml]}
"""
FAILS = {"web/templates/bad.yaml": '{{ fail "no" }}'}
REFUSES = {"web/values.schema.json": '{"properties": {"replicas": {"maximum": 2}}}'}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    write(FILES)
    return Repository(Path(), parse(CONFIG, "chartgen.yaml"))


def validated(repository: Repository, *environments: str, config: str = "") -> list[Finding]:
    chosen = Repository(Path(), parse(config, "chartgen.yaml")) if config else repository
    return list(pipeline.validate(chosen, chosen.entries(), environments, sdk))


def expected(repository: Repository, declared: str) -> list[str]:
    """The changes that are expected, by path."""
    config = parse(f"{CONFIG}expected: [{declared}]", "chartgen.yaml")
    sides = [repository.target(repository.config.charts["web"], name) for name in ("stage", "prod")]
    found = pipeline.compare(sides[0], sides[1], sdk, config=config)
    return ["/".join(map(str, change.path)) for change in found.changes if change.expected]


def test_what_the_schema_refuses_counts_before_a_template_that_fails_for_it(repository: Repository) -> None:
    write(FAILS | REFUSES)
    target = repository.target(repository.config.charts["web"], "prod")
    with pytest.raises(ValuesRefusedError, match="refuses the values of prod") as refused:
        pipeline.documents(target, sdk)
    assert [finding.message for finding in refused.value.findings] == ["`replicas` must be at most 2; 3 is not"]
    assert [finding.rule for finding in validated(repository, "prod")] == ["schema-maximum"]


def test_a_finding_that_holds_in_several_environments_is_one(repository: Repository) -> None:
    write(FAILS)
    (finding,) = validated(repository)
    assert finding.environments == ("stage", "prod")
    assert finding.where == Mark(Path("web/templates/bad.yaml"), 1, 3)
    assert finding.message == "no"


def test_validate_says_only_what_concerns_the_environments_that_are_named(repository: Repository) -> None:
    write(REFUSES)
    assert validated(repository, "stage") == []
    assert [finding.where for finding in validated(repository)] == [Mark(Path("web/values-prod.yaml"), 1, 1)]


def test_a_values_file_that_cannot_be_read_does_not_hide_what_is_wrong_elsewhere(repository: Repository) -> None:
    write({"web/values-stage.yaml": "a: [", "web/values-prod.yaml": "host: a\nhost: b\n"})
    assert [finding.rule for finding in validated(repository)] == ["duplicate-key", "values-unreadable"]


def test_an_object_that_is_printed_twice_is_a_finding(repository: Repository) -> None:
    write({"web/templates/again.yaml": FILES["web/templates/cm.yaml"]})
    (finding,) = validated(repository)
    assert finding.message == "ConfigMap/web is printed twice, also by web/templates/again.yaml"
    assert finding.where == Mark(Path("web/templates/cm.yaml"), 2, 1)


def test_a_waiver_takes_a_finding_away_by_rule_and_subject(repository: Repository) -> None:
    write({"web/values-prod.yaml": "host: a\nreplicas: 1\n"})
    assert [finding.subject for finding in validated(repository)] == ["host", "replicas"]
    waived = CONFIG + "waivers: [{rule: overlay-repeats, subject: host, reason: to be plain}]"
    assert [finding.subject for finding in validated(repository, config=waived)] == ["replicas"]


@pytest.mark.parametrize(
    ("declared", "paths"),
    [
        ("{key: replicas, between: [stage, prod], reason: r}", ["data/replicas"]),
        ("{key: replicas, between: [prod, stage], reason: r}", ["data/replicas"]),
        ("{key: replica, between: [stage, prod], reason: r}", []),
        ("{key: replicas, between: [stage, stage], reason: r}", []),
        ("{object: ConfigMap/web, between: [stage, prod], reason: r}", ["data/replicas", "data/host"]),
        ("{object: ConfigMap/web, path: data.ho, between: [stage, prod], reason: r}", []),
        ("{object: ConfigMap/web, path: data, between: [stage, prod], reason: r}", ["data/replicas", "data/host"]),
        ("{object: ConfigMap/web, path: data.host, between: [stage, prod], reason: r}", ["data/host"]),
        ("{object: ConfigMap/other, between: [stage, prod], reason: r}", []),
    ],
)
def test_a_difference_is_expected_by_key_or_by_object(repository: Repository, declared: str, paths: list[str]) -> None:
    assert expected(repository, declared) == paths


def test_a_value_of_the_command_line_has_the_option_as_its_place(repository: Repository) -> None:
    extras = Extras(overrides=(Override("--set", "host=c:12"),))
    entry = repository.config.charts["web"]
    sides = repository.target(entry, "stage"), repository.target(entry, "prod", extras)
    found = pipeline.compare(*sides, sdk)
    assert [factor.after_mark for factor in found.factors or () if factor.key == ("host",)] == [Mark("--set host=…")]


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and what it has been asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def test_what_a_schema_refers_to_is_not_fetched(repository: Repository, asked: tuple[str, list[str]]) -> None:
    address, paths = asked
    write({"web/values.schema.json": f'{{\n"properties": {{"host": {{"$ref": "{address}/host.json"}}}}}}'})
    (finding,) = validated(repository)
    assert (finding.rule, finding.where) == ("schema-remote", Mark(Path("web/values.schema.json"), 2, 1))
    sides = [repository.target(repository.config.charts["web"], name) for name in ("stage", "prod")]
    assert len(pipeline.compare(sides[0], sides[1], sdk).changes) == 2
    assert paths == []


def test_a_refusal_by_a_subcharts_schema_is_told_in_helms_words(repository: Repository) -> None:
    write(
        {
            "web/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
            "web/charts/sub/values.schema.json": '{"required": ["port"]}',
        }
    )
    (finding,) = validated(repository, "prod")
    assert (finding.rule, finding.message) == ("schema-refused", "sub: - at '': missing property 'port'")
