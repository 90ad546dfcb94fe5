"""Secrets for programs: names, never values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chartgen.model import Target
from chartgen.outcomes import AppliedSecret, CheckedSecret, Held
from chartgen.report.formats import SecretsApplied, SecretsChecked
from chartgen.report.style import chart


def document(report: SecretsApplied | SecretsChecked) -> dict[str, Any]:
    """All but the version."""
    if isinstance(report, SecretsApplied):
        return {
            "applied": [
                _target(each.target) | {"dryRun": each.dry_run, "secrets": list(map(_applied, each.secrets))}
                for each in report.charts
            ]
        }
    return {
        "checked": [_target(each.target) | {"secrets": list(map(_checked, each.secrets))} for each in report.charts]
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "chart": chart(target),
        "environment": target.environment,
        "namespace": target.namespace,
        "context": target.context,
    }


def _applied(secret: AppliedSecret) -> dict[str, Any]:
    return {
        "name": secret.name,
        "source": secret.source,
        "outcome": secret.outcome,
        "added": list(secret.added),
        "changed": list(secret.changed),
        "removed": list(secret.removed),
        "taken": _held(secret.taken),
        "kept": _held(secret.kept),
        "unused": list(secret.unused),
        "forgets": secret.forgets,
    }


def _held(keys: Sequence[Held]) -> list[dict[str, str]]:
    return [{"key": each.key, "manager": each.manager} for each in keys]


def _checked(secret: CheckedSecret) -> dict[str, Any]:
    rotation = secret.rotation
    return {
        "name": secret.name,
        "namespace": secret.namespace,
        "isThere": secret.is_there,
        "isWanting": secret.is_wanting,
        "neededBy": list(secret.needed_by),
        "madeBy": secret.made_by or None,
        "needed": list(secret.needed),
        "missing": list(secret.missing),
        "optional": list(secret.optional),
        "empty": list(secret.empty),
        "extra": list(secret.extra),
        "rotation": rotation
        and {
            "rotatedAt": rotation.rotated_at or None,
            "ageDays": rotation.age_days,
            "days": rotation.days,
            "isDue": rotation.is_due,
        },
    }
