"""The rules of the diagnosis: which gauges, beyond which bounds, mean which state. They keep no history.

The bounds are in `configs/diagnosis/default.yaml`, the reasons for them in docs/balance.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gan_cli.diagnosis.step_gauges import accuracy_tag
from gan_cli.diagnosis.verdict import Evidence, State, floor_of
from gan_cli.game import Players

GaugeValues = Mapping[str, float]

ACCURACY = "accuracy"
"""D's accuracy, of the kind that is meaningful for the loss."""

DISTANCE = "balance/distance"
"""How far the samples are from the data; 0 is as far as real data are, but for sets whose parts differ."""

MAGNITUDE = "magnitude"
"""The larger of |L_D| and the gap between the mean logits of real and fake."""

FALL = "fall of balance/distance"
"""The fall of the distance from the older to the newer half of the stored readings, 0 if it rose.

It is a share of what the older half was beyond real data, nearer than which samples cannot come.
"""

RISE = "rise of balance/labels"
"""How much more the generator obeys labels in the newer half of the stored readings than in the older."""

MOVEMENT = "range of encoder/reconstruction"
"""How far apart the stored readings are; that of an encoder that learns moves, and not only in one direction."""

SWING = "swing of balance/distance"
"""The mean change of the distance from reading to reading, as a share of its mean."""

EXCESS = "balance/missed - balance/astray"
"""What the generator leaves out beyond what follows from samples that are not good yet, which miss and stray alike."""

LOWEST = "lowest accuracy"
"""The lowest accuracy of the stored readings: a D that never errs says more than one that does not err now.

Not of games in which only the ranking of real over fake samples means anything: that is right in all pairs early.
"""

CORRECT = "share of right answers"
"""D's accuracy in games in which its answers mean something one by one."""

FARTHEST = "largest balance/distance"
"""The largest distance of the stored readings."""

_ROOM = {ACCURACY: 0.2, LOWEST: 0.02}
"""What the bound of an accuracy is eased by a share of: an accuracy has little room beyond its bounds."""


def _room(gauge: str, bound: float) -> float:
    """Return what the bound of a gauge is eased by a share of."""
    return _ROOM.get(gauge, abs(bound))


@dataclass(frozen=True)
class Sign:
    """A sign of a state: a gauge must be on one side of a bound."""

    gauge: str
    relation: Literal[">=", "<="]
    bound: str

    def weigh(self, values: GaugeValues, bounds: Mapping[str, float], ease: float) -> Evidence | None:
        """Return the evidence for this sign, or None if it does not hold or was not measured.

        `ease` widens the bound by a share of itself.
        """
        if self.gauge not in values:
            return None
        bound, value = bounds[self.bound], values[self.gauge]
        slack = ease * _room(self.gauge, bound)
        applied = bound - slack if self.relation == ">=" else bound + slack
        shown = value >= applied if self.relation == ">=" else value <= applied
        floor = values.get(floor_of(self.gauge))
        return Evidence(self.gauge, value, self.relation, applied, bound, floor) if shown else None


def near(evidence: Evidence) -> str:
    """Return which of its bounds a value is close to, in words; empty if it is close to none."""
    strict = evidence.bound if evidence.strict is None else evidence.strict
    for bound, meaning in ((strict, "where the state begins"), (evidence.bound, "where the state ends")):
        if abs(evidence.value - bound) < 0.05 * _room(evidence.gauge, bound):
            return f"{evidence.gauge} {evidence.value:.3g} is close to {bound:.3g}, {meaning}"
    return ""


