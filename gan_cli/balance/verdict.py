"""What a diagnosis says: a state of the game, and the figures that speak for it. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

State = Literal[
    "warming_up",
    "balanced",
    "discriminator_dominates",
    "generator_dominates",
    "discriminator_overfits",
    "mode_collapse",
    "oscillating",
    "diverged",
]

WORDS: dict[State, str] = {
    "warming_up": "too early to tell",
    "balanced": "balanced",
    "discriminator_dominates": "the discriminator dominates",
    "generator_dominates": "the generator dominates: the discriminator teaches it nothing",
    "discriminator_overfits": "the discriminator has memorised its training samples",
    "mode_collapse": "mode collapse: the generator leaves out a part of the data",
    "oscillating": "oscillating: the two chase each other in circles",
    "diverged": "diverged",
}
"""Each state as a person says it."""


@dataclass(frozen=True)
class Evidence:
    """One gauge beyond its bound.

    Attributes:
        gauge: its tag.
        value: median over the last readings.
        relation: the side of the bound that it is on.
        bound: the threshold.
    """

    gauge: str
    value: float
    relation: Literal[">=", "<="]
    bound: float

    def __str__(self) -> str:
        return f"{self.gauge} {self.value:.3g} {self.relation} {self.bound:.3g}"


@dataclass(frozen=True)
class Verdict:
    """Who is winning, since when, and what speaks for it.

    Attributes:
        state: of the game.
        since: the step of the first reading that showed it.
        evidence: what speaks for it; none for `balanced` and `warming_up`.
        doubt: what speaks for caution, in words; empty when nothing does.
    """

    state: State
    since: int
    evidence: tuple[Evidence, ...] = ()
    doubt: str = ""

    @property
    def words(self) -> str:
        """The state as a person says it, with a question mark where there is doubt."""
        return WORDS[self.state] + (" (?)" if self.doubt else "")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        evidence = [
            {"gauge": e.gauge, "value": round(e.value, 6), "relation": e.relation, "bound": e.bound}
            for e in self.evidence
        ]
        return {"state": self.state, "since": self.since, "evidence": evidence, "doubt": self.doubt}
