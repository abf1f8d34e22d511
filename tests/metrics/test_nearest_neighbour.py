"""NearestNeighbour: the accuracy and the matches by hand, on points and as the overlap of voxels."""

from __future__ import annotations

import pytest
import torch
from trials import normal, trial

from gan_cli.metrics.nearest_neighbour import NearestNeighbour, unlike


def measured(fake: list[float], real: list[float]) -> dict[str, float]:
    points = [torch.tensor(values)[:, None] * torch.ones(1, 2) for values in (fake, real)]
    return NearestNeighbour().measure(trial(*points))


def test_sets_apart_are_told_apart_and_sets_in_turns_never() -> None:
    assert measured([0.0, 1.0, 2.0], [10.0, 11.0, 12.0])["nearest_neighbour"] == 1.0
    assert measured([0.0, 10.0, 20.0], [1.0, 11.0, 21.0])["nearest_neighbour"] == 0.0


def test_by_hand() -> None:
    # the nearest other ones: 0 -> 1 (real), 4 -> 5 (fake), 5 -> 4 (fake); 1 -> 0 (fake), 20 -> 21, 21 -> 20 (real)
    found = measured([0.0, 4.0, 5.0], [1.0, 20.0, 21.0])
    assert found["nearest_neighbour"] == pytest.approx(4 / 6)
    assert found["matching_distance"] == pytest.approx(2**0.5 * (1 + 15 + 16) / 3)
    assert found["matched"] == pytest.approx(1 / 3)  # all three are nearest to the first


def test_copies_are_at_distance_zero_and_ties_decide_for_neither() -> None:
    found = measured([0.0, 0.0, 5.0, 5.0], [0.0, 0.0, 5.0, 5.0])
    assert found["nearest_neighbour"] == 0.5
    assert found["matching_distance"] == 0.0


def test_two_halves_of_one_set_cannot_be_told_apart() -> None:
    found = NearestNeighbour().measure(trial(normal(800, 3, 1), normal(800, 3, 2)))
    assert found["nearest_neighbour"] == pytest.approx(0.5, abs=0.04)
    assert 0.5 < found["matched"] < 0.75


def test_one_sample_repeated_matches_one() -> None:
    found = NearestNeighbour().measure(trial(torch.zeros(50, 2), normal(50, 2, 0)))
    assert found["matched"] == 1 / 50
    assert found["nearest_neighbour"] > 0.9


def test_the_overlap_of_solids() -> None:
    solids = torch.tensor([[1.0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]])
    found = unlike(solids, solids)
    assert found.diagonal().tolist() == [0.0, 0.0, 0.0]
    assert found[0, 1].item() == pytest.approx(1 - 1 / 3)
    assert found[0, 2].item() == 1.0


def test_voxels_are_compared_by_their_overlap() -> None:
    faint = torch.full((4, 1, 2, 2, 2), -1.0)
    faint[:, :, 0] = 0.2  # more than half full
    full = torch.full((4, 1, 2, 2, 2), -1.0)
    full[:, :, 0] = 1.0
    assert NearestNeighbour().measure(trial(faint, full))["matching_distance"] == 0.0
    full[:, :, 1, 0, 0] = 1.0
    assert NearestNeighbour().measure(trial(faint, full))["matching_distance"] == pytest.approx(1 - 4 / 5)
