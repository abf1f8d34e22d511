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
    "warming_up": "warming up: too few readings for a verdict",
    "balanced": "balanced",
    "discriminator_dominates": "the discriminator dominates",
    "generator_dominates": "the generator dominates: the discriminator teaches it nothing",
    "discriminator_overfits": "the discriminator overfits: it has memorised its training samples",
    "mode_collapse": "mode collapse: the generator leaves out a part of the data",
    "oscillating": "oscillating: the two chase each other in circles",
    "diverged": "diverged",
}
"""Each state as a person says it: its name, and behind a colon what it means."""


def name_of(state: str) -> str:
    """The name alone, alike in tables, legends and sentences: `discriminator dominates`, `mode collapse`."""
    return state.replace("_", " ")


@dataclass(frozen=True)
class Evidence:
    """One gauge beyond its bound.

    Attributes:
        gauge: its tag.
        value: median over the last readings.
        relation: the side of the bound that it is on.
        bound: the threshold that was applied, eased where the state held already.
        strict: the threshold that the state begins at; None where it is the same.
    """

    gauge: str
    value: float
    relation: Literal[">=", "<="]
    bound: float
    strict: float | None = None

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
            {"gauge": e.gauge, "value": round(e.value, 6), "relation": e.relation, "bound": round(e.bound, 6)}
            for e in self.evidence
        ]
        return {"state": self.state, "since": self.since, "evidence": evidence, "doubt": self.doubt}
