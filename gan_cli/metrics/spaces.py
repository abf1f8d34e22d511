"""Metrics that compare samples as vectors: in the view in which distances are those that a person notices, or raw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gan_cli.metrics.base import ERROR, Better, Metric, MetricInputs, Space
from gan_cli.perception import perceive, raw
from gan_cli.spec import SampleSpec

VIEW = "_view"
"""End of the name of a result in the view. Its scale is another than that of raw values, so it has another name."""

Spaces = Literal["view", "raw", "both"]


def in_each_space(results: Mapping[str, Better]) -> dict[str, Better]:
    """Return the results of a metric in the view, then those of raw values, which have the plain names."""
    return {**{named(name, "view"): better for name, better in results.items()}, **results}


def named(name: str, space: Space) -> str:
    """Return the name of a result, or of its standard error, in a space: `mmd_view`, `mmd_view_error`."""
    if space == "raw":
        return name
    return f"{name.removesuffix(ERROR)}{VIEW}{ERROR if name.endswith(ERROR) else ''}"


def space_of(name: str) -> Space:
    """Return the space that the name of a result tells."""
    return "view" if name.endswith(VIEW) else "raw"


class SpaceMetric(Metric):
    """A metric of vectors. Where the view of a kind of samples is their values, it has only the plain results.

    Args:
        space: how samples are compared: in their view (results `<name>_view`), by their raw values, or both.
    """

    def __init__(self, *, space: Spaces = "view") -> None:
        self._space = space

    def results_for(self, inputs: MetricInputs) -> Mapping[str, Better]:
        spaces = self.spaces(inputs.reference.spec)
        return {name: better for name, better in self.results.items() if space_of(name) in spaces}

    def spaces(self, spec: SampleSpec) -> tuple[Space, ...]:
        """Return the spaces in which samples of a spec are compared, the view first."""
        if perceive(spec) is raw or self._space == "raw":
            return ("raw",)
        return ("view",) if self._space == "view" else ("view", "raw")

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        return {
            named(name, space): value
            for space in self.spaces(inputs.reference.spec)
            for name, value in self.measure_in(space, inputs).items()
        }

    def measure_in(self, space: Space, inputs: MetricInputs) -> dict[str, float]:
        """Return all results in a space by their plain names."""
        raise NotImplementedError
