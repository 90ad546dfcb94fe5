"""The text that a template prints, split where Helm splits it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from chartgen.manifests.splitting import by_template, split
from tests import files

TEXTS = {
    "plain": "kind: A\n---\nkind: B\n",
    "begins with a separator": "---\nkind: A\n",
    "comment after the separator": "kind: A\n--- # B\nkind: B\n",
    "text after the separator": "kind: A\n---kind: B\n",
    "document on the line of the separator": "kind: A\n--- {kind: B}\n",
    "white space after the separator": "kind: A\n---  \t\nkind: B\n",
    "more dashes": "kind: A\n---\n-----\n",
    "indented dashes": "kind: A\nb: |\n  ---\n  c\n",
    "empty ones": "---\n---\n\n---\nkind: A\n---\n   \n",
    "only comments": "# a\n---\nkind: A\n---\n# b\n",
    "white space before the first": "\n\n  \nkind: A\n---\n\n  # c\nkind: B\n",
    "texts that keep their ends": "kind: A\na: |+\n  b\n\n---\nkind: B\nc: |+\n  d\n---\nkind: C\n",
    "windows": "kind: A\r\n---\r\nkind: B\r\n",
}


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("a\n---\nb", ("a\n\n", "b\n")),
        ("a\n--- # c\nb", ("a\n\n", "# c\nb\n")),
        ("a\n---b", ("a\n\n", "b\n")),
        ("a: |\n---\nb", ("a: |\n\n", "b\n")),
        ("  \n---\n\n--- \n", ()),
        (" a", ("a\n",)),
        ("a\n---- b", ("a\n\n", "- b\n")),
    ],
)
def test_documents_begin_at_three_dashes(text: str, documents: tuple[str, ...]) -> None:
    assert split(text) == documents


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_helm_template_prints_the_same_documents(text: str, tmp_path: Path, helm: Path) -> None:
    files.write(tmp_path, {"Chart.yaml": "{apiVersion: v2, name: c, version: 0.0.0}", "templates/a.yaml": text})
    ran = subprocess.run([helm, "template", "r", tmp_path], capture_output=True, text=True, check=False)
    if ran.returncode:  # what is no object, Helm does not print
        assert "error" in ran.stderr.lower()
        assert any(not isinstance(yaml.safe_load(each), dict) for each in split(text))
        return
    shown = [each for each in yaml.safe_load_all(ran.stdout) if each]
    assert [each for each in map(yaml.safe_load, split(text)) if each] == shown


def test_documents_of_one_template_come_together_and_templates_in_order() -> None:
    text = "---\n# Source: web/templates/b.yaml\nkind: B\n---\n# Source: web/templates/a.yaml\nkind: A\n"
    text += "---\n# Source: web/templates/b.yaml\nkind: C\n"
    texts = by_template(text)
    assert list(texts.items()) == [
        ("web/templates/a.yaml", "kind: A\n"),
        ("web/templates/b.yaml", "kind: B\n---\nkind: C\n"),
    ]


def test_what_no_template_is_named_for_is_of_none() -> None:
    assert by_template("kind: A\n---\nkind: B\n") == {"": "kind: A\n---\nkind: B\n"}
