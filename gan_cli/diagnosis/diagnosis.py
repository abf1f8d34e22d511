"""The diagnosis: a state machine that names which network is winning. It knows no network and no setting of a run.

It uses the median of the last readings, so that one unusual batch decides nothing. The rules are checked in the order
of `RULES`. The first rule that holds names the state, because an earlier rule explains the later ones. The state
changes when the rules name the same new state for `patience` readings in a row; the first verdict does not wait. The
bounds of the current state are eased by `margin` (hysteresis).

A healthy game starts like a sick one: noise that D tells apart at once, then samples that are all alike. So in the
first part of a run no state but `diverged` is named.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Annotated, Any, get_args

from annotated_types import Ge, Gt, Le, Lt

from gan_cli.diagnosis.rules import (
    CORRECT,
    DISTANCE,
    EXCESS,
    FALL,
    FARTHEST,
    LOWEST,
    MOVEMENT,
    RISE,
    RULES,
    SWING,
    GaugeValues,
    near,
    relevant,
)
from gan_cli.diagnosis.verdict import Evidence, State, Verdict, floor_of


class Diagnosis:
    """Names the state of the game at each reading.

    Args:
        window: number of last readings whose median is used.
        warm_up: number of readings that the first verdict needs.
        early: share of the run, [0, 1), in which no verdict is given unless the run has diverged.
        patience: number of readings in a row that a change of state needs.
        margin: share by which the bounds of the current state are eased.
        certain: lowest accuracy of D at which it is certain of almost every sample.
        perfect: lowest accuracy of D at which it makes almost no mistake.
        faultless: lowest accuracy of D in each of ten readings at which it has won, although G still makes progress.
        blind: highest accuracy of D at which it does not separate real from fake.
        unsure: highest accuracy of D at which it is too weak to lead a generator that is very far from the data.
        far: lowest `balance/distance` at which the generator is still far from the data.
        lost: lowest `balance/distance` at which the generator is very far from the data.
        gone: lowest `balance/distance` at which samples are farther from the data than those of an untrained generator.
        stalled: highest relative fall of `balance/distance` at which G makes no progress; half of it leaves no doubt.
        hurried: lowest `balance/tempo` at which D learns much faster than G.
        racing: lowest `balance/tempo` at which D has won over a G that makes no progress, whatever its accuracy.
        idle: lowest `balance/tempo` at which G stands still beside D; D stands still beside G at its inverse.
        drifting: highest relative fall of `balance/distance` at which the progress of a generator may be chance.
        memorised: lowest `balance/r_v` at which D has memorised its training samples.
        wholly: lowest `balance/r_v` at which D takes most of the held-out samples for fakes.
        telling: lowest accuracy of D at which that is memory, and no chance.
        sure: lowest accuracy of D at which `balance/r_v` has a meaning, or it wins against samples that stay apart.
        alike: lowest `balance/repeated` at which the generator repeats a few samples.
        missing: lowest `balance/missed` at which a generator that repeats itself leaves out a part of the data.
        unlike: lowest `balance/missed` at which samples are no data yet, although their distance is small.
        foreign: lowest `balance/missed` at which no sample is like the data, so that a certain D has won near them too.
        partial: lowest excess of `balance/missed` over `balance/astray` at which it leaves out a part of the data.
        point: highest `balance/spread` at which all samples are one.
        hopping: lowest mean change of `balance/distance` per reading, relative to its mean, at which that one hops.
        narrow: highest `balance/feature_spread` at which all fakes look the same to D.
        flat: highest `balance/narrowest_class` at which a class has become a single sample.
        ignored: highest `balance/labels` at which the generator does not make the class that is asked for.
        rising: highest rise of `balance/labels` over ten readings at which the generator no longer learns labels.
        absent: lowest `balance/disobeyed` at which a class is never made.
        unrelated: lowest `encoder/reconstruction` at which a code says nothing about its sample.
        steady: largest range of `encoder/reconstruction` in ten readings at which the encoder does not learn.
        apart: lowest `balance/distance` at which fakes that look the same to D are a collapse, or a sure D wins.
        swinging: lowest mean change of `balance/distance` per reading, relative to its mean, at which it oscillates.
        exploded: lowest loss of D, or gap between its mean real and fake logits, at which the run has diverged.
    """

    def __init__(
        self,
        *,
        window: Annotated[int, Ge(1)] = 5,
        warm_up: Annotated[int, Ge(1)] = 6,
        early: Annotated[float, Ge(0), Lt(1)] = 0.15,
        patience: Annotated[int, Ge(1)] = 2,
        margin: Annotated[float, Ge(0), Lt(1)] = 0.1,
        certain: Annotated[float, Gt(0.5)] = 0.95,
        perfect: Annotated[float, Gt(0.5)] = 0.985,
        faultless: Annotated[float, Gt(0.5)] = 0.99,
        blind: Annotated[float, Gt(0), Lt(1)] = 0.55,
        unsure: Annotated[float, Gt(0), Lt(1)] = 0.75,
        far: Annotated[float, Gt(0)] = 0.08,
        lost: Annotated[float, Gt(0)] = 0.5,
        gone: Annotated[float, Gt(0)] = 3.0,
        stalled: Annotated[float, Ge(0), Lt(1)] = 0.22,
        hurried: Annotated[float, Gt(1)] = 3.0,
        racing: Annotated[float, Gt(1)] = 20.0,
        idle: Annotated[float, Gt(1)] = 1000.0,
        drifting: Annotated[float, Ge(0), Lt(1)] = 0.35,
        memorised: Annotated[float, Gt(0), Lt(1)] = 0.4,
        wholly: Annotated[float, Gt(0), Le(1)] = 0.8,
        telling: Annotated[float, Gt(0.5), Lt(1)] = 0.6,
        sure: Annotated[float, Gt(0.5)] = 0.85,
        alike: Annotated[float, Gt(0), Le(1)] = 0.5,
        missing: Annotated[float, Gt(0)] = 0.3,
        unlike: Annotated[float, Gt(0)] = 0.6,
        foreign: Annotated[float, Gt(0)] = 0.9,
        partial: Annotated[float, Gt(0), Le(1)] = 0.25,
        point: Annotated[float, Gt(0)] = 0.02,
        hopping: Annotated[float, Gt(0)] = 0.1,
        narrow: Annotated[float, Gt(0)] = 0.5,
        flat: Annotated[float, Gt(0)] = 0.2,
        ignored: Annotated[float, Gt(0), Lt(1)] = 0.3,
        rising: Annotated[float, Gt(0), Lt(1)] = 0.05,
        absent: Annotated[float, Gt(0), Lt(1)] = 0.6,
        unrelated: Annotated[float, Gt(0)] = 0.93,
        steady: Annotated[float, Gt(0), Lt(1)] = 0.02,
        apart: Annotated[float, Gt(0)] = 0.2,
        swinging: Annotated[float, Gt(0)] = 0.9,
        exploded: Annotated[float, Gt(0)] = 100.0,
    ) -> None:
        self.window = window
        self.warm_up = warm_up
        self.early = early
        self.patience = patience
        self.margin = margin
        self._bounds = {
            "certain": certain,
            "perfect": perfect,
            "faultless": faultless,
            "blind": blind,
            "unsure": unsure,
            "far": far,
            "near": far,
            "lost": lost,
            "gone": gone,
            "stalled": stalled,
            "hurried": hurried,
            "racing": racing,
            "idle": idle,
            "busy": 1.0 / idle,
            "still": stalled / 2.0,
            "drifting": drifting,
            "memorised": memorised,
            "wholly": wholly,
            "telling": telling,
            "sure": sure,
            "alike": alike,
            "missing": missing,
            "unlike": unlike,
            "foreign": foreign,
            "partial": partial,
            "point": point,
            "hopping": hopping,
            "narrow": narrow,
            "flat": flat,
            "ignored": ignored,
            "rising": rising,
            "absent": absent,
            "unrelated": unrelated,
            "steady": steady,
            "apart": apart,
            "swinging": swinging,
            "exploded": exploded,
        }
        self._readings: list[dict[str, float]] = []
        self._count = 0
        self._verdict = Verdict("warming_up", 0)
        self._candidate: tuple[State, int, int] | None = None

    @property
    def verdict(self) -> Verdict:
        """The newest verdict."""
        return self._verdict

    def read(self, step: int, steps: int, values: GaugeValues, accuracy_tag: str | None, caution: str = "") -> Verdict:
        """Add one reading and return the new verdict.

        Args:
            step: training step of the reading.
            steps: training steps of the whole run.
            values: all gauges by tag.
            accuracy_tag: the tag of D's accuracy that is meaningful in this game; None if none is.
            caution: why the bounds may not hold for these samples, a doubt of every verdict but a divergence; empty if
                they were chosen on such samples.
        """
        self._count += 1
        self._readings = [*self._readings, relevant(values, accuracy_tag)][-2 * self.window :]
        if self._count >= self.warm_up:
            values = self._medians(self._readings[-self.window :]) | self._trends()
            state, evidence = next(self._holding(values))
            if state == "diverged" or (step > self.early * steps and not self._is_open(state, values)):
                doubt = self._doubt(values, evidence) or (caution if state != "diverged" else "")
                self._decide(step, state, evidence, doubt)
        return self._verdict

    def _decide(self, step: int, state: State, evidence: tuple[Evidence, ...], doubt: str) -> None:
        current = self._verdict.state
        if state == current:
            self._candidate = None
            self._verdict = Verdict(state, self._verdict.since, evidence, doubt)
            return
        since, seen = (step, 0) if self._candidate is None or self._candidate[0] != state else self._candidate[1:]
        self._candidate = (state, since, seen + 1)
        # the first verdict does not wait: it replaces no other
        if seen + 1 >= self.patience or current == "warming_up":
            self._candidate = None
            self._verdict = Verdict(state, since, evidence, doubt)

    def _is_open(self, state: State, values: GaugeValues) -> bool:
        """Whether `balanced` would be said too early: of samples that are far away, without a trend to judge by."""
        far = values.get(DISTANCE, 0.0) >= self._bounds_beside(values)["lost"]
        return state == "balanced" and self._verdict.state == "warming_up" and FALL not in values and far

    def _holding(self, values: GaugeValues) -> Iterator[tuple[State, tuple[Evidence, ...]]]:
        """Yield the states whose rule holds, in the order of the rules, and `balanced` last."""
        bounds = self._bounds_beside(values)
        for state, signs in RULES:
            ease = self.margin if state == self._verdict.state else 0.0
            found = [sign.weigh(values, bounds, ease) for sign in signs]
            evidence = tuple(each for each in found if each is not None)
            if len(evidence) == len(signs):
                yield state, evidence
        yield "balanced", ()

    def _doubt(self, values: GaugeValues, evidence: tuple[Evidence, ...]) -> str:
        """Return why the verdict is uncertain; empty if it is certain."""
        if close := next(filter(None, map(near, evidence)), ""):
            return close
        fall = values.get(FALL, 0.0)
        if any(each.gauge == DISTANCE for each in evidence) and fall > self._bounds["still"]:
            return f"{DISTANCE} still falls, by {fall:.0%} over the last {len(self._readings)} readings"
        if not evidence and values.get(DISTANCE, 0.0) >= self._bounds_beside(values)["far"]:
            return f"{DISTANCE} is still {values[DISTANCE]:.2f}"
        return ""

    def _bounds_beside(self, values: GaugeValues) -> dict[str, float]:
        """Return all bounds; those of a large distance are at least as far again as real data are of each other.

        Real data are far from each other where the held-out part is about something else, such as pages of a manual.
        """
        again = 2.0 * values.get(floor_of(DISTANCE), 0.0)
        return self._bounds | {name: max(self._bounds[name], again) for name in ("far", "apart", "lost", "gone")}

    def _trends(self) -> dict[str, float]:
        """Return how gauges moved over the stored readings, and their extremes; empty if these are too few.

        The fall of the distance, as a share of what it was beyond that of real data, and the rise of the labels are
        those from the older to the newer half. They are 0 if a newer reading is not beyond the median of the older
        ones: a gauge that jumps moves by chance. Beside a large fall one jump is allowed once it is over. Labels that
        are obeyed less than by chance count as by chance.
        """
        found = {}
        older, newer = self._halves(DISTANCE)
        if newer:
            old = statistics.median(older)
            excess = old - max(0.0, self._readings[-1].get(floor_of(DISTANCE), 0.0))
            fall = (old - statistics.median(newer)) / excess if excess > 0 else 0.0
            jumps = sum(each >= old for each in newer)
            is_over = jumps == 1 and newer[-1] < old and fall > self._bounds["stalled"]
            found[FALL] = fall if jumps == 0 or is_over else 0.0
            found[FARTHEST] = max(older + newer)
        older, newer = self._halves(CORRECT)
        if newer:
            found[LOWEST] = min(older + newer)
        older, newer = self._halves("balance/labels")
        if newer:
            older, newer = ([max(0.0, each) for each in half] for half in (older, newer))
            old = statistics.median(older)
            found[RISE] = statistics.median(newer) - old if min(newer) > old else 0.0
        older, newer = self._halves("encoder/reconstruction")
        if newer:
            found[MOVEMENT] = max(older + newer) - min(older + newer)
        return found

    def _halves(self, gauge: str) -> tuple[list[float], list[float]]:
        """Return the older and the newer half of the readings of a gauge; both empty if these are too few."""
        found = [reading[gauge] for reading in self._readings if gauge in reading]
        return (found[: self.window], found[self.window :]) if len(found) >= 2 * self.window else ([], [])

    @staticmethod
    def _medians(readings: list[dict[str, float]]) -> dict[str, float]:
        """Return the median of each gauge, and the swing of the distance (`SWING`)."""
        medians = {gauge: statistics.median(r.get(gauge, 0.0) for r in readings) for gauge in readings[-1]}
        distances = [reading.get(DISTANCE, 0.0) for reading in readings]
        if len(distances) > 1:
            steps = [abs(b - a) for a, b in pairwise(distances)]
            medians[SWING] = statistics.mean(steps) / max(statistics.mean(distances), 1e-6)
        if "balance/missed" in medians:
            medians[EXCESS] = medians["balance/missed"] - medians["balance/astray"]
        return medians

    def state_dict(self) -> dict[str, Any]:
        """The state for a bit-equal resume, as plain values."""
        return {
            "readings": self._readings,
            "count": self._count,
            "verdict": asdict(self._verdict),
            "rival": self._candidate,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state that `state_dict` returned.

        Raises:
            ValueError: the name of the state of the game is unknown.
        """
        if state["verdict"]["state"] not in get_args(State):
            raise ValueError(f"{state['verdict']['state']!r:.40} is no state of the game")
        self._readings = [{str(tag): float(value) for tag, value in one.items()} for one in state["readings"]]
        self._count = state["count"]
        told = state["verdict"]
        self._verdict = Verdict(**{**told, "evidence": tuple(Evidence(**each) for each in told["evidence"])})
        self._candidate = None if state["rival"] is None else tuple(state["rival"])
