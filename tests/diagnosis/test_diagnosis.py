"""The diagnosis: each state from constructed readings, its order, its hysteresis, its doubts, its memory."""

from __future__ import annotations

import io
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from torch import nn

from gan_cli.config.folders import config_dir
from gan_cli.config.signature import settings_of
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.rules import RULES, accuracy_tag_of
from gan_cli.diagnosis.verdict import WORDS, Evidence, Verdict, name_of
from gan_cli.losses import NonSaturating, Relativistic, Wasserstein

ACCURACY = "accuracy/discriminator"
STEPS = 1000
"""Steps of a run: its sixth reading, at step 300, is beyond the part in which nothing is told."""
HEALTHY = {
    "loss/discriminator": 1.3,
    "logits/real": 0.3,
    "logits/fake": -0.3,
    ACCURACY: 0.7,
    "accuracy/pairwise": 0.8,
    "balance/distance": 0.05,
    "balance/missed": 0.1,
    "balance/astray": 0.1,
    "balance/spread": 0.95,
    "balance/feature_spread": 0.95,
    "balance/r_v": 0.1,
    "balance/tempo": 1.0,
}
STRONG = {ACCURACY: 0.99, "balance/distance": 0.7, "balance/tempo": 20.0}
STARVED = {ACCURACY: 0.5, "balance/distance": 0.9, "balance/tempo": 0.05}
COLLAPSED = {ACCURACY: 0.9, "balance/distance": 0.9, "balance/feature_spread": 0.1}
SICK: dict[str, dict[str, float]] = {
    "discriminator_dominates": STRONG,
    "generator_dominates": STARVED,
    "mode_collapse": COLLAPSED,
    "discriminator_overfits": {"balance/r_v": 0.8, ACCURACY: 0.99},
    "labels_ignored": {"balance/labels": 0.1, "balance/distance": 0.3},
    "codes_ignored": {"encoder/reconstruction": 1.0},
    "diverged": {"logits/real": 300.0, "logits/fake": -300.0},
}


def judge(readings: Iterable[dict[str, float]], doctor: Diagnosis | None = None, first: int = 50) -> list[Verdict]:
    """One verdict per reading, a reading every 50 steps."""
    doctor = doctor or Diagnosis()
    told = enumerate(readings)
    return [doctor.read(first + 50 * index, STEPS, {**HEALTHY, **values}, ACCURACY) for index, values in told]


def states(verdicts: list[Verdict]) -> list[str]:
    return [verdict.state for verdict in verdicts]


@pytest.mark.parametrize("state", [name for name in SICK if name != "diverged"])
def test_the_first_part_of_a_run_is_not_judged(state: str) -> None:
    """15 % of 4,000 steps are 600: the reading at step 650 is the first to be judged, and needs nothing more."""
    doctor = Diagnosis()
    verdicts = [doctor.read(50 * k, 4000, {**HEALTHY, **SICK[state]}, ACCURACY) for k in range(1, 15)]
    assert states(verdicts) == ["warming_up"] * 12 + [state] * 2
    assert verdicts[-1].since == 650


def test_a_run_that_diverges_in_its_first_part_is_told_at_once() -> None:
    doctor = Diagnosis()
    verdicts = [doctor.read(50 * k, 100_000, {**HEALTHY, **SICK["diverged"]}, ACCURACY) for k in range(1, 8)]
    assert states(verdicts) == ["warming_up"] * 5 + ["diverged"] * 2


def test_evidence_has_the_value_of_real_data_beside_it() -> None:
    floors = {"floor/distance": 0.0123}
    last = judge([{**STRONG, ACCURACY: 0.96, **floors}] * 12)[-1]
    told = {evidence.gauge: str(evidence) for evidence in last.evidence}
    assert told["balance/distance"] == "balance/distance 0.7 >= 0.072 (real data 0.01)"
    assert told["balance/tempo"] == "balance/tempo 20 >= 2.7", "there is no such value"


def test_health_is_balanced_after_warming_up() -> None:
    verdicts = judge([{}] * 8)
    assert states(verdicts) == ["warming_up"] * 5 + ["balanced"] * 3
    assert verdicts[-1] == Verdict("balanced", 300)


