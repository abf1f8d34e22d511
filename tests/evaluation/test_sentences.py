"""The words at the end of `gan evaluate`."""

from __future__ import annotations

import math

import pytest

from gan_cli.evaluation.sentences import sentences
from gan_cli.evaluation.table import Figure


def high(name: str, value: float, floor: float | None) -> Figure:
    return Figure(name, value, "high", None, floor)


def low(name: str, value: float, floor: float | None) -> Figure:
    return Figure(name, value, "low", None, floor)


def test_what_is_good_comes_before_what_is_lacking_and_the_whole_last() -> None:
    figures = [low("frechet_classifier", 1.84, 0.17), high("precision", 0.73, 0.86), high("recall", 0.84, 0.86)]
    assert sentences(figures) == [
        "good: 84 of 100 real samples have a similar one among the samples, 86 among other real ones (recall)",
        "lacking: 73 of 100 samples look like data, of real ones 86 (precision)",
        "in all: frechet_classifier is 11 times that of real data",
    ]


def test_a_distance_at_its_floor_does_not_hide_what_is_lacking() -> None:
    figures = [low("energy_distance", 0.001, 0.002), high("precision", 0.22, 0.84)]
    assert sentences(figures)[-1] == (
        "in all: energy_distance cannot tell the samples from real data, but it does not see what is lacking"
    )
    assert sentences(figures[:1]) == ["in all: energy_distance cannot tell the samples from real data"]


def test_voxels_are_told_by_their_pieces() -> None:
    figures = [Figure("one_piece", 0.62, "real", None, 0.99), Figure("pieces", 1.9, "real", None, 1.0)]
    assert sentences(figures) == ["lacking: 62 of 100 samples are in one piece, of real ones 99 (one_piece)"]


def test_text_is_told_by_its_runs_of_tokens() -> None:
    figures = [high("ngram_precision", 0.6, 0.62), high("ngram_recall", 0.1, 0.6), low("js4", 0.9, 0.3)]
    assert sentences(figures) == [
        "good: 60 of 100 short runs of tokens in the samples occur in the data, with real texts in their place 62 "
        "(ngram_precision)",
        "lacking: 10 of 100 short runs of tokens in the data occur in the samples, with real texts in their place 60 "
        "(ngram_recall)",
        "in all: js4 is 3.0 times that of real data",
    ]


def test_points_are_told_by_their_modes() -> None:
    figures = [high("modes", 6.0, 8.0), high("high_quality", 0.98, 0.99), low("energy_distance", 0.03, -0.001)]
    assert sentences(figures) == [
        "good: 98 of 100 samples are on a mode, of real ones 99 (high_quality)",
        "lacking: 6 of 8 modes occur (modes)",
        "in all: energy_distance is 0.03, that of real data about 0",
    ]


def test_coverage_is_told_rather_than_recall() -> None:
    told = sentences([high("recall", 0.906, 0.578), high("coverage", 0.522, 0.961)])
    assert told == ["lacking: 52 of 100 real samples have a similar one among the samples, "
                    "96 among other real ones (coverage)"]  # fmt: skip


def test_the_distance_that_sees_most_is_told() -> None:
    distances = [low("energy_distance", 0.1, 0.01), low("frechet_view", 0.9, 0.3), low("frechet_classifier", 8.0, 1.0)]
    assert sentences(distances) == ["in all: frechet_classifier is 8.0 times that of real data"]
    assert sentences(distances[:2]) == ["in all: frechet_view is 3.0 times that of real data"]


def test_figures_in_the_view_stand_in_where_there_is_no_classifier() -> None:
    figures = [
        low("energy_distance", 0.001, 0.002), low("energy_distance_view", 0.2, 0.1), high("precision_view", 0.4, 0.8),
        high("recall_view", 0.9, 0.9), high("coverage_view", 0.5, 0.9), low("copies_view", 0.5, None),
    ]  # fmt: skip
    assert sentences(figures) == [
        "lacking: 40 of 100 samples look like data, of real ones 80 (precision_view)",
        "lacking: 50 of 100 real samples have a similar one among the samples, 90 among other real ones "
        "(coverage_view)",
        "lacking: 50 of 100 samples are close to copies of training samples, 1 is expected (copies_view)",
        "in all: energy_distance_view is 2.0 times that of real data",
    ]


@pytest.mark.parametrize(("share", "named"), [(0.01, False), (0.049, False), (0.05, True), (0.9, True)])
def test_copies_are_named_if_there_are_more_than_by_chance(share: float, named: bool) -> None:
    told = sentences([low("copies", share, None)])
    assert told == ([f"lacking: {round(100 * share)} of 100 samples are close to copies of training samples, "
                     "1 is expected (copies)"] if named else [])  # fmt: skip


def test_nothing_is_said_without_a_result_of_real_data_or_a_number() -> None:
    assert sentences([high("precision", 0.5, None), low("frechet_view", 0.5, None)]) == []
    assert sentences([high("precision", math.nan, 0.8), low("frechet_view", math.inf, 0.1)]) == []
    assert sentences([high("recall", 0.0, 0.0)]) == []


def test_a_whine_is_named_with_its_remedy() -> None:
    (said,) = sentences([Figure("comb", 0.31, "real", None, 0.02)])
    assert said.startswith(
        "lacking: 31 % of the energy is a whine, of real sound 2 %; try generator.upsampling=nearest"
    )
    assert not sentences([Figure("comb", 0.04, "real", None, 0.02)])
