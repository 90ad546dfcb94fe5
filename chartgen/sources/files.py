"""Charts and values files in a working tree: chartgen.yaml, or where there is none, `charts/*/values-*.yaml`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from chartgen.config.model import ChartEntry, Config, Environment
from chartgen.config.parsing import FILE_NAME, parse
from chartgen.errors import ConfigError, UsageError, ValuesError
from chartgen.keypath import did_you_mean
from chartgen.model import Mark, Override, Target

MAX_VALUES_BYTES = 5_000_000
"""A values file above this is refused: reading its positions would take seconds and hundreds of megabytes."""
MAX_CONFIG_BYTES = 1_000_000
"""Thousands of charts."""


class Extras(NamedTuple):
    """What the command line lays over an environment: further values files, `--set` and the Kubernetes version."""

    files: tuple[Path, ...] = ()
    overrides: tuple[Override, ...] = ()
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


NO_EXTRAS = Extras()


class Repository(NamedTuple):
    """A folder of charts and what chartgen.yaml says of them."""

    folder: Path
    config: Config

    def entries(self, names: Sequence[str] = ()) -> list[ChartEntry]:
        """The charts of these names or paths, in the order of chartgen.yaml; all of them where none is named."""
        charts = self.config.charts
        chosen = {self._entry(name).name for name in names} or charts.keys()
        return [entry for name, entry in charts.items() if name in chosen]

    def _entry(self, name: str) -> ChartEntry:
        charts = self.config.charts
        same = (
            each for each in charts.values() if name == each.name or _same_path(Path(name), self.folder / each.path)
        )
        return next(same, None) or _unknown("chart", name, charts)

    def target(self, entry: ChartEntry, environment: str, extras: Extras = NO_EXTRAS) -> Target:
        """Resolve one environment of a chart. Raises UsageError where the chart has no such environment."""
        if environment not in entry.environments:
            _unknown(f"environment of {entry.name}", environment, entry.environments)
        chosen = entry.environments[environment]
        directory = self.folder / entry.path
        return Target(
            chart=entry.path if entry.path != "." else entry.name,
            directory=directory,
            environment=environment,
            release=chosen.release,
            namespace=chosen.namespace,
            files=(*(directory / name for name in chosen.values), *extras.files),
            kube_version=extras.kube_version or chosen.kube_version,
            api_versions=extras.api_versions,
            overrides=extras.overrides,
            context=chosen.context,
            cluster_uid=chosen.cluster_uid,
            track_of=chosen.track_of,
            marks=chosen.marks,
        )

    def check_environments(self, entries: Iterable[ChartEntry], names: Collection[str]) -> None:
        """Raises UsageError for a name that is an environment of none of the charts."""
        known = {name: None for entry in entries for name in entry.environments}
        for name in names:
            if name not in known:
                _unknown("environment", name, known)


def _same_path(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _unknown(what: str, name: str, known: Collection[str]) -> NoReturn:
    raise UsageError(
        f"no {what} is called `{name}`", hint=did_you_mean(name, known, f"known: {', '.join(known) or 'none'}")
    )


def open_repository(config_file: Path | None = None, folder: Path | None = None) -> Repository:
    """Find chartgen.yaml here or in a folder above, or else charts by their files. Raises ConfigError, UsageError."""
    start = folder or Path.cwd()
    found = config_file or next(
        (above / FILE_NAME for above in (start, *start.parents) if (above / FILE_NAME).exists()), None
    )
    if found is None:
        return Repository(start, _discover(start))
    config = parse(read_text(found, MAX_CONFIG_BYTES, "configuration"), found)
    for entry in config.charts.values():
        _check_values_files(entry, found.parent)
    return Repository(found.parent, config)


def _check_values_files(entry: ChartEntry, folder: Path) -> None:
    """What is deployed stands where it is reviewed. `-f` may name any file, since whoever does so chooses it."""
    directory = folder / entry.path
    homes = [Path(os.path.realpath(each)) for each in (folder, directory)]
    for environment in entry.environments.values():
        for number, name in enumerate(environment.values):
            path = Path(os.path.realpath(directory / name))
            if not any(path.is_relative_to(home) for home in homes):
                raise ConfigError(
                    f"`{name}` leads to {path}, outside of the repository",
                    where=environment.marks[f"values[{number}]"],
                    hint="keep it in the repository; on the command line `-f` takes files from anywhere",
                )


def _discover(folder: Path) -> Config:
    charts = (
        [folder] if (folder / "Chart.yaml").is_file() else sorted(p.parent for p in folder.glob("charts/*/Chart.yaml"))
    )
    if not charts:
        raise UsageError(
            f"no {FILE_NAME} here or in a folder above, no Chart.yaml, and no charts/*/Chart.yaml",
            where=Mark(str(folder)),
            hint="run it in a repository of charts, or name one with --config",
        )
    entries = {chart.resolve().name: _discovered_chart(chart, folder) for chart in charts}
    return Config(entries)


def _discovered_chart(chart: Path, folder: Path) -> ChartEntry:
    name = chart.resolve().name
    overlays = sorted(chart.glob("values-*.yaml"))
    environments = {
        path.stem.removeprefix("values-"): Environment(path.stem.removeprefix("values-"), (path.name,), name, "default")
        for path in overlays
    }
    return ChartEntry(name, os.path.relpath(chart, folder), environments)


def read_text(path: Path, limit: int = MAX_VALUES_BYTES, kind: str = "values file") -> str:
    """The text of a configuration or values file of up to `limit` bytes; `kind` is how a message calls it.

    Raises ValuesError with the place of what cannot be read.
    """
    where = Mark(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValuesError(
            f"cannot be read: {error.strerror}", where=where, hint="check the path and its permissions"
        ) from error
    if len(data) > limit:
        raise ValuesError(
            f"{len(data) / 1e6:.0f} MB is too large for a {kind}",
            where=where,
            hint=f"the limit is {limit / 1e6:.0f} MB; keep bulk data in files of the chart",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ValuesError(
            f"not UTF-8: byte 0x{data[error.start]:02x}", where=Mark(path, line, column), hint="save it as UTF-8"
        ) from error
    if "\0" in text:  # Helm's C interface would take it for the end of the text
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValuesError("not text: it holds a zero byte", where=Mark(path, line))
    return text


def unused_values_files(entry: ChartEntry, folder: Path) -> list[Path]:
    """The `values-*.yaml` of a chart that none of its environments names."""
    used = {name for environment in entry.environments.values() for name in environment.values}
    return [path for path in sorted((folder / entry.path).glob("values-*.yaml")) if path.name not in used]