@pytest.mark.parametrize("state", SICK)
def test_each_state_from_its_signs(state: str) -> None:
    verdict = judge([SICK[state]] * 12)[-1]
    assert verdict.state == state
    # a distance, labels and codes are judged by their trends, which takes ten readings
    told = " ".join(each.gauge for each in verdict.evidence)
    assert verdict.since == (500 if "distance" in told or " of " in told else 300)
    assert verdict.evidence
    assert all(_is_beyond(each) for each in verdict.evidence)
    assert WORDS[verdict.state] in verdict.words


def _is_beyond(evidence: Evidence) -> bool:
    """Whether a value is on the side of its bound that the evidence says, as printed too."""
    value, bound = (float(f"{each:.3g}") for each in (evidence.value, evidence.bound))
    both = ((evidence.value, evidence.bound), (value, bound))
    return all(a >= b if evidence.relation == ">=" else a <= b for a, b in both)


@pytest.mark.parametrize("margin", [0.0, 0.1, 0.5])
@pytest.mark.parametrize(("place", "rule"), list(enumerate(RULES)))
def test_the_evidence_shows_the_bound_that_was_applied(place: int, rule: Any, margin: float) -> None:
    """For each rule, every sign: at its bound when the state begins, at the eased one while it holds."""
    state, signs = rule
    doctor = Diagnosis(margin=margin)
    for sign in signs:
        strict = doctor._bounds[sign.bound]
        slack = margin * {"accuracy": 0.2, "lowest accuracy": 0.02}.get(sign.gauge, abs(strict))
        eased = strict - slack if sign.relation == ">=" else strict + slack
        for ease, bound in ((0.0, strict), (margin, eased)):
            at_the_bound = sign.weigh({sign.gauge: bound}, doctor._bounds, ease)
            assert at_the_bound == Evidence(sign.gauge, bound, sign.relation, bound, strict), (place, state)
            beyond = bound - 1e-3 if sign.relation == ">=" else bound + 1e-3
            assert sign.weigh({sign.gauge: beyond}, doctor._bounds, ease) is None


FALLING = [0.9 * 0.88**index for index in range(20)]
"""Distances of a generator that makes progress: they fall by half in ten readings."""


def test_a_discriminator_that_never_errs_has_won_although_the_generator_makes_progress() -> None:
    unlike = {"balance/missed": 0.8, "balance/astray": 0.8}
    never = judge([{ACCURACY: 0.995, "balance/distance": each, **unlike} for each in FALLING])
    assert never[-1].state == "discriminator_dominates"
    assert str(never[-1].evidence[0]) == "lowest accuracy 0.995 >= 0.988" and "still falls" in never[-1].doubt
    once = judge([{ACCURACY: 0.9 if n == 12 else 1.0, "balance/distance": d, **unlike} for n, d in enumerate(FALLING)])
    assert once[-1].state == "balanced", "it erred eight readings ago"
    like = judge([{ACCURACY: 1.0, "balance/distance": each} for each in FALLING])
    assert like[-1].state == "balanced", "most of the samples are like the data"


def test_a_ranking_that_is_right_in_all_pairs_has_not_won_by_that() -> None:
    doctor, values = Diagnosis(), {**HEALTHY, "accuracy/pairwise": 1.0, "balance/missed": 0.8, "balance/astray": 0.8}
    told = [
        doctor.read(50 * n + 50, STEPS, {**values, "balance/distance": distance}, "accuracy/pairwise")
        for n, distance in enumerate(FALLING)
    ]
    assert told[-1].state == "balanced"


def test_a_single_sample_that_hops_is_a_collapse_and_one_that_stays_is_that_of_a_blind_discriminator() -> None:
    alone = {
        ACCURACY: 0.5,
        "balance/spread": 0.0,
        "balance/repeated": 1.0,
        "balance/missed": 1.0,
        "balance/astray": 1.0,
    }
    hops, stays = (
        judge([{**alone, "balance/distance": 1.0 + hop * (-1) ** index} for index in range(20)]) for hop in (0.2, 0.01)
    )
    assert hops[-1].state == "mode_collapse" and stays[-1].state == "generator_dominates"


def test_a_generator_that_comes_back_from_beyond_untrained_ones_was_led_astray() -> None:
    distances = [30.0 - 1.5 * index for index in range(19)] + [1.0]
    back = judge(
        [{"balance/distance": distance, "balance/missed": 1.0, "balance/astray": 1.0} for distance in distances]
    )
    assert back[-1].state == "generator_dominates" and "largest balance/distance 15 >= 2.7" in map(
        str, back[-1].evidence
    )
    there = judge([{"balance/distance": max(0.05, 2.5 - 0.15 * index)} for index in range(20)])
    assert there[-1].state == "balanced"


