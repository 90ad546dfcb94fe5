"""Where a cluster comes from: one that exists, kind on docker, or our own without docker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tests.cluster.handle import Cluster

NAMES = ("existing", "kind", "local")


class NoClusterError(Exception):
    """Nothing here can give a cluster; the message is one line that names what is lacking."""


class WrongChoiceError(Exception):
    """The options ask for what cannot be meant, or for what is not there."""


class Provider(Protocol):
    @property
    def name(self) -> str:
        """One of NAMES."""
        ...

    def wanting(self) -> str:
        """What is lacking here, in words; empty where nothing is."""
        ...

    def up(self, state: Path, nodes: int) -> Cluster:
        """A cluster whose files stand in that folder; the one that is there where it is up already."""
        ...

    def down(self, state: Path) -> None:
        """Leaves nothing of it; does nothing where there is none."""
        ...


def choose(wanted: str, existing: Provider | None, others: Sequence[Provider], environment_kubeconfig: str) -> Provider:
    """`existing`: of the file that --kubeconfig names; `others`: in the order in which they are tried.

    Raises WrongChoiceError; NoClusterError where nothing was asked for and nothing can be had.
    """
    if wanted and wanted not in NAMES:
        raise WrongChoiceError(f"--cluster-type {wanted}: there are {', '.join(NAMES[:-1])} and {NAMES[-1]}")
    if wanted == "existing":
        return _existing(existing)
    if existing is not None:
        raise WrongChoiceError("--kubeconfig goes with --cluster-type existing only")
    if wanted:
        return _asked_for(next(each for each in others if each.name == wanted))
    lacking = {provider.name: provider.wanting() for provider in others}
    found = next((each for each in others if not lacking[each.name]), None)
    if found is None:
        reasons = "; ".join(f"{name}: {what}" for name, what in lacking.items())
        raise NoClusterError(f"needs a cluster, and has none by {reasons}{_hint(environment_kubeconfig)}")
    return found


def _existing(existing: Provider | None) -> Provider:
    if existing is None:
        raise WrongChoiceError(
            "--cluster-type existing needs --kubeconfig FILE: the suite installs and uninstalls, "
            "so it takes no cluster that only KUBECONFIG names"
        )
    return _asked_for(existing)


def _asked_for(provider: Provider) -> Provider:
    if lacking := provider.wanting():
        raise WrongChoiceError(f"--cluster-type {provider.name}: {lacking}")
    return provider


def _hint(environment_kubeconfig: str) -> str:
    if not environment_kubeconfig:
        return ""
    return " (KUBECONFIG is set, and is not used: name that cluster with --cluster-type existing --kubeconfig FILE)"
