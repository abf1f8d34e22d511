"""The best result of a run so far, and of which figure it is."""

from __future__ import annotations

import math

import pytest

from gan_cli.quality.best_result import BestResult


@pytest.mark.parametrize(("small_is_good", "sign"), [(True, 1.0), (False, -1.0)])
def test_the_best_so_far_and_how_long_ago(small_is_good: bool, sign: float) -> None:
    best = BestResult("distance", small_is_good=small_is_good)
    found = [(best.add(sign * value), best.waiting) for value in (3.0, 4.0, 3.0, 1.0, math.nan)]
    assert found == [(True, 0), (False, 1), (False, 2), (True, 0), (False, 1)]
    assert best.value == sign


def test_nan_is_no_record() -> None:
    best = BestResult("distance", small_is_good=True)
    assert not best.add(math.nan) and best.saved() is None
    assert best.add(7.0)


def test_a_record_goes_on_under_its_name() -> None:
    best, later = (BestResult("distance by classifier a1", small_is_good=True) for _ in range(2))
    best.add(2.0)
    best.add(3.0)
    assert later.restore(best.saved(), best.waiting, alone=False)
    assert (later.value, later.waiting, later.add(2.5), later.add(1.5)) == (2.0, 1, False, True)


@pytest.mark.parametrize("name", ["distance", "distance by classifier b2", "another by classifier a1"])
def test_a_record_of_another_figure_does_not_count(name: str) -> None:
    later = BestResult(name, small_is_good=True)
    assert not later.restore({"distance by classifier a1": 2.0}, 5, alone=True)
    assert (later.value, later.waiting, later.add(9.0)) == (None, 0, True)


def test_a_number_without_a_name_counts_if_it_can_be_of_one_figure_only() -> None:
    best = BestResult("distance", small_is_good=True)
    assert best.restore(0.5, 3, alone=True) and (best.value, best.waiting) == (0.5, 3)
    assert not best.restore(0.5, 3, alone=False) and (best.value, best.waiting) == (None, 0)
    assert best.restore(None, 3, alone=False) and (best.value, best.waiting) == (None, 0)