def test_a_value_that_eased_bounds_hold_is_shown_with_them() -> None:
    """A swing below the bound was printed as if it were above."""
    steps = [0.2 + 0.75 * (index % 2) for index in range(8)] + [0.3 + 0.373 * (index % 2) for index in range(13)]
    verdicts = judge([{"balance/distance": distance} for distance in steps])
    verdict = verdicts[-1]
    assert verdict.state == "oscillating"
    swing, far = verdict.evidence
    assert 0.81 <= swing.value < 0.9 and str(swing) == f"swing of balance/distance {swing.value:.3g} >= 0.81"
    assert str(far).endswith(">= 0.072")
    assert verdict.doubt == f"swing of balance/distance {swing.value:.3g} is close to 0.81, where the state ends"
    told = verdict.as_dict()["evidence"]
    assert [(each["relation"], each["bound"]) for each in told] == [(">=", 0.81), (">=", 0.072)]
    assert all(_is_beyond(each) for each_verdict in verdicts for each in each_verdict.evidence)


def test_a_state_has_one_name() -> None:
    for state, words in WORDS.items():
        assert words.partition(":")[0].removeprefix("the ") == name_of(state), state


def test_a_discriminator_without_mistakes_has_won_whatever_the_samples_look_like() -> None:
    alike = {"balance/repeated": 1.0, "balance/missed": 1.0, "balance/distance": 0.7}
    assert judge([{**alike, ACCURACY: 0.96}] * 12)[-1].state == "mode_collapse"
    assert judge([{**alike, ACCURACY: 0.99}] * 12)[-1].state == "discriminator_dominates"


def test_samples_that_stay_far_away_were_not_led_by_a_weak_discriminator_or_have_lost_against_a_strong_one() -> None:
    far = {"balance/distance": 0.6, "balance/missed": 1.0, "balance/astray": 1.0}
    assert judge([{**far, ACCURACY: 0.7}] * 12)[-1].state == "generator_dominates"
    assert judge([{**far, ACCURACY: 0.8}] * 12)[-1].state == "discriminator_dominates"
    for accuracy in (0.7, 0.8):
        assert judge([{**far, "balance/distance": 0.4, ACCURACY: accuracy}] * 12)[-1].state == "balanced"
        nearer = [{**far, "balance/distance": 0.9 * 0.97**reading, ACCURACY: accuracy} for reading in range(12)]
        assert judge(nearer)[-1].state == "balanced"


def test_a_network_that_stands_still_has_lost_whatever_else_is_seen() -> None:
    collapsed = {**COLLAPSED, "balance/repeated": 1.0, "balance/missed": 1.0}
    assert judge([{**collapsed, "balance/tempo": 500.0}] * 12)[-1].state == "mode_collapse"
    assert judge([{**collapsed, "balance/tempo": 2000.0}] * 12)[-1].state == "discriminator_dominates"
    assert judge([{**collapsed, "balance/tempo": 0.0}] * 12)[-1].state == "generator_dominates"
    assert judge([{"balance/tempo": 0.0}] * 12)[-1].state == "balanced", "the samples have arrived"


def test_a_blind_discriminator_is_too_weak_though_the_samples_are_near_if_none_is_like_the_data() -> None:
    near = {"balance/distance": 0.05, "balance/missed": 1.0, "balance/astray": 1.0}
    assert judge([{**near, ACCURACY: 0.5}] * 12)[-1].state == "generator_dominates"
    assert judge([{**near, ACCURACY: 0.6}] * 12)[-1].state == "balanced", "thin modes are often missed"
    assert judge([{**near, "balance/missed": 0.5, ACCURACY: 0.5}] * 12)[-1].state == "balanced"


def test_a_certain_discriminator_has_won_though_the_samples_are_near_if_none_is_like_the_data() -> None:
    near = {"balance/distance": 0.05, "balance/missed": 0.97, "balance/astray": 1.0}
    assert judge([{**near, ACCURACY: 0.97}] * 12)[-1].state == "discriminator_dominates"
    assert judge([{**near, ACCURACY: 0.9}] * 12)[-1].state == "balanced", "thin modes are often missed"
    assert judge([{**near, "balance/missed": 0.7, ACCURACY: 0.97}] * 12)[-1].state == "balanced"


