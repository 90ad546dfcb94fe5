"""The forms of texts: the JSON schema has them too, and an editor reads them as chartgen does."""

from __future__ import annotations

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgen.config import forms
from chartgen.config.forms import Form
from tests.unit.chartgen.config.schema import SCHEMA

FORMS = {name.lower().replace("_", "-"): form for name, form in vars(forms).items() if isinstance(form, Form)}
NAMES = {"environment": "environment-name", "secret": "secret-name"}


@pytest.mark.parametrize("name", FORMS)
def test_the_schema_has_the_forms_of_chartgen(name: str) -> None:
    pattern = SCHEMA["definitions"][NAMES.get(name, name)]["pattern"]
    assert pattern == f"^(?:{FORMS[name].pattern.pattern})$"


@given(st.sampled_from(sorted(FORMS)), st.data())
def test_a_form_is_read_in_an_editor_as_here(name: str, data: st.DataObject) -> None:
    form = FORMS[name].pattern
    text = data.draw(st.from_regex(form) | st.from_regex(form, fullmatch=True) | st.text())
    editor = jsonschema_rs.Draft7Validator({"pattern": f"^(?:{form.pattern})$"})
    assert editor.is_valid(text) == bool(form.fullmatch(text))
