"""What applying does to a Secret is told by key, and by who else holds it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from chartgen.config.model import SecretEntry
from chartgen.delivery.changes import MANAGER, outcome, strangers
from chartgen.delivery.contents import Data
from chartgen.delivery.desired import Desired
from chartgen.kube.wellknown import LAST_APPLIED
from chartgen.outcomes import AppliedSecret, Held
from tests.unit.chartgen.targets import PROD

WANTED = Desired(PROD, SecretEntry("app"), "stdin", Data(KEY="a", OTHER="b"), ("MORE",))
NONE: dict[str, Any] = {}


def secret(data: dict[str, str], **managers: list[str]) -> dict[str, Any]:
    managed = [
        {
            "manager": name.replace("_", "-"),
            "operation": "Apply",
            "fieldsV1": {"f:data": {f"f:{key}": {} for key in keys}},
        }
        for name, keys in managers.items()
    ]
    encoded = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    return {"metadata": {"managedFields": managed}, "data": encoded, "type": "Opaque"}


OURS = secret(dict(WANTED.data), chartgen_secrets=["KEY", "OTHER"])


def test_a_new_secret_has_its_keys_added() -> None:
    found = outcome(WANTED, None, OURS, NONE)
    assert found == AppliedSecret("app", "stdin", "created", added=("KEY", "OTHER"), unused=("MORE",))


def test_what_would_stay_as_it_is_but_for_times_is_unchanged() -> None:
    assert MANAGER == "chartgen-secrets"
    later = {**OURS, "metadata": {"managedFields": [OURS["metadata"]["managedFields"][0] | {"time": "later"}]}}
    assert outcome(WANTED, OURS, later, NONE).outcome == "unchanged"


def test_keys_that_come_change_and_go_are_told() -> None:
    before = secret({"KEY": "old", "OLD": "x"}, chartgen_secrets=["KEY", "OLD"])
    found = outcome(WANTED, before, OURS, NONE)
    assert (found.outcome, found.added, found.changed, found.removed) == ("updated", ("OTHER",), ("KEY",), ("OLD",))
    assert (found.taken, found.kept, found.forgets) == ((), (), False)


def test_a_key_that_another_manager_loses_is_taken_over_and_one_of_the_same_value_is_shared() -> None:
    before = secret({"KEY": "old", "OTHER": "b"}, kubectl_create=["KEY", "OTHER"])
    after = secret(dict(WANTED.data), chartgen_secrets=["KEY", "OTHER"], kubectl_create=["OTHER"])
    found = outcome(WANTED, before, after, NONE)
    assert (found.outcome, found.changed, found.taken) == ("updated", ("KEY",), (Held("KEY", "kubectl-create"),))


def test_who_has_lost_all_keys_and_holds_the_map_alone_holds_no_key() -> None:
    before = secret({"KEY": "old"}, kubectl_create=["KEY"])
    after = secret(dict(WANTED.data), chartgen_secrets=["KEY", "OTHER"], kubectl_create=[])
    assert outcome(WANTED, before, after, NONE).taken == (Held("KEY", "kubectl-create"),)


def test_keys_of_others_are_kept_with_their_managers_or_of_nobody_known() -> None:
    after = secret({**WANTED.data, "OLD": "x", "LOST": "y"}, chartgen_secrets=["KEY", "OTHER"], a=["OLD"], b=["OLD"])
    kept = (Held("OLD", "a"), Held("OLD", "b"), Held("LOST", ""))
    assert strangers(WANTED, after) == kept
    assert outcome(WANTED, OURS, after, NONE).kept == kept


def test_what_is_pruned_is_removed_and_what_held_values_is_forgotten() -> None:
    before = secret({**WANTED.data, "OLD": "x"}, chartgen_secrets=["KEY", "OTHER"], a=["OLD"])
    removal = {"data": {"OLD": None}, "metadata": {"annotations": {LAST_APPLIED: None}}}
    found = outcome(WANTED, before, before, removal)
    assert (found.outcome, found.removed, found.kept, found.forgets) == ("updated", ("OLD",), (), True)
