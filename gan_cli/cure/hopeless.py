"""When an attempt is given up before its last step."""

from __future__ import annotations

from dataclasses import dataclass

from gan_cli.diagnosis.verdict import State, Verdict, name_of

SHARE = 0.6
"""The share of an attempt after which it may be given up."""

LASTING = 0.1
"""The share of an attempt for which it must have had the verdict."""

MARK = "given up"
"""How the reason begins that is kept in the run's status."""


@dataclass(frozen=True)
class GiveUp:
    """Gives an attempt up if, after three fifths of its steps, it has had the sick run's verdict for a tenth of them.

    There may be no doubt in the verdict.

    A verdict is in doubt while the samples still come nearer to the data, so a slow improvement goes on. Another state
    may pass and is left alone, except for a divergence, which does not.

    Attributes:
        state: the state of the sick run.
        steps: the steps of the attempt.
    """

    state: State
    steps: int

    def __call__(self, step: int, verdict: Verdict) -> str:
        """Return why the attempt ends after this step; empty if it goes on."""
        accused = verdict.state in (self.state, "diverged") and not verdict.doubt
        if not accused or step < SHARE * self.steps or step - verdict.since < LASTING * self.steps:
            return ""
        return f"{MARK}: {name_of(verdict.state)}, without doubt, since step {verdict.since:,}"
