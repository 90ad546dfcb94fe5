"""Secrets as people and programs read of them."""

from __future__ import annotations

import json

from chartgen.outcomes import AppliedSecret, AppliedSecrets, CheckedSecret, CheckedSecrets, Held, Rotation
from chartgen.report.formats import SecretsApplied, SecretsChecked, formats_of
from tests.reported import reported
from tests.unit.chartgen.targets import PROD

TARGET = PROD._replace(context="the-cluster")
APPLIED = AppliedSecrets(
    TARGET,
    (
        AppliedSecret("app", "stdin", "created", added=("KEY", "OTHER"), unused=("MORE",)),
        AppliedSecret(
            "longer-name",
            "variable:A",
            "updated",
            added=("NEW",),
            changed=("KEY",),
            removed=("OLD",),
            taken=(Held("KEY", "kubectl-create"),),
            kept=(Held("HERS", "kubectl-edit"), Held("LOST", "")),
            forgets=True,
        ),
        AppliedSecret("labels", "stdin", "updated"),
        AppliedSecret("same", "pulumi:a/b/c", "unchanged"),
    ),
)
CHECKED = CheckedSecrets(
    TARGET,
    (
        CheckedSecret("app", "default", is_there=False, needed_by=("chartgen.yaml", "Pod/x"), missing=("KEY",)),
        CheckedSecret(
            "creds",
            "other",
            is_there=True,
            needed_by=("Pod/x",),
            needed=("KEY", "URL"),
            missing=("URL",),
            optional=("MORE",),
            empty=("KEY",),
            extra=("OLD",),
            rotation=Rotation("2026-01-02T03:04:05Z", 100, 90),
        ),
        CheckedSecret("fine", "default", is_there=True, rotation=Rotation("", None, 90)),
        CheckedSecret("tls", "default", is_there=False, needed_by=("Ingress/x",), made_by="Certificate/x"),
        CheckedSecret("unneeded", "default", is_there=False),
    ),
)


def test_what_was_applied_is_a_line_for_each_and_its_keys() -> None:
    assert reported(SecretsApplied([APPLIED])) == (
        "charts/web prod, namespace default of the-cluster\n"
        "  app          created, from stdin\n"
        "      keys: KEY, OTHER\n"
        "      at the source, but not taken: MORE\n"
        "  longer-name  updated, from variable:A\n"
        "      added: NEW\n"
        "      changed: KEY\n"
        "      removed: OLD\n"
        "      taken over: KEY (kubectl-create)\n"
        "      not meant, but somebody else's; --prune removes it: HERS (kubectl-edit), LOST (nobody known)\n"
        "      the annotation last-applied-configuration, which held values, goes\n"
        "  labels       updated, from stdin\n"
        "      only its labels, its annotations or who holds its keys\n"
        "  same         unchanged, from pulumi:a/b/c\n"
    )


def test_a_dry_run_says_what_would_be() -> None:
    said = reported(SecretsApplied([APPLIED._replace(dry_run=True)]))
    lines = [line.split(maxsplit=1)[1] for line in said.splitlines() if ", from " in line]
    assert lines == [
        "would be created, from stdin",
        "would be updated, from variable:A",
        "would be updated, from stdin",
        "unchanged, from pulumi:a/b/c",
    ]


def test_what_was_checked_is_a_line_for_each_and_what_is_wrong() -> None:
    assert reported(SecretsChecked([CHECKED, CHECKED._replace(secrets=())])) == (
        "charts/web prod, namespace default of the-cluster\n"
        "  app       missing\n"
        "      needed by: chartgen.yaml, Pod/x\n"
        "      missing: KEY\n"
        "  creds     incomplete\n"
        "      in namespace: other\n"
        "      needed by: Pod/x\n"
        "      missing: URL\n"
        "      empty: KEY\n"
        "      may be missing: MORE\n"
        "      nobody asks for it by name: OLD\n"
        "      rotated 2026-01-02, 100 days ago, every 90: it is due\n"
        "  fine      there\n"
        "      rotated: unknown; every 90 days\n"
        "  tls       not there; Certificate/x makes it\n"
        "  unneeded  not there; nobody needs it\n"
        "charts/web prod, namespace default of the-cluster\n"
        "  it refers to no Secret\n"
    )


def test_programs_read_the_same() -> None:
    (applied,) = json.loads(reported(SecretsApplied([APPLIED]), "json"))["applied"]
    assert (applied["chart"], applied["context"], applied["dryRun"]) == ("charts/web", "the-cluster", False)
    assert [each["outcome"] for each in applied["secrets"]] == ["created", "updated", "updated", "unchanged"]
    assert applied["secrets"][1]["kept"] == [
        {"key": "HERS", "manager": "kubectl-edit"},
        {"key": "LOST", "manager": ""},
    ]
    (checked,) = json.loads(reported(SecretsChecked([CHECKED]), "json"))["checked"]
    assert [each["isWanting"] for each in checked["secrets"]] == [True, True, False, False, False]
    assert checked["secrets"][1]["rotation"] == {
        "rotatedAt": "2026-01-02T03:04:05Z",
        "ageDays": 100,
        "days": 90,
        "isDue": True,
    }
    assert checked["secrets"][4]["rotation"] is None


def test_both_reports_have_text_and_json() -> None:
    assert formats_of(SecretsApplied) == formats_of(SecretsChecked) == ["text", "json"]