_FAR = Sign(DISTANCE, ">=", "far")
_APART = Sign(DISTANCE, ">=", "apart")
_LOST = Sign(DISTANCE, ">=", "lost")
_GONE = Sign(DISTANCE, ">=", "gone")
_STALLED = Sign(FALL, "<=", "stalled")
_DRIFTING = Sign(FALL, "<=", "drifting")
_STILL = Sign(FALL, "<=", "still")
_BLIND = Sign(ACCURACY, "<=", "blind")
_CERTAIN = Sign(ACCURACY, ">=", "certain")
_SURE = Sign(ACCURACY, ">=", "sure")
_TELLING = Sign(ACCURACY, ">=", "unsure")
_MISSING = Sign("balance/missed", ">=", "missing")
_SETTLED = Sign(RISE, "<=", "rising")
_NEAR = Sign(DISTANCE, "<=", "near")
_IGNORED = (Sign("balance/labels", "<=", "ignored"), _SETTLED)
_FLAT = Sign("balance/narrowest_class", "<=", "flat")
_NEVER_MADE = (Sign("balance/disobeyed", ">=", "absent"), _SETTLED)
_LEADS_NOWHERE = (Sign("encoder/reconstruction", ">=", "unrelated"), Sign(MOVEMENT, "<=", "steady"))
_TEMPO = "balance/tempo"
# a generator that still gets nearer to the data is far from them because it is young; so rules with a distance ask
# whether it has stalled
RULES: tuple[tuple[State, tuple[Sign, ...]], ...] = (
    ("diverged", (Sign(MAGNITUDE, ">=", "exploded"),)),
    ("discriminator_dominates", (Sign(_TEMPO, ">=", "idle"), _FAR, _STALLED, _TELLING)),
    ("generator_dominates", (Sign(_TEMPO, "<=", "busy"), _FAR, _DRIFTING)),
    ("discriminator_overfits", (Sign("balance/r_v", ">=", "memorised"), _SURE)),
    ("discriminator_overfits", (Sign("balance/r_v", ">=", "wholly"), Sign(ACCURACY, ">=", "telling"))),
    # samples that are alike are the effect if D makes no mistake or learns much faster, or if nobody teaches G
    ("discriminator_dominates", (Sign(ACCURACY, ">=", "perfect"), _FAR, _STALLED)),
    ("discriminator_dominates", (Sign(LOWEST, ">=", "faultless"), _FAR, Sign("balance/missed", ">=", "unlike"))),
    ("discriminator_dominates", (_CERTAIN, _FAR, _STALLED, Sign(_TEMPO, ">=", "hurried"))),
    # one sample that hops from place to place is followed by D; one that stays belongs to a D that teaches nothing
    ("mode_collapse", (Sign("balance/spread", "<=", "point"), Sign(SWING, ">=", "hopping"), _MISSING)),
    ("generator_dominates", (_BLIND, _FAR, _DRIFTING)),
    ("generator_dominates", (_BLIND, Sign("balance/missed", ">=", "unlike"), _DRIFTING)),
    ("mode_collapse", (Sign("balance/repeated", ">=", "alike"), _MISSING, _DRIFTING)),
    ("mode_collapse", (Sign("balance/feature_spread", "<=", "narrow"), _APART, _DRIFTING, _TELLING)),
    ("mode_collapse", (Sign(EXCESS, ">=", "partial"),)),
    ("discriminator_dominates", (_CERTAIN, _FAR, _STALLED)),
    ("discriminator_dominates", (_SURE, _APART, _STILL)),
    ("mode_collapse", (_FLAT, _DRIFTING)),
    ("mode_collapse", (_FLAT, _NEAR)),
    # samples that are not there yet are of no class; so a far generator is accused only if it stands still
    ("labels_ignored", (*_IGNORED, _NEAR)),
    ("labels_ignored", (*_IGNORED, _STALLED)),
    ("mode_collapse", (*_NEVER_MADE, _NEAR)),
    ("mode_collapse", (*_NEVER_MADE, _STALLED)),
    # codes begin to mean something only once samples are good
    ("codes_ignored", (*_LEADS_NOWHERE, _NEAR)),
    # samples that lie near the data, but of which none is one
    ("discriminator_dominates", (_CERTAIN, Sign("balance/missed", ">=", "foreign"), _NEAR)),
    ("discriminator_dominates", (Sign(_TEMPO, ">=", "racing"), _FAR, _STALLED)),
    ("oscillating", (Sign(SWING, ">=", "swinging"), _FAR)),
    ("generator_dominates", (Sign(ACCURACY, "<=", "unsure"), _LOST, _STILL)),
    ("generator_dominates", (Sign(ACCURACY, "<=", "certain"), _GONE, _DRIFTING)),
    ("discriminator_dominates", (_TELLING, _LOST, _STILL)),
    # it comes back, however fast, from where no untrained generator begins
    ("generator_dominates", (Sign(FARTHEST, ">=", "gone"), _FAR)),
)


def accuracy_tag_of(players: Players) -> str | None:
    """Return the tag of D's accuracy that is meaningful in this game, or None.

    The tag depends on the loss. It is None if D's output is an energy, because then fakes may have less energy than
    real samples on purpose (BEGAN).
    """
    if getattr(players.discriminator, "energy", False):
        return None
    return accuracy_tag(players.loss)


def relevant(values: GaugeValues, accuracy_tag: str | None) -> dict[str, float]:
    """Return the gauges that the rules use, as far as they are meaningful in this game, and their floors."""
    kept = {tag: value for tag, value in values.items() if tag.startswith(("balance/", "floor/", "encoder/"))}
    if accuracy_tag is not None:
        kept[ACCURACY] = values[accuracy_tag]
    if accuracy_tag == "accuracy/discriminator":
        kept[CORRECT] = values[accuracy_tag]
    gap = abs(values["logits/real"] - values["logits/fake"])
    return kept | {MAGNITUDE: max(abs(values["loss/discriminator"]), gap)}
