"""What training needs from outside: someone to tell how the run goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Critic, Sampler


class Observer(Protocol):
    """Told of a run's progress; it decides at which steps it wants to know more."""

    def progress(self, step: int) -> None:
        """A step was handed to the device; called every step."""
        ...

    def wants_scalars(self, step: int) -> bool:
        """Whether the values of the window that ends at `step` are to be read back."""
        ...

    def wants_pictures(self, step: int) -> bool:
        """Whether samples are to be drawn at `step`."""
        ...

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Means over the window that ends at `step`, by tag."""
        ...

    def verdict(self, step: int, verdict: Verdict) -> None:
        """Who is winning, as the reading at `step` shows it; told just before its scalars."""
        ...

    def pictures(self, step: int, sample: Sampler, criticise: Critic) -> None:
        """Draw samples."""
        ...


class Evaluator(Protocol):
    """Measures the quality of samples now and then; changes nothing in the game."""

    @property
    def improved(self) -> bool:
        """Whether the last examination was the best so far."""
        ...

    @property
    def stop_reason(self) -> str:
        """Why the run should end before its time, in words; empty while it should not."""
        ...

    def due(self, step: int) -> bool:
        """Whether the reading at `step` should have an examination."""
        ...

    def measure(self, step: int, sample: Sampler) -> dict[str, float]:
        """Results by tag."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What a continuation needs."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        ...
