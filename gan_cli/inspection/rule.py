"""What a rule about network design says of a pair: kept, broken or not applicable, with the layers that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gan_cli.game import Side
from gan_cli.networks.trace import Call

Verdict = Literal["kept", "broken", "not applicable"]
Failing = Literal["pools", "has no stride", "is dense", "norm", "activation", "has a normed end", "has no tanh"]

LETTERS: dict[Side, str] = {"generator": "G", "discriminator": "D"}


@dataclass(frozen=True)
class Fault:
    """One way in which one network breaks a rule.

    Attributes:
        side: whose.
        failing: what is wrong, for those who know how to mend it.
        evidence: what was found.
    """

    side: Side
    failing: Failing
    evidence: str


@dataclass(frozen=True)
class CheckedRule:
    """What one rule says of a pair.

    Attributes:
        rule: its short name.
        text: the rule in words.
        verdict: kept, broken or not applicable.
        evidence: what was found, or why it does not apply.
        faults: where it is broken.
    """

    rule: str
    text: str
    verdict: Verdict
    evidence: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Both networks as their calls, and what the data ask of the last layer.

    Attributes:
        generator: calls of G in order.
        discriminator: calls of D in order.
        bounded: whether the data have a range, so that a tanh belongs at the end of G.
    """

    generator: Sequence[Call]
    discriminator: Sequence[Call]
    bounded: bool

    @property
    def sides(self) -> tuple[tuple[Side, Sequence[Call]], ...]:
        """Both with their names."""
        return (("generator", self.generator), ("discriminator", self.discriminator))
