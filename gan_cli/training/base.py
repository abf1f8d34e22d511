"""The protocols of the objects that training calls: the observer, which receives results, and the evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Critic, Sampler


class Observer(Protocol):
    """An observer that receives the progress and results of a run, and decides at which steps it wants results."""

    def progress(self, step: int) -> None:
        """Note that a step was submitted to the device; called at every step."""
        ...

    def wants_scalars(self, step: int) -> bool:
        """Whether to take a reading of the window that ends at `step`."""
        ...

    def wants_pictures(self, step: int) -> bool:
        """Whether to draw samples at `step`."""
        ...

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Receive the means over the window that ends at `step`, by tag."""
        ...

    def verdict(self, step: int, verdict: Verdict) -> None:
        """Receive the verdict of the reading at `step`; called just before `scalars`."""
        ...

    def pictures(self, step: int, sample: Sampler, criticise: Critic) -> None:
        """Draw samples at `step`."""
        ...


class Evaluator(Protocol):
    """An evaluator that measures the quality of samples at some readings, without an effect on training."""

    @property
    def improved(self) -> bool:
        """Whether the last measurement was the best so far."""
        ...

    @property
    def ranking(self) -> Mapping[str, bool]:
        """Names of the results that rank runs, the most important first, and whether small values are good."""
        ...

    @property
    def stop_reason(self) -> str:
        """Why the run should end early, in words; empty if it should not."""
        ...

    def due(self, step: int) -> bool:
        """Whether to measure at the reading at `step`."""
        ...

    def measure(self, step: int, sample: Sampler) -> dict[str, float]:
        """Measure and return the results by tag."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a resumed run needs."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state from `state_dict`."""
        ...
