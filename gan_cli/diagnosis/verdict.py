"""The result of a diagnosis: a state of the game, and the values that are evidence for it. Knows no rule."""

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
    "labels_ignored",
    "codes_ignored",
    "oscillating",
    "diverged",
]

WORDS: dict[State, str] = {
    "warming_up": "warming up: too early for a verdict",
    "balanced": "balanced",
    "discriminator_dominates": "the discriminator dominates",
    "generator_dominates": "the generator dominates: the discriminator teaches it nothing",
    "discriminator_overfits": "the discriminator overfits: it has memorised its training samples",
    "mode_collapse": "mode collapse: the generator leaves out a part of the data",
    "labels_ignored": "labels ignored: the generator does not make the class that is asked for",
    "codes_ignored": "codes ignored: what the encoder says of a sample does not lead back to it",
    "oscillating": "oscillating: the two chase each other in circles",
    "diverged": "diverged",
}
"""The text for each state: its name, and for some a colon and an explanation."""


def name_of(state: str) -> str:
    """Return the name of a state for tables, legends and sentences: `discriminator dominates`, `mode collapse`."""
    return state.replace("_", " ")


def floor_of(gauge: str) -> str:
    """Return the tag of a gauge's floor: what training samples score in place of fakes."""
    return f"floor/{gauge.removeprefix('balance/')}"


def floor_text(value: float) -> str:
    """Return a floor with two decimals, without a minus sign if it rounds to 0."""
    return f"{round(value, 2) + 0.0:.2f}"


@dataclass(frozen=True)
class Evidence:
    """One gauge that is beyond its bound.

    Attributes:
        gauge: the tag of the gauge.
        value: the median over the last readings.
        relation: the side of the bound on which the value is.
        bound: the bound that was applied; eased if the state was already the current one.
        strict: the bound without easing, at which the state starts; None if it is the same.
        floor: the value of real samples; None if it was not measured.
    """

    gauge: str
    value: float
    relation: Literal[">=", "<="]
    bound: float
    strict: float | None = None
    floor: float | None = None

    def __str__(self) -> str:
        floor = "" if self.floor is None else f" (real data {floor_text(self.floor)})"
        return f"{self.gauge} {self.value:.3g} {self.relation} {self.bound:.3g}{floor}"


@dataclass(frozen=True)
class Verdict:
    """The state of the game, since when it holds, and the evidence for it.

    Attributes:
        state: the state of the game.
        since: the step of the first reading that showed the state.
        evidence: the conditions that hold; empty for `balanced` and `warming_up`.
        doubt: why the verdict is uncertain, in words; empty if it is certain.
    """

    state: State
    since: int
    evidence: tuple[Evidence, ...] = ()
    doubt: str = ""

    @property
    def words(self) -> str:
        """The text of the state, with a question mark if there is doubt."""
        return WORDS[self.state] + (" (?)" if self.doubt else "")

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values for JSON."""
        evidence = [
            {"gauge": e.gauge, "value": round(e.value, 6), "relation": e.relation, "bound": round(e.bound, 6)}
            for e in self.evidence
        ]
        return {"state": self.state, "since": self.since, "evidence": evidence, "doubt": self.doubt}
