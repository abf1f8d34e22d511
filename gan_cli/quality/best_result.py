"""The best value so far of the result that ranks a run, and how long ago it was; saved with its name."""

from __future__ import annotations

import math
from collections.abc import Mapping


class BestResult:
    """The best value of one result.

    Args:
        name: what it is a value of: the result, and the classifier on whose features it depends, if there is one.
        small_is_good: whether the result improves downwards.

    Attributes:
        value: the best value so far; None before the first one.
        waiting: number of values since then that were no better.
    """

    def __init__(self, name: str, *, small_is_good: bool) -> None:
        self.name = name
        self.value: float | None = None
        self.waiting = 0
        self._sign = -1.0 if small_is_good else 1.0

    def add(self, value: float) -> bool:
        """Add the next value; return whether it is the best so far, which nan never is."""
        improved = not math.isnan(value) and (self.value is None or self._sign * value > self._sign * self.value)
        if improved:
            self.value, self.waiting = value, 0
        else:
            self.waiting += 1
        return improved

    def saved(self) -> dict[str, float] | None:
        """Return the best value by the name of the result; None before the first one."""
        return None if self.value is None else {self.name: self.value}

    def restore(self, saved: Mapping[str, float] | float | None, waiting: int, *, alone: bool) -> bool:
        """Continue from a saved value if it is of the same result, else begin anew.

        Args:
            saved: what `saved` returned; older versions saved the number without its name.
            waiting: the saved number of values that were no better.
            alone: whether the run has no other result that could have been meant by a number without a name.

        Returns:
            False if there is a saved value of another result.
        """
        known = saved.get(self.name) if isinstance(saved, Mapping) else saved if alone else None
        self.value, self.waiting = (None, 0) if known is None else (float(known), waiting)
        return saved is None or known is not None
