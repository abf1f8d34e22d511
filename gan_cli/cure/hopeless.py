"""When an attempt is given up before its last step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gan_cli.diagnosis.verdict import State, Verdict, name_of

SHARE = 0.6
"""The share of an attempt after which it may be given up."""

LASTING = 0.1
"""The share of an attempt for which it must have had the verdict."""

NEARER = 0.1
"""The share by which a figure must be better than the sick run's to count as help; less may be chance."""

DISTANCE = "balance/distance"

MARK = "given up"
"""How the reason begins that is kept in the run's status."""


@dataclass(frozen=True)
class GiveUp:
    """Gives an attempt up if, after three fifths of its steps, it has had the sick run's verdict for a tenth of them.

    There may be no doubt in the verdict, and its samples may not be nearer to the data than those of the sick run are
    at its end. A verdict is in doubt while the samples still come nearer to the data, so a slow improvement goes on.
    Another state may pass and is left alone, except for a divergence, which does not.

    Attributes:
        state: the state of the sick run.
        steps: the steps of the attempt.
        distance: the last `balance/distance` of the sick run; None if there is none that counts.
    """

    state: State
    steps: int
    distance: float | None = None

    def __call__(self, step: int, verdict: Verdict, values: Mapping[str, float]) -> str:
        """Return why the attempt ends after this step; empty if it goes on."""
        accused = verdict.state in (self.state, "diverged") and not verdict.doubt
        if not accused or step < SHARE * self.steps or step - verdict.since < LASTING * self.steps:
            return ""
        if verdict.state != "diverged" and self._is_nearer(values.get(DISTANCE)):
            return ""
        return f"{MARK}: {name_of(verdict.state)}, without doubt, since step {verdict.since:,}"

    def _is_nearer(self, distance: float | None) -> bool:
        return distance is not None and self.distance is not None and distance <= (1.0 - NEARER) * self.distance
