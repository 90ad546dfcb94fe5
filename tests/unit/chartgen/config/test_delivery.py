"""What chartgen.yaml says of deployments: the image's keys, Secrets and their sources, deadlines."""

from __future__ import annotations

import pytest

from chartgen.config.delivery import source
from chartgen.config.model import ImageKeys, SecretEntry, Source
from chartgen.config.parsing import parse
from chartgen.errors import ConfigError, UsageError
from chartgen.model import Mark
from tests.unit.chartgen.places import where

WEB = """\
charts:
  web:
    path: web
    environments: {stage: {}, prod: {}}
    SETTING
"""


def image(keys: str) -> ImageKeys:
    return parse(WEB.replace("SETTING", f"image: {keys}"), "chartgen.yaml").charts["web"].image


def secret(text: str) -> SecretEntry:
    return parse(WEB.replace("SETTING", f"secrets: {{app: {text}}}"), "chartgen.yaml").charts["web"].secrets["app"]


def deadline(text: str) -> int:
    config = parse(f"charts: {{web: {{path: w, environments: {{prod: {{deadline: {text}}}}}}}}}", "chartgen.yaml")
    return config.charts["web"].environments["prod"].deadline


def test_the_keys_of_the_image_are_known_with_their_places() -> None:
    found = image("{repository: image.repository, tag: image.tag}")
    assert found[:3] == ("image.repository", "image.tag", "")
    assert found.marks["tag"] == Mark("chartgen.yaml", 5, 48)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("{tag: 'image.tag=1,replicas'}", "`image.tag=1,replicas` is no values key"),
        ("{tag: image..tag}", "`image..tag` is no values key"),
        ("{tag: 'containers[0].tag'}", r"`containers\[0\].tag` is no values key"),
        ("{tag: image.tag, digest: image.tag}", "`image.tag` is another part of the image already"),
        ("image", "expected a mapping"),
        ("{tga: image.tag}", "unknown key `tga`"),
    ],
)
def test_what_is_no_key_of_the_image_is_refused(keys: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        image(keys)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15m", 900), ("1h30m", 5400), ("1h0m1s", 3601), ("90s", 90), ("99h", 356_400), ("0h5m", 300), ("'15m'", 900)],
)
def test_a_deadline_is_a_duration(text: str, seconds: int) -> None:
    assert deadline(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "0m",
        "0h0m0s",
        "90",
        "1.5h",
        "-5m",
        "15M",
        "1h 30m",
        "30m1h",
        "m",
        "9" * 5000 + "m",
        "999999999999h",
        "\uff11\uff15m",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no duration") as refused:
        deadline(text)
    assert refused.value.hint == "such as 15m or 1h30m"


def test_a_secret_without_keys_has_what_its_source_gives() -> None:
    found = secret("{from: {prod: stdin}, required: [API_KEY], multiline: [PEM]}")
    assert (dict(found.keys), found.whole, found.required, found.multiline) == ({}, "", ("API_KEY",), ("PEM",))
    assert (found.name, found.rotation_days) == ("app", 90)


def test_all_keys_are_required_unless_said() -> None:
    assert secret("{keys: {A: B, C: D}}").required == ("A", "C")
    assert secret("{keys: {A: B, C: D}, required: [C]}").required == ("C",)
    assert secret("{keys: {A: B, C: D}, required: []}").required == ()


def test_a_secret_that_is_stored_whole_has_one_key() -> None:
    found = secret("{whole: creds.json, rotation-days: 30}")
    assert (found.whole, found.required, found.rotation_days) == ("creds.json", ("creds.json",), 30)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("stdin", "stdin", ""),
        ("variable:PROD_SECRETS_JSON", "variable", "PROD_SECRETS_JSON"),
        ("pulumi:acme/web/prod", "pulumi", "acme/web/prod"),
        ("pulumi:web/prod@3", "pulumi", "web/prod@3"),
    ],
)
def test_a_source_is_read_as_it_is_written(text: str, kind: str, name: str) -> None:
    assert source(text) == Source(kind, name)
    assert str(source(text)) == text
    assert secret(f'{{from: {{prod: "{text}"}}}}').sources["prod"] == Source(kind, name, Mark("chartgen.yaml", 5, 34))


@pytest.mark.parametrize(
    "text",
    [
        *("", "PROD", "env:X", "VARIABLE:X", "variable:", "variable:1A", "variable:A B", "variable:É", "stdin:x"),
        *("stdin\n", "pulumi:prod", "pulumi:a/b/c/d", "pulumi:a/b@", "pulumi:-f/x", "pulumi:../..", "pulumi:a//b"),
    ],
)
def test_what_is_no_source_is_refused_and_not_repeated_since_it_may_be_the_secret(text: str) -> None:
    with pytest.raises(UsageError, match=r"^what stands here is no source of secrets$") as refused:
        source(text)
    assert refused.value.hint == "write variable:NAME, pulumi:ORG/PROJECT/ENV or stdin"


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("{from: {prdo: stdin}}", "no environment is called `prdo`", ":5:28"),
        ("{from: {prod: sk-1234}}", "what stands here is no source of secrets", ":5:34"),
        ("{from: {prod: stdin, prod: stdin}}", "`prod` is set twice here", ":5:41"),
        ("{from: stdin}", "expected a mapping", ":5:27"),
        ("{keys: {}}", "`keys` names none", ":5:27"),
        ("{keys: {'..': A}}", "`..` cannot be a key of a Secret", ":5:28"),
        ("{keys: {..a: A}}", "`..a` cannot be a key of a Secret", ":5:28"),
        ("{keys: {A: B}, required: [B]}", "no key of this Secret is called `B`", ":5:46"),
        ("{keys: {A: B}, multiline: [B]}", "no key of this Secret is called `B`", ":5:47"),
        ("{required: [A, A]}", "`A` stands here twice", ":5:35"),
        ("{required: A}", "expected a list", ":5:31"),
        ("{whole: .}", "`.` cannot be a key of a Secret", ":5:28"),
        ("{whole: a, keys: {A: B}}", "with `whole` there is no `keys`", ":5:37"),
        ("{whole: a, required: [b]}", "with `whole` there is no `required`", ":5:41"),
        ("{whole: a, multiline: [a]}", "with `whole` there is no `multiline`", ":5:42"),
        ("{rotation-days: 0}", "expected a number of days", ":5:36"),
        ("{rotation-days: '90'}", "expected a number of days", ":5:36"),
        ("{rotation-days: 10000}", "expected a number of days", ":5:36"),
        ("{rotation-days: 0x5a}", "expected a number of days", ":5:36"),
        ("{rotation-days: [90]}", "expected a number of days", ":5:36"),
    ],
)
def test_what_a_secret_cannot_mean_is_refused_with_its_place(text: str, message: str, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        secret(text)
    assert message in refused.value.message
    assert where(refused).endswith(place)


@pytest.mark.parametrize("name", ["A", "a_b", "-a", "a..b", "a.-b", "a.", "../x", "a" * 254])
def test_what_cannot_be_the_name_of_a_secret_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of a Secret"):
        parse(WEB.replace("SETTING", f"secrets: {{{name}: {{}}}}"), "chartgen.yaml")


@pytest.mark.parametrize("name", ["a", "web-secrets", "a.b-c.d", "5", "a" * 253])
def test_a_secret_is_called_as_kubernetes_allows(name: str) -> None:
    config = parse(WEB.replace("SETTING", f"secrets: {{{name}: {{}}}}"), "chartgen.yaml")
    assert list(config.charts["web"].secrets) == [name]
