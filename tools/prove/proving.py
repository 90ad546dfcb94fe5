"""All causes that chartgen names in a folder, checked, and what is said of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias

from chartgen.cli import run
from tools.prove.checking import Failed, Prover
from tools.prove.copies import copies
from tools.prove.helm import Helm, ProveError, RefusedError
from tools.prove.mixtures import sides
from tools.prove.renders import Renders
from tools.prove.repository import FILE, Compared, comparisons
from tools.prove.trial import Json

Ask: TypeAlias = Callable[[Path, Compared], Json]
"""What chartgen says of two environments of a chart in a folder: one of `comparisons[]`. May raise ProveError."""


class Proved(NamedTuple):
    """How many causes hold, and those of which that cannot be said."""

    held: int
    failed: Sequence[Failed]

    @property
    def wrong(self) -> int:
        return sum(each.fault is not None for each in self.failed)


def ask(folder: Path, compared: Compared) -> Json:
    """Runs `chartgen diff`. Raises ProveError."""
    names = [each.name for each in compared.environments]
    with TemporaryDirectory(prefix="prove-") as made:
        file = Path(made, "diff.json")
        config = ["--config", str(folder / FILE), "-c", compared.name]
        status = run(["diff", *names, *config, "-q", "-o", f"json={file}"])
        if status:
            raise ProveError(f"{folder}: `chartgen diff {' '.join(names)} -c {compared.name}` gives status {status}")
        (found,) = json.loads(file.read_text(encoding="utf-8"))["comparisons"]
    return dict(found)


def prove(folder: Path, helm: Helm, pool: ThreadPoolExecutor, says: Ask = ask) -> Proved:
    """All causes of all pairs of environments in a folder. Raises ProveError."""
    checked = [each for compared in comparisons(folder) for each in _checked(folder, compared, helm, pool, says)]
    return Proved(checked.count(None), [each for each in checked if each])


def _checked(
    folder: Path, compared: Compared, helm: Helm, pool: ThreadPoolExecutor, says: Ask
) -> Iterator[Failed | None]:
    report = says(folder, compared)
    with copies(compared.chart) as made:
        try:
            both = sides(helm, made.probe, compared.environments)
            prover = Prover(compared, both, Renders(helm, compared.chart, made.bare), report)
            yield from pool.map(prover.check, report["changes"])
        except RefusedError as error:
            raise ProveError(f"{folder}: helm does not render {compared}: {error}") from error


def lines(folder: Path, found: Proved) -> Iterator[str]:
    """What is said of a folder."""
    name = os.path.relpath(folder)
    yield f"{name:<58}  {found.held} of {found.held + found.wrong}"
    for subject, fault, why in found.failed:
        if fault is None:
            yield f"  cannot be checked: {subject}: {why}"
        else:
            yield f"  does not hold: {subject}"
            yield f"    {fault.what}: expected {fault.expected}; helm gives {fault.got}"