def test_a_discriminator_that_changes_much_faster_has_won_over_samples_that_stand_still_whatever_its_accuracy() -> None:
    racing = {"balance/tempo": 40.0, "balance/distance": 0.17, ACCURACY: 0.7}
    assert judge([racing] * 12)[-1].state == "discriminator_dominates"
    assert judge([{**racing, "balance/tempo": 12.0}] * 12)[-1].state == "balanced", "as with a spectral norm"
    assert judge([{**racing, "balance/distance": 0.05}] * 12)[-1].state == "balanced", "the samples have arrived"
    nearer = [{**racing, "balance/distance": 0.6 * 0.9**reading} for reading in range(12)]
    assert judge(nearer)[-1].state == "balanced"


def test_fakes_that_look_the_same_to_a_discriminator_are_a_collapse_if_it_tells_them_from_data() -> None:
    alike = {"balance/distance": 0.3, "balance/feature_spread": 0.2}
    assert judge([{**alike, ACCURACY: 0.8}] * 12)[-1].state == "mode_collapse"
    assert judge([{**alike, ACCURACY: 0.7}] * 12)[-1].state == "balanced"


def test_missing_modes_are_a_collapse_without_alike_samples() -> None:
    assert judge([{"balance/missed": 0.6, "balance/astray": 0.05}] * 6)[-1].state == "mode_collapse"
    assert judge([{"balance/missed": 0.9, "balance/astray": 0.5}] * 6)[-1].state == "mode_collapse"
    assert judge([{"balance/missed": 0.6, "balance/astray": 0.5}] * 6)[-1].state == "balanced", "fakes are no data yet"


@pytest.mark.parametrize(("floor", "state"), [(0.12, "balanced"), (0.0, "discriminator_dominates")])
def test_the_distance_falls_towards_that_of_real_data(floor: float, state: str) -> None:
    older, newer = ({**STRONG, "balance/distance": far, "floor/distance": floor} for far in (0.72, 0.565))
    assert judge([older] * 5 + [newer] * 5, first=500)[-1].state == state


def test_samples_are_far_if_they_are_as_far_again_as_real_data() -> None:
    words = {**STRONG, "balance/distance": 1.5, "floor/distance": 1.0}
    (*_, last) = judge([words] * 12)
    assert (last.state, last.doubt) == ("balanced", "")
    assert judge([{**words, "balance/distance": 2.1}] * 12)[-1].state == "discriminator_dominates"
    assert judge([{**words, "floor/distance": 0.01}] * 12)[-1].state == "discriminator_dominates"


@pytest.mark.parametrize(
    ("newer", "state"),
    [
        ([0.7, 0.94, 0.6, 0.6, 0.6], "balanced"),
        ([0.7, 0.6, 0.6, 0.6, 0.94], "discriminator_dominates"),  # it may not be over
        ([0.94, 0.94, 0.6, 0.6, 0.6], "discriminator_dominates"),
        ([0.85, 0.94, 0.85, 0.85, 0.85], "discriminator_dominates"),  # a small fall
    ],
)
def test_one_jump_that_is_over_does_not_hide_a_large_fall(newer: list[float], state: str) -> None:
    readings = [{**STRONG, "balance/tempo": 1.0, "balance/distance": each} for each in [0.93] * 5 + newer]
    assert judge(readings)[-1].state == state


def test_memory_shows_although_dropout_makes_a_discriminator_unsure() -> None:
    assert judge([{"balance/r_v": 1.0, ACCURACY: 0.66}] * 6)[-1].state == "discriminator_overfits"
    assert judge([{"balance/r_v": 0.7, ACCURACY: 0.66}] * 6)[-1].state == "balanced"
    assert judge([{"balance/r_v": 1.0, ACCURACY: 0.57}] * 6)[-1].state == "balanced", "it tells nothing apart"


