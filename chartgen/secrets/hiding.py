"""A comparison with nothing secret in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from chartgen.keypath import path as spelled
from chartgen.model import ABSENT, NOTHING, Finding, Hidden, Item, KubeObject, ObjectPath, Step, Tree, Values
from chartgen.results import Cause, Change, Comparison, Factor, ObjectDiff, Pair
from chartgen.secrets.data import DATA, is_secret, is_text, text_of
from chartgen.secrets.destinations import exposing, sounding
from chartgen.secrets.judging import OF_DATA, Judge, Place
from chartgen.secrets.known import Known, known
from chartgen.secrets.places import leaves, replaced
from chartgen.secrets.searching import Finder
from chartgen.secrets.texts import place, secret_texts
from chartgen.secrets.words import looks_drawn
from chartgen.trees import scalars

HIDDEN_NAME = repr(Hidden(""))


def secrets_of(objects: Iterable[KubeObject]) -> list[KubeObject]:
    """The Secrets among some objects."""
    return list(filter(is_secret, objects))


def hide(
    found: Comparison, objects: Sequence[KubeObject], values: Sequence[Values], public: Sequence[str] = ()
) -> Comparison:
    """The comparison with nothing secret in it: of its objects no more than which they are, and no overrides.

    `objects` are all that both sides print, `values` what their templates see, `public` keys that are never hidden.
    """
    judge = Judge(known(objects, values), public)
    found = exposing(found, judge)
    texts = secret_texts(judge, found.factors or (), values)
    return _Hiding(Judge(judge.known, public, Finder(texts)), found, _moving(objects)).comparison()


def told_by(words: str, values: Sequence[Values]) -> str:
    """Which secret of these values some words tell, as far as keys and texts look like one; "" where they tell none."""
    texts = secret_texts(Judge(Known()), (), values)
    for leaf in chain.from_iterable(map(leaves, values)):
        if is_text(leaf.value) and looks_drawn(text_of(leaf.value)):
            texts.setdefault(text_of(leaf.value), f"the value of {spelled(leaf.steps)}")
    return Finder(texts).find(words)


def reasons(found: Comparison) -> list[tuple[str, str]]:
    """What is hidden in a comparison, a key or a place in an object, and why: each once, in order."""
    return list(dict.fromkeys(_reasons(found)))


def _reasons(found: Comparison) -> Iterator[tuple[str, str]]:
    for factor in found.factors or ():
        for leaf in chain(leaves(factor.before), leaves(factor.after)):
            if isinstance(leaf.value, Hidden):
                yield f"key {spelled((*factor.key, *leaf.steps))}", leaf.value.why
    for diff in found.objects:
        for change in diff.changes:
            for leaf in chain(leaves(change.before), leaves(change.after)):
                if isinstance(leaf.value, Hidden):
                    yield f"{diff.id} {spelled((*change.path, *leaf.steps))}", leaf.value.why


def _moving(objects: Iterable[KubeObject]) -> str:
    """A Secret whose data moves from render to render, "" if there is none."""
    moving = (obj for obj in secrets_of(objects) if any(not path or path[0] in DATA for path in obj.moving))
    return next((str(obj.id) for obj in moving), "")


class _Hiding:
    """One comparison that is being hidden; `moving` is a Secret whose data moves."""

    def __init__(self, judge: Judge, found: Comparison, moving: str) -> None:
        self._judge = judge
        self._found = found
        self._unseen = f"its effect on {moving}, which moves from render to render, cannot be seen" if moving else ""
        causes = (change.cause.factors for change in found.changes if change.cause)
        shaping = (diff.shaped_by for diff in found.objects)
        self._effective = {factor.id for factor in chain(*causes, *shaping)}
        self._factors = {factor.id: self._factor(factor) for factor in found.factors or ()}

    def comparison(self) -> Comparison:
        found = self._found
        return found._replace(
            before=found.before._replace(overrides=()),
            after=found.after._replace(overrides=()),
            objects=tuple(map(self._diff, found.objects)),
            factors=None if found.factors is None else tuple(self._factors.values()),
            left=tuple(left._replace(path=self._path(left.path)) for left in found.left),
            kept=tuple(kept._replace(paths=tuple(map(self._path, kept.paths))) for kept in found.kept),
            findings=tuple(map(self._finding, found.findings)),
        )

    def _factor(self, factor: Factor) -> Factor:
        if factor.setting:
            return factor
        unseen = "" if factor.feeds or factor.id in self._effective else self._unseen

        def hidden(tree: Tree) -> Tree:
            why = {
                leaf.steps: self._judge.why(leaf.value, place(factor, leaf, unseen))
                for leaf in leaves(tree, factor.key)
            }
            hiding = {steps: Hidden(words) for steps, words in why.items() if words}
            return self._renamed(replaced(tree, hiding, factor.key))

        return factor._replace(before=hidden(factor.before), after=hidden(factor.after))

    def _finding(self, finding: Finding) -> Finding:
        if not self._judge.hides_name(finding.subject):
            return finding
        return finding._replace(subject=HIDDEN_NAME, message="it is about what holds a secret in its name", hint="")

    def _diff(self, diff: ObjectDiff) -> ObjectDiff:
        return ObjectDiff(
            Pair(*(obj and obj._replace(body=NOTHING, text="", repeated=(), moving=()) for obj in diff.pair)),
            tuple(self._change(change, is_of_secret=any(map(is_secret, diff.pair))) for change in diff.changes),
            tuple(self._factors[factor.id] for factor in diff.shaped_by),
        )

    def _change(self, change: Change, *, is_of_secret: bool) -> Change:
        """The change with nothing secret in its path and values; what a hidden key causes may hold it in any form."""
        cause = change.cause and self._cause(change.cause)
        if not change.path:
            return change._replace(before=_there(change.before), after=_there(change.after), cause=cause)
        is_data = is_of_secret and change.path[0] in DATA
        blamed = _blamed(cause)
        said = "" if blamed else sounding(change)
        where = Place(said, bool(said), cause=blamed, shown=_shown(cause), is_data=is_data)
        before, after = self._hidden(change.before, where), self._hidden(change.after, where)
        if change.drift:  # what somebody has typed where a secret stands is one, too
            before, after = _as_hidden(before, after), _as_hidden(after, before)
        return change._replace(path=self._path(change.path), before=before, after=after, cause=cause)

    def _cause(self, cause: Cause) -> Cause:
        return cause._replace(factors=tuple(self._factors[factor.id] for factor in cause.factors))

    def _hidden(self, tree: Tree, where: Place) -> Tree:
        if isinstance(tree, Mapping | list) and tree and where.is_data:
            return Hidden(OF_DATA)
        why = {leaf.steps: self._judge.why(leaf.value, where) for leaf in leaves(tree)}
        return self._renamed(replaced(tree, {steps: Hidden(words) for steps, words in why.items() if words}))

    def _renamed(self, tree: Tree) -> Tree:
        """A tree without the keys of mappings that hold a secret."""
        if isinstance(tree, Mapping):
            found: dict[str, Tree] = {}
            for name, value in tree.items():
                shown = self._name(name)
                while shown in found:
                    shown += "*"
                found[shown] = self._renamed(value)
            return found
        return [self._renamed(value) for value in tree] if isinstance(tree, list) else tree

    def _path(self, path: ObjectPath) -> ObjectPath:
        return tuple(map(self._step, path))

    def _step(self, step: Step) -> Step:
        if isinstance(step, Item):
            return Item(tuple(HIDDEN_NAME if self._judge.hides_name(str(part)) else part for part in step.keys))
        return self._name(step) if isinstance(step, str) else step

    def _name(self, name: str) -> str:
        return HIDDEN_NAME if self._judge.hides_name(name) else name


def _as_hidden(tree: Tree, other: Tree) -> Tree:
    """A scalar, or what the other side has hidden in its place."""
    return other if isinstance(other, Hidden) and is_text(tree) else tree


def _there(body: Tree) -> Tree:
    """No more of an object than that it is there."""
    return ABSENT if body is ABSENT else {}


def _shown(cause: Cause | None) -> frozenset[str]:
    """The texts of the keys of a cause that are not hidden."""
    values = (scalars([factor.before, factor.after]) for factor in (cause.factors if cause else ()))
    return frozenset(text_of(text) for text in chain.from_iterable(values) if is_text(text))


def _blamed(cause: Cause | None) -> str:
    """Which hidden key makes a change, in words; "" where none does."""
    for factor in cause.factors if cause else ():
        for scalar in chain(scalars(factor.before), scalars(factor.after)):
            if isinstance(scalar, Hidden):
                says = f"feeds {factor.feeds}" if factor.feeds else f"is hidden: {scalar.why}"
                return f"{spelled(factor.key)} causes it, which {says}"
    return ""
