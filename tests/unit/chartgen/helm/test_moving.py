"""Functions that ask the clock or chance, found in templates; and templates at another time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgen.helm import moving, sdk
from chartgen.model import Target
from tests import files

from .awkward import CHART, shows

KEY = 'genPrivateKey "ed25519"'
CA = f'genCAWithKey "ca" 1 ({KEY})'
EXPRESSIONS = {
    "ago": 'toDate "2006-01-02" "2020-01-01" | ago',
    "bcrypt": 'bcrypt "a"',
    "encryptAES": 'encryptAES "secretkey" "a"',
    "genCA": '(genCA "ca" 1).Cert',
    "genCAWithKey": f"({CA}).Cert",
    "genPrivateKey": KEY,
    "genSelfSignedCert": '(genSelfSignedCert "a" nil nil 1).Cert',
    "genSelfSignedCertWithKey": f'(genSelfSignedCertWithKey "a" nil nil 1 ({KEY})).Cert',
    "genSignedCert": f'(genSignedCert "a" nil nil 1 ({CA})).Cert',
    "genSignedCertWithKey": f'(genSignedCertWithKey "a" nil nil 1 ({CA}) ({KEY})).Cert',
    "htpasswd": 'htpasswd "a" "b"',
    "keys": "keys .Values.many",
    "now": "now | unixEpoch",
    "randAlpha": "randAlpha 20",
    "randAlphaNum": "randAlphaNum 20",
    "randAscii": "randAscii 20",
    "randBytes": "randBytes 20",
    "randInt": "randInt 0 1000000000",
    "randNumeric": "randNumeric 20",
    "shuffle": 'shuffle "abcdefghijklmnopqrstuvwxyz"',
    "uuidv4": "uuidv4",
    "values": "values .Values.many",
}
"""A use of each."""
STILL = (
    'getHostByName "localhost"',
    "keys .Values.many | sortAlpha",
    "values .Values.many|sortAlpha",
    "toJson .Values.many",
    'derivePassword 1 "long" "a" "b" "c"',
)
MANY = "many: {" + ", ".join(f"k{number}: v{number}" for number in range(20)) + "}\n"


def rendered(folder: Path, expression: str, times: int = 2) -> set[str]:
    """What some renders print."""
    chart = {"Chart.yaml": CHART.format(name="web"), "values.yaml": MANY, "templates/a.yaml": shows("a", expression)}
    files.write(folder, chart)
    target = Target("web", folder, "prod", "web", "default", ())
    opened = sdk.open_chart(target)
    return {opened.render(target, {})["web/templates/a.yaml"] for _ in range(times)}


def test_each_function_has_a_use() -> None:
    assert set(EXPRESSIONS) == moving.MOVING


@pytest.mark.parametrize("name", sorted(moving.CHANCE))
def test_what_asks_chance_differs_from_render_to_render(tmp_path: Path, name: str) -> None:
    assert len(rendered(tmp_path, EXPRESSIONS[name])) == 2
    assert name in moving.calls(f"{{{{ {EXPRESSIONS[name]} }}}}")
    assert not moving.is_clock(name)


def test_what_asks_the_clock_gives_the_time(tmp_path: Path) -> None:
    (now,) = rendered(tmp_path, 'now | unixEpoch | int64 | printf "<%d>"', times=1)
    told = int(now.partition("003c")[2].partition("\\")[0])
    assert abs(told - datetime.now(UTC).timestamp()) < 60
    for name in moving.CLOCK:
        assert moving.calls(f"{{{{ {EXPRESSIONS[name]} }}}}") == {name}
        assert moving.is_clock(name)


@pytest.mark.parametrize("expression", STILL)
def test_what_does_neither_is_not_counted(tmp_path: Path, expression: str) -> None:
    assert moving.calls(f"{{{{ {expression} }}}}") == frozenset()
    assert len(rendered(tmp_path, f"{expression} | toString", times=4)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "{ now }",
        "}} now {{",
        "{{ .now }}",
        "{{ .Values.now }}",
        "{{ $now }}",
        "{{ $x.now }}",
        "{{ (.a).now }}",
        "{{ nowhere }}",
        '{{ "now" }}',
        r'{{ "\" now" }}',
        "{{ `now` }}",
        "{{ `\n now \\` }}",
        "{{ 'n' }} now",
        '{{ "}}" }} now',
        "{{/* now */}}",
        "{{- /* now */ -}}",
        "{{/* }} {{ now */}}",
        "{{/** now **/}}",
    ],
)
def test_a_name_that_calls_nothing_is_left(text: str) -> None:
    assert moving.calls(text) == frozenset()
    assert moving.otherwise(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "{{now}}",
        "{{- now -}}",
        "{{ (now).Year }}",
        "{{ now.Year }}",
        "{{ $t := now }}",
        '{{ now|date "2006" }}',
        '{{ dict "a" now }}',
        '{{ "a" }}{{ now }}',
        '{{ "\\\\" }}{{ now }}',
        "{{/* x */}}{{ now }}",
        "{{ if true }}\n{{ now }}{{ end }}",
        '{{ printf "%s"\n  (now | toString) }}',
        "{{ `}}` }}{{ now }}",
    ],
)
def test_a_call_is_found_wherever_one_may_stand(tmp_path: Path, text: str) -> None:
    assert moving.calls(text) == {"now"}
    chart = {"Chart.yaml": CHART.format(name="web"), "templates/a.yaml": "a: " + moving.otherwise(text)}
    files.write(tmp_path, chart)
    target = Target("web", tmp_path, "prod", "web", "default", ())
    assert sdk.open_chart(target).render(target, {})


def test_an_action_that_does_not_end_is_read_once() -> None:
    for piece in ("{{", "{{/*", '{{"', "{{`", "{{'", "{{ } ", '{{ "\\'):
        assert moving.calls("now" + piece * 100_000) == frozenset()


FIELDS = ("%Y", "%m", "%d", "%j", "%A", "%H", "%I", "%M", "%S")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - in any zone
def test_the_other_time_differs_in_every_field(time: datetime) -> None:
    earlier = time - timedelta(hours=9605, minutes=7, seconds=9)
    assert moving.EARLIER == '(now | date_modify "-9605h7m9s")'
    assert [field for field in FIELDS if time.strftime(field) == earlier.strftime(field)] == []


@pytest.mark.parametrize(
    ("text", "in_order"),
    [
        ("{{ keys .Values.many }}", "{{ keys .Values.many | sortAlpha }}"),
        ("{{- keys .Values.many -}}", "{{- keys .Values.many | sortAlpha -}}"),
        ("{{keys .Values.many}}", "{{keys .Values.many | sortAlpha}}"),
        ("{{ keys .a .b|uniq|join (keys .c) }}", "{{ keys .a .b | sortAlpha|uniq|join (keys .c | sortAlpha) }}"),
        ("{{ range $i, $k := keys (omit .a (first (keys .b))) }}",
         "{{ range $i, $k := keys (omit .a (first (keys .b | sortAlpha))) | sortAlpha }}"),
        ('{{ if has ")" (keys .a) }}', '{{ if has ")" (keys .a | sortAlpha) }}'),
        ("{{ keys .a | sortAlpha }}{{ keys .b }}", "{{ keys .a | sortAlpha }}{{ keys .b | sortAlpha }}"),
        ("{{ .a | keys | first }}", "{{ .a | keys  | sortAlpha| first }}"),
        ("{{ .keys }} keys {{ .values }}", "{{ .keys }} keys {{ .values }}"),
        ("{{ values .a | first }}", "{{ values .a | first }}"),
    ],
)  # fmt: skip
def test_what_has_no_order_is_put_in_order_where_its_command_ends(text: str, in_order: str) -> None:
    assert moving.otherwise(text) == in_order


@pytest.mark.parametrize("expression", ['keys .Values.two | join ","', "first (keys .Values.two)"])
def test_both_orders_differ_for_sure(tmp_path: Path, expression: str) -> None:
    text = f"a: {{{{ {expression} | quote }}}}\n"
    printed = set()
    for backwards in (False, True):
        folder = tmp_path / str(backwards)
        template = moving.otherwise(text, backwards=backwards)
        chart = {"Chart.yaml": CHART.format(name="web"), "values.yaml": "two: {a: x, b: y}\n"}
        files.write(folder, chart | {"templates/a.yaml": template})
        target = Target("web", folder, "prod", "web", "default", ())
        printed.add(sdk.open_chart(target).render(target, {})["web/templates/a.yaml"])
    assert len(printed) == 2
