"""One chart in one environment in one state, with all that is known of it: what rules and comparisons look at."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from chartgen.errors import RenderError, ValuesRefusedError
from chartgen.helm import log
from chartgen.helm.engine import Chart
from chartgen.manifests import parsing
from chartgen.model import Key, Manifests, Mark, Target, Texts, Values
from chartgen.secrets.hiding import told_by
from chartgen.threads import lazy
from chartgen.values.layers import Layer, merge_all, origin
from chartgen.values.remote_schemas import remote_schemas


class Snapshot:
    """A target, its values layers (lowest first, the chart's own), and what becomes of them.

    Each part is made when it is first asked for.
    """

    def __init__(self, target: Target, chart: Chart, layers: Sequence[Layer]) -> None:
        self.target = target
        self.chart = chart
        self.layers = tuple(layers)

    @lazy
    def overlay(self) -> Values:
        """All layers but the chart's own, merged: what Helm is handed."""
        return merge_all(self.layers[1:])

    @lazy
    def values(self) -> Values:
        """What the templates see."""
        return self.chart.coalesce(self.overlay)

    def origin(self, key: Key) -> Mark | None:
        """Where the value at a key was set; None where no layer sets it. Raises ValuesError."""
        return origin(key, self.layers)

    @lazy
    def is_checked(self) -> bool:
        """Whether the chart's schema is asked at all: not where Helm would have to fetch a part of it."""
        return not remote_schemas(self.target.directory, self.target.chart)

    @lazy
    def texts(self) -> Texts:
        """What each template prints, as `helm template` has it.

        Raises ValuesRefusedError in Helm's words where the schema refuses the values, RenderError.
        """
        ask = self.chart.template if self.is_checked else self.chart.render
        try:
            return ask(self.target, self.overlay)
        except RenderError as error:
            told = told_by(error.message, [self.values])
            if told:
                words = f"it fails, with words that hold {told}"
                raise RenderError(words, where=error.where, target=error.target) from None
            raise

    @lazy
    def warnings(self) -> tuple[str, ...]:
        """What Helm warns of while it renders it, in Helm's words, which may hold values; nothing where it does not."""
        with contextlib.suppress(RenderError, ValuesRefusedError):
            self.texts  # noqa: B018 - where it renders, it does so again
            return log.said(lambda: self.chart.render(self.target, self.overlay))
        return ()

    @lazy
    def manifests(self) -> Manifests:
        """The objects that it renders to. Raises ValuesRefusedError, RenderError."""
        return parsing.objects(self.texts)