def test_samples_that_are_repeated_are_a_collapse_once_the_generator_has_stalled() -> None:
    repeated = {"balance/repeated": 1.0, "balance/missed": 0.95, "balance/astray": 0.97}
    assert judge([{**repeated, "balance/distance": 0.2}] * 12)[-1].state == "mode_collapse"
    falling = [{**repeated, "balance/distance": 0.2 * 0.9**index} for index in range(12)]
    assert judge(falling)[-1].state == "balanced", "it is young"
    alike_as_the_data = {**repeated, "balance/missed": 0.1, "balance/astray": 0.1}
    assert judge([alike_as_the_data] * 12)[-1].state == "balanced"


def test_a_blind_discriminator_is_named_though_the_samples_drift_a_little_nearer() -> None:
    def drifting(factor: float) -> list[dict[str, float]]:
        return [{**STARVED, "balance/tempo": 1.0, "balance/distance": 0.9 * factor**index} for index in range(12)]

    assert judge(drifting(0.95))[-1].state == "generator_dominates"
    assert judge(drifting(0.9))[-1].state == "balanced", "by two fifths in ten readings: it learns"


def test_an_unsure_discriminator_is_accused_only_of_samples_that_stand_still() -> None:
    """Dropout in D keeps it unsure while it teaches slowly."""

    def drifting(factor: float) -> list[dict[str, float]]:
        return [{ACCURACY: 0.65, "balance/distance": 0.9 * factor**index} for index in range(12)]

    assert judge(drifting(0.99))[-1].state == "generator_dominates"
    assert judge(drifting(0.96))[-1].state == "balanced"


def test_samples_farther_than_those_of_an_untrained_generator_were_led_astray() -> None:
    lost = {ACCURACY: 0.8, "balance/distance": 4.0, "balance/missed": 1.0, "balance/astray": 1.0}
    assert judge([lost] * 12)[-1].state == "generator_dominates"
    assert judge([{**lost, "balance/distance": 2.0}] * 12)[-1].state == "discriminator_dominates"


def test_labels_can_be_ignored_by_good_samples_and_by_those_that_stand_still() -> None:
    def nearing(factor: float) -> list[dict[str, float]]:
        return [{"balance/labels": 0.1, "balance/distance": 0.6 * factor**index} for index in range(12)]

    assert judge([{"balance/labels": 0.9}] * 12)[-1].state == "balanced"
    assert judge(nearing(1.0))[-1].state == "labels_ignored"
    assert judge(nearing(0.9))[-1].state == "balanced", "samples that are not there yet are of no class"


def test_labels_that_are_still_being_learned_are_not_ignored() -> None:
    """The distance arrives first: labels rise from 0 to 0.27 in ten readings."""
    learning = [{"balance/labels": 0.03 * index} for index in range(10)]
    assert states(judge(learning))[5:] == ["balanced"] * 5
    nothing = [{"balance/labels": -0.4 + 0.04 * index} for index in range(12)]
    assert judge(nothing)[-1].state == "labels_ignored", "worse than by chance is no way to learn from"
    assert judge([{"balance/labels": 0.1}] * 9)[-1].state == "balanced", "without a trend nobody is accused"


def test_a_class_that_is_never_made_is_a_collapse_once_the_others_are_learned() -> None:
    obeyed = {"balance/labels": 0.8, "balance/distance": 0.02, "balance/disobeyed": 0.7}
    assert judge([obeyed] * 12)[-1].state == "mode_collapse"
    assert judge([{**obeyed, "balance/disobeyed": 0.5}] * 12)[-1].state == "balanced", "half of a class is right"
    learning = [{**obeyed, "balance/labels": 0.35 + 0.02 * index} for index in range(12)]
    assert judge(learning)[-1].state == "balanced"


def test_codes_that_lead_nowhere_are_named_once_the_encoder_stands_still() -> None:
    nowhere = {"encoder/reconstruction": 1.0, "balance/distance": 0.02}
    assert judge([nowhere] * 12)[-1].state == "codes_ignored"
    assert judge([{**nowhere, "encoder/reconstruction": 0.9}] * 12)[-1].state == "balanced"
    assert judge([{**nowhere, "balance/distance": 0.3}] * 12)[-1].state == "balanced", "samples come first"
    learning = [{**nowhere, "encoder/reconstruction": 1.0 + 0.05 * (index % 2)} for index in range(12)]
    assert judge(learning)[-1].state == "balanced"


