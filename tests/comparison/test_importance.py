"""What matters, on functions whose variance can be taken apart by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from test_groups import ROW

from gan_cli.comparison.groups import Group
from gan_cli.comparison.importance import COMPLETE, Importance, importance
from gan_cli.comparison.varying import Axis

A, B, C = Axis("a", (0, 1, 2)), Axis("b", (0, 1)), Axis("c", ("x", "y"))


def mapped(
    function: Callable[..., float],
    axes: Sequence[Axis] = (A, B, C),
    *,
    without: int = 0,
    seeds: Sequence[float] = (0.0,),
) -> list[Group]:
    """A group for each point of the grid but the last few; each seed adds its number."""
    points = list(itertools.product(*(axis.values for axis in axes)))
    return [
        Group(
            dict(zip((axis.key for axis in axes), point, strict=True)),
            tuple(replace(ROW, values={"m": function(*point) + seed}) for seed in seeds),
        )
        for point in points[: len(points) - without]
    ]


def found(*arguments: object, **more: object) -> Importance:
    result = importance(mapped(*arguments, **more), (A, B, C), "m")  # type: ignore[arg-type]
    assert isinstance(result, Importance), result
    return result


def test_a_sum_has_no_pairs() -> None:
    """y = 2a + 3b: variances 4 * 2/3 and 9 * 1/4, so 32/59 and 27/59."""
    result = found(lambda a, b, c: 2 * a + 3 * b - 7)
    assert result.shares == pytest.approx(
        {("a",): 32 / 59, ("b",): 27 / 59, ("c",): 0, ("a", "b"): 0, ("a", "c"): 0, ("b", "c"): 0}, abs=1e-12
    )
    assert list(result.shares)[:2] == [("a",), ("b",)]
    assert result.method == COMPLETE and result.noise is None
    assert result.strongest_pair() == ("a", "b")


def test_a_pure_interaction_is_all_pair() -> None:
    """y = +1 where b and c agree, -1 where not: neither alone says anything."""
    result = found(lambda a, b, c: 1.0 if b == (c == "y") else -1.0)
    assert result.shares[("b", "c")] == pytest.approx(1.0)
    assert result.shares[("b",)] == pytest.approx(0.0) and result.shares[("a", "b")] == pytest.approx(0.0)
    assert result.strongest_pair() == ("b", "c")


def test_main_effect_and_interaction_together() -> None:
    """y = b + 2[b and c]: cells 0, 0, 1, 3 of variance 3/2; b: means 0, 2, c: 1/2, 3/2, together 1/4."""
    result = found(lambda a, b, c: b + 2 * (b and c == "y"))
    assert result.shares[("b",)] == pytest.approx(1.0 / 1.5)
    assert result.shares[("c",)] == pytest.approx(0.25 / 1.5)
    assert result.shares[("b", "c")] == pytest.approx(0.25 / 1.5)


def test_values_far_apart_are_looked_at_on_a_log_scale() -> None:
    """A product is a sum of logarithms."""
    result = found(lambda a, b, c: 10.0**a * 2.0**b)
    assert result.method.endswith("of the logarithm")
    assert result.shares[("a", "b")] == pytest.approx(0.0, abs=1e-12)
    mains = 2 / 3 * np.log(10) ** 2, 1 / 4 * np.log(2) ** 2
    assert result.shares[("a",)] == pytest.approx(mains[0] / sum(mains))


def test_what_the_seeds_alone_would_make() -> None:
    """Seeds 0 and 2: each mean has variance 2/2 = 1; y = 2a has 8/3."""
    assert found(lambda a, b, c: 2 * a, seeds=(0.0, 2.0)).noise == pytest.approx(3 / 8)


def test_missing_cells_are_filled_by_a_forest_and_said_so() -> None:
    result = found(lambda a, b, c: 2.0 * a, without=1)
    assert "1 of 12 cells" in result.method and "random forest" in result.method
    assert result.shares[("a",)] > 0.8
    assert result.shares == found(lambda a, b, c: 2.0 * a, without=1).shares  # no chance in it


def test_too_few_points_to_tell() -> None:
    words = importance(mapped(lambda a, b, c: float(a), without=5), (A, B, C), "m")
    assert words == "7 of 7 points have a figure, and 10 are needed to say what matters"


def test_where_nothing_matters() -> None:
    assert importance(mapped(lambda a, b, c: 0.1 + 0.2), (A, B, C), "m") == (
        "all points have the same figure, so no setting matters"
    )


def test_what_would_be_guessed_for_the_most_part_is_not_told() -> None:
    """18 trials of a random search over three axes are 18 of 5,832 cells."""
    axes = [Axis(key, tuple(place / 18 for place in range(18))) for key in "abc"]
    diagonal = [
        Group(dict.fromkeys("abc", place / 18), (replace(ROW, values={"m": float(place)}),)) for place in range(18)
    ]
    assert importance(diagonal, axes, "m") == (
        "18 of 5,832 cells of the grid have a figure; too few to say what matters"
    )


@pytest.mark.parametrize(("without", "told"), [(0, True), (4, True), (5, False)])
def test_three_quarters_of_the_cells_are_enough(without: int, told: bool) -> None:
    axes = (Axis("a", tuple(range(8))), Axis("b", (0, 1)))
    said = importance(mapped(lambda a, b: a + b, axes, without=without), axes, "m")
    assert isinstance(said, Importance) == told
