"""Metrics of the neighbourhoods of samples, in the features of a classifier or in the view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import Better, Metric, MetricInputs
from gan_cli.perception import perceive, raw

FeatureSpace = Literal["classifier", "view", "raw"]
_ENDS: Mapping[FeatureSpace, str] = {"classifier": "", "view": "_view", "raw": "_raw"}
"""Ends of the names of results: figures of different spaces must not be compared."""


def in_each_feature_space(results: Mapping[str, Better]) -> dict[str, Better]:
    """Return the results of a metric in each space: in classifier features they have the plain names."""
    return {f"{name}{end}": better for end in _ENDS.values() for name, better in results.items()}


class NeighbourhoodMetric(Metric):
    """A metric that draws a ball around each sample, up to its k-th nearest other sample.

    Args:
        neighbours: the number k.
        space: `classifier` (features of the data set's own classifier), `view` (results `<name>_view`) or `raw`
            (`<name>_raw`); None takes the classifier for labelled images and the view for others.
    """

    names: ClassVar[tuple[str, ...]]
    fewest = 20

    def __init__(self, *, neighbours: Annotated[int, Ge(1)], space: FeatureSpace | None = None) -> None:
        self._neighbours = neighbours
        self._space = space

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Only labelled data have a classifier, and only images and sound have a view of their own."""
        has_view = perceive(inputs.reference.spec) is not raw
        if self._space == "view" and not has_view:
            return "needs images or sound in space=view"
        needs_none = self._space in ("view", "raw") or (self._space is None and has_view)
        return None if needs_none else inputs.reference.no_classifier

    def needs_classifier(self, inputs: MetricInputs) -> bool:
        return self._space_for(inputs) == "classifier"

    def results_for(self, inputs: MetricInputs) -> Mapping[str, Better]:
        names = {f"{name}{_ENDS[self._space_for(inputs)]}" for name in self.names}
        return {name: better for name, better in self.results.items() if name in names}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        space = self._space_for(inputs)
        if space == "classifier":
            fake, real = inputs.classifier_outputs[0], inputs.reference.classifier_outputs[0]
        else:
            fake, real = inputs.vectors(space)
        return {f"{name}{_ENDS[space]}": value for name, value in self.compare(fake, real).items()}

    def compare(self, fake: Tensor, real: Tensor) -> dict[str, float]:
        """Features (N, F) of fakes and (M, F) of real samples -> the results by their plain names."""
        raise NotImplementedError

    def _space_for(self, inputs: MetricInputs) -> FeatureSpace:
        return self._space or ("classifier" if inputs.reference.no_classifier is None else "view")


def radii(samples: Tensor, neighbours: int) -> Tensor:
    """Samples (N, F) -> distance of each to its k-th nearest other sample (N,)."""
    # the nearest sample is the sample itself
    return torch.cdist(samples, samples).kthvalue(min(neighbours + 1, len(samples)), dim=1).values
