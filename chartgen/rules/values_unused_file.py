"""A values file that no environment uses is never rendered and never checked: it rots, or somebody thinks it counts."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.model import Finding, Mark, Severity, World

ID = "unused-values-file"


def check(world: World) -> Iterator[Finding]:
    for file in world.unused_files:
        yield Finding(
            ID,
            Severity.WARNING,
            file,
            Mark(file),
            f"no environment of {world.chart} uses this file",
            "name it in chartgen.yaml, or delete it",
        )
