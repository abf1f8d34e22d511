"""Pieces: connected parts, what they fill, and what is undecided, of voxels made by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from trials import trial

from gan_cli.data.solids import Solids
from gan_cli.metrics.pieces import Pieces
from gan_cli.spec import normalise


def voxels(*solids: Tensor) -> Tensor:
    """Solids (4, 4, 4) of occupancies in [0, 1] -> samples in [-1, 1]."""
    return torch.stack(solids)[:, None] * 2.0 - 1.0


def cube(*places: tuple[int, int, int], filled: float = 1.0) -> Tensor:
    solid = torch.zeros(4, 4, 4)
    for place in places:
        solid[place] = filled
    return solid


ROW, CORNERS = cube((0, 0, 0), (0, 0, 1), (0, 0, 2)), cube((0, 0, 0), (1, 1, 0), (3, 3, 3))


def measured(*solids: Tensor, **settings: float) -> dict[str, float]:
    samples = voxels(*solids)
    return Pieces(**settings).measure(trial(samples, samples))  # type: ignore[arg-type]


def test_parts_share_sides_and_not_edges() -> None:
    found = measured(ROW, CORNERS)
    assert found["one_piece"] == 0.5
    assert found["pieces"] == 2.0  # one, and three
    assert found["largest_piece"] == pytest.approx((1.0 + 1 / 3) / 2)
    assert found["occupancy"] == pytest.approx(3 / 64)
    assert found["undecided"] == 0.0


def test_nothing_at_all_is_no_piece() -> None:
    found = measured(torch.zeros(4, 4, 4))
    assert (found["one_piece"], found["pieces"], found["largest_piece"]) == (0.0, 0.0, 0.0)


def test_what_is_neither_air_nor_solid() -> None:
    found = measured(cube((0, 0, 0), (0, 0, 1), filled=0.4) + cube((2, 2, 2)))
    assert found["undecided"] == pytest.approx(2 / 64)
    assert found["pieces"] == 1.0
    assert measured(cube((0, 0, 0), filled=0.4), threshold=0.3)["pieces"] == 1.0


def test_crumbs_may_be_left_out() -> None:
    crumbs = ROW + cube((3, 3, 3))
    assert measured(crumbs)["one_piece"] == 0.0
    found = measured(crumbs, smallest=2)
    assert found["one_piece"] == 1.0
    assert found["largest_piece"] == pytest.approx(0.75)  # the crumb is still solid


def test_the_fullest_channel_counts() -> None:
    samples = torch.stack([ROW, torch.zeros(4, 4, 4)])[None] * 2.0 - 1.0
    assert Pieces().measure(trial(samples, samples))["occupancy"] == pytest.approx(3 / 64)


def test_the_solids_of_our_own_set_are_in_one_piece() -> None:
    source = Solids(num_samples=400)
    samples = normalise(source.draw(400, 0).samples, source.spec)
    found = Pieces().measure(trial(samples, samples))
    assert found["one_piece"] > 0.97
    assert found["occupancy"] == pytest.approx(0.11, abs=0.03)


def test_images_have_no_pieces() -> None:
    images = torch.zeros(4, 1, 2, 2)
    assert Pieces().lacks(trial(images, images)) == "needs voxels, such as data=solids"