def test_a_class_that_has_become_one_sample_is_a_collapse() -> None:
    assert judge([{"balance/narrowest_class": 0.05, "balance/labels": 0.9}] * 12)[-1].state == "mode_collapse"
    assert judge([{"balance/narrowest_class": 0.4, "balance/labels": 0.9}] * 12)[-1].state == "balanced"

    def nearing(start: float) -> list[dict[str, float]]:
        return [{"balance/narrowest_class": 0.05, "balance/distance": start * 0.9**index} for index in range(12)]

    assert judge(nearing(0.1))[-1].state == "mode_collapse", "the others are nearly there"
    assert judge(nearing(0.9))[-1].state == "balanced", "young samples are all alike"


def test_no_trend_no_state_that_depends_on_it() -> None:
    """Nine readings, in a run so short that they are not its first part."""
    for state in ("discriminator_dominates", "generator_dominates", "mode_collapse"):
        assert states(judge([SICK[state]] * 9)) == ["warming_up"] * 9, "so far away that nobody is balanced"
        nearer = {**SICK[state], "balance/distance": 0.4}
        assert states(judge([nearer] * 9))[5:] == ["balanced"] * 4
        assert judge([nearer] * 9)[-1].doubt.startswith("balance/distance is still")


def test_a_game_that_was_balanced_stays_so_until_something_is_wrong() -> None:
    assert states(judge([{}] * 7 + [{"balance/distance": 0.9}] * 2))[5:] == ["balanced"] * 4


def test_a_certain_discriminator_is_no_harm_while_the_generator_arrives() -> None:
    assert judge([{ACCURACY: 0.99}] * 12)[-1].state == "balanced"
    falling = [{**STRONG, "balance/tempo": 1.0, "balance/distance": 0.49 * 0.9**index} for index in range(14)]
    assert judge(falling)[-1].state == "balanced"
    standing = [{**STRONG, "balance/tempo": 1.0, "balance/distance": 0.4}] * 14
    assert judge(standing)[-1].state == "discriminator_dominates"


def test_a_swinging_distance_is_an_oscillation() -> None:
    swings = [{"balance/distance": 0.2 if index % 2 else 0.9} for index in range(12)]
    verdict = judge(swings)[-1]
    assert verdict.state == "oscillating"
    assert {e.gauge for e in verdict.evidence} == {"swing of balance/distance", "balance/distance"}


@pytest.mark.parametrize(
    ("cause", "effect"),
    [
        ("diverged", "discriminator_dominates"),
        ("discriminator_dominates", "mode_collapse"),
        ("generator_dominates", "mode_collapse"),
        ("discriminator_overfits", "discriminator_dominates"),
    ],
)
def test_the_cause_is_named_before_its_effect(cause: str, effect: str) -> None:
    both = [{**SICK[effect], **SICK[cause], **({"balance/feature_spread": 0.1} if "mode" in effect else {})}] * 12
    assert judge(both)[-1].state == cause


def test_one_odd_reading_decides_nothing() -> None:
    readings = [{}] * 8 + [STRONG] + [{}] * 8
    assert set(states(judge(readings))[5:]) == {"balanced"}


def test_a_change_takes_the_median_and_patience_and_dates_back_to_its_first_sign() -> None:
    verdicts = judge([{}] * 10 + [STRONG] * 6)
    # the median of five turns at the third strong reading, step 650; patience waits for one more
    assert states(verdicts)[11:15] == ["balanced", "balanced", "discriminator_dominates", "discriminator_dominates"]
    assert verdicts[-1].since == 650


def test_bounds_are_eased_for_the_state_that_holds() -> None:
    strong = {**STRONG, "balance/distance": 0.15, "balance/tempo": 10.0}
    near = {**strong, ACCURACY: 0.935}
    assert judge([near] * 12)[-1].state == "balanced"
    assert judge([strong] * 12 + [near] * 12)[-1].state == "discriminator_dominates", "within 0.02 of 0.95"
    assert judge([strong] * 12 + [{**strong, ACCURACY: 0.92}] * 12)[-1].state == "balanced"


def test_a_generator_that_stands_still_before_a_blind_discriminator_is_taught_nothing() -> None:
    still = {"balance/distance": 0.7, "balance/tempo": 1e5}
    assert judge([{**still, ACCURACY: 0.98}] * 12)[-1].state == "discriminator_dominates"
    assert judge([{**still, ACCURACY: 0.5}] * 12)[-1].state == "generator_dominates"


