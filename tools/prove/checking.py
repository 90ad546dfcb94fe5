"""One cause that chartgen names, repeated: helm makes the change with its keys, and not with less."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from tools.prove.mixtures import Input, Sides, UnclearError
from tools.prove.places import Absent, Tree
from tools.prove.renders import Renders
from tools.prove.repository import Compared
from tools.prove.trial import Json, Refused, There, Trial, same

SHOWN = 100
"""Characters of a value that a line shows."""
HIDDEN = "(secret)"
MARK = "secret"
"""What chartgen's JSON has in place of a value that it hides, and in one of which it hides a part."""
UNSTEADY = "what stands there differs from render to render"
Inputs: TypeAlias = Mapping[str, Input]
"""The members of a cause, as chartgen spells them."""


class Experiment(NamedTuple):
    """A side with some inputs taken from the other: what its place is to read, or else is not to."""

    number: int
    inputs: Inputs
    wanted: Tree


class Fault(NamedTuple):
    """What helm does not do as the cause says."""

    what: str
    expected: str
    got: str


class Failed(NamedTuple):
    """A cause that does not hold; without a `fault`, one that cannot be checked, for the reason in `why`."""

    subject: str
    fault: Fault | None = None
    why: str = ""


class Prover:
    """Checks the causes of one of `comparisons[]` of chartgen's JSON; what it says holds no secret."""

    def __init__(self, compared: Compared, sides: Sides, renders: Renders, report: Json) -> None:
        self._compared = compared
        self._sides = sides
        self._renders = renders
        keys = report["keys"] or ()
        self._settings = {each["key"] for each in keys if each["isSetting"]}
        self._hidden = {each["key"] for each in keys if MARK in json.dumps([each["before"], each["after"]])}

    def check(self, change: Json) -> Failed | None:
        """What is wrong with the cause of a change, if something is."""
        subject = f"{self._compared}: {_subject(change)}"
        try:
            fault = self._fault(change)
        except UnclearError as error:
            return Failed(subject, why=str(error))
        return Failed(subject, fault) if fault else None

    def _fault(self, change: Json) -> Fault | None:
        cause = change["cause"]
        if not cause or not cause["exact"]:
            raise UnclearError("chartgen gave the search up" if cause else "chartgen names no cause")
        inputs = {key: self._sides.input(key, self._settings) for key in cause["keys"]}
        either, hidden = cause["relation"] == "or", self._is_secret(change)
        scene = self._compared, self._sides, self._renders, change
        trials = [Trial(*scene, twin) for twin in Trial(*scene).twins()]
        found = [self._first(trial, inputs, either=either, hidden=hidden) for trial in trials]
        if not all(found):  # it holds for an object of this identity
            return None
        if any(trial.moves() for trial in trials):
            raise UnclearError(UNSTEADY)
        return found[0]

    def _first(self, trial: Trial, inputs: Inputs, *, either: bool, hidden: bool) -> Fault | None:
        a, b = trial.plain(0), trial.plain(1)
        if same(a, b):
            return Fault("the two environments", "a difference", f"the same: {_shown(a, hidden=hidden)}")
        if not (same(trial.mixed(0), a) and same(trial.mixed(1), b)):
            raise UnclearError(UNSTEADY if trial.moves() else "it reads otherwise once defaults are passed as values")
        for number, members, wanted in _experiments(inputs, a, b, either=either):
            got = trial.mixed(number, members.values())
            if not same(got, wanted):
                texts = [_shown(each, hidden=hidden) for each in (wanted, got)]
                return Fault(self._mixture(number, members), texts[0], texts[1])
        return next(self._needless(trial, inputs, a, b), None)

    def _needless(self, trial: Trial, inputs: Inputs, a: Tree, b: Tree) -> Iterator[Fault]:
        """Members without which the others make the change as well."""
        for name in inputs if len(inputs) > 1 else ():
            others = {key: each for key, each in inputs.items() if key != name}
            if same(trial.mixed(0, others.values()), b) and same(trial.mixed(1, others.values()), a):
                yield Fault(self._mixture(0, others), f"something else, for want of {name}", "all of the change")

    def _mixture(self, number: int, inputs: Inputs) -> str:
        environments = self._compared.environments
        return f"{environments[number].name} with {', '.join(inputs)} of {environments[1 - number].name}"

    def _is_secret(self, change: Json) -> bool:
        """Whether chartgen hides anything of it, or it may feed on what is hidden."""
        objects = [each for each in change["object"].values() if each]
        said = json.dumps([change["before"], change["after"]])
        by_key = self._hidden.intersection(change["cause"]["keys"])
        return any(each["kind"] == "Secret" for each in objects) or bool(by_key) or MARK in said


def _experiments(inputs: Inputs, a: Tree, b: Tree, *, either: bool) -> Iterator[Experiment]:
    yield Experiment(0, inputs, b)
    yield Experiment(1, inputs, a)
    for name in inputs if either else ():
        yield Experiment(0, {name: inputs[name]}, b)


def _subject(change: Json) -> str:
    named = change["object"]["after"] or change["object"]["before"]
    cause = change["cause"] or {"keys": ["nothing"], "relation": ""}
    place = f" {change['path']}" if change["path"] else ""
    keys = f" {cause['relation']} ".join(cause["keys"])
    return f"{named['kind']}/{named['name']}{place}, by {keys}"


def _shown(value: Tree, *, hidden: bool) -> str:
    if hidden and not isinstance(value, Absent | Refused | There):
        return HIDDEN
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