def test_a_discriminator_need_not_be_certain_to_win_against_samples_that_stay_far_away() -> None:
    sure = {ACCURACY: 0.87, "balance/distance": 0.32, "balance/tempo": 0.5}
    assert judge([sure] * 12)[-1].state == "discriminator_dominates"
    assert judge([{**sure, ACCURACY: 0.8}] * 12)[-1].state == "balanced"
    assert judge([{**sure, "balance/distance": 0.15}] * 12)[-1].state == "balanced"
    nearer = [{**sure, "balance/distance": 0.6 * 0.96**reading} for reading in range(24)]
    assert judge(nearer)[-1].state == "balanced", "it gets nearer by a fifth in ten readings"


def test_doubt_is_told() -> None:
    assert not judge([SICK["mode_collapse"]] * 12)[-1].doubt
    close = judge([{**COLLAPSED, "balance/feature_spread": 0.49}] * 12)[-1]
    assert close.doubt == "balance/feature_spread 0.49 is close to 0.5, where the state begins"
    assert close.words.endswith("(?)")
    falling = [{**COLLAPSED, "balance/distance": 0.9 * 0.97**index} for index in range(12)]
    assert "still falls" in judge(falling)[-1].doubt
    early = judge([{"balance/distance": 0.45}] * 12)[-1]
    assert early.state == "balanced"
    assert early.doubt == "balance/distance is still 0.45"


@pytest.mark.parametrize("state", [*SICK, "balanced"])
def test_bounds_that_may_not_hold_are_a_doubt_of_every_verdict_but_a_divergence(state: str) -> None:
    doctor = Diagnosis()
    values = {**HEALTHY, **SICK.get(state, {})}
    values[ACCURACY] = round(values[ACCURACY], 1)  # near no bound
    verdicts = [doctor.read(50 * index, STEPS, values, ACCURACY, "nobody knows text") for index in range(1, 15)]
    assert verdicts[-1].state == state
    assert verdicts[-1].doubt == ("" if state == "diverged" else "nobody knows text")


def test_a_gauge_that_was_not_measured_accuses_nobody() -> None:
    doctor = Diagnosis()
    values = {key: value for key, value in {**HEALTHY, ACCURACY: 1.0}.items() if key != "balance/r_v"}
    verdicts = [doctor.read(50 * index, STEPS, values, ACCURACY) for index in range(12)]
    assert verdicts[-1].state == "balanced"
    blind = [Diagnosis().read(50, STEPS, {**HEALTHY, **STARVED}, None) for _ in range(12)]
    assert blind[-1].state == "warming_up"
    doctor = Diagnosis()
    assert [doctor.read(50 * i, STEPS, {**HEALTHY, **STARVED}, None) for i in range(12)][-1].state == "balanced"


def test_the_accuracy_that_means_something() -> None:
    def game(loss: Any, energy: bool = False) -> Any:
        discriminator = nn.Identity()
        discriminator.energy = energy  # type: ignore[assignment]
        return SimpleNamespace(discriminator=discriminator, loss=loss)

    assert accuracy_tag_of(game(NonSaturating())) == ACCURACY
    assert accuracy_tag_of(game(Wasserstein())) == "accuracy/pairwise"
    assert accuracy_tag_of(game(Relativistic())) == "accuracy/pairwise"
    assert accuracy_tag_of(game(Wasserstein(), energy=True)) is None


@pytest.mark.parametrize("stop", [3, 9, 11, 14])
def test_resume_goes_on_as_if_nothing_had_happened(stop: int) -> None:
    readings = [{}] * 8 + [{**STRONG, ACCURACY: 0.951 + 0.001 * index} for index in range(10)]
    whole, again = Diagnosis(), Diagnosis()
    told = judge(readings, whole)
    first = Diagnosis()
    judge(readings[:stop], first)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    again.load_state_dict(torch.load(file, weights_only=True))
    assert judge(readings[stop:], again, first=50 + 50 * stop) == told[stop:]
    assert again.state_dict() == whole.state_dict()


def test_every_bound_stands_in_the_yaml_with_its_meaning() -> None:
    path = config_dir() / "diagnosis" / "default.yaml"
    assert set(OmegaConf.load(path)) - {"_target_"} == set(settings_of(Diagnosis))
    bounds = [line for line in path.read_text().splitlines() if ":" in line and not line.startswith(("#", "_"))]
    assert all("  # " in line for line in bounds)
