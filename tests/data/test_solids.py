"""Solids: what each kind looks like, that they stand upright, and that they are the same at every size."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_cli.data.solids import SOLIDS, Solids
from gan_cli.errors import SettingError

NAMES = [solid.__name__ for solid in SOLIDS]


@pytest.fixture(scope="module")
def occupancy() -> dict[str, Tensor]:
    """Solids of each kind (N, D, H, W): the share of each voxel that is filled."""
    table = Solids(size=24, num_samples=240, holdout=0.0).load().train
    return {name: table.samples[table.labels == label, 0].float() / 255 for label, name in enumerate(NAMES)}


def test_the_classes_have_names_and_come_in_turns() -> None:
    source = Solids(num_samples=16, holdout=0.0)
    assert source.spec.class_names == ("box", "ball", "cylinder", "cone", "torus", "pyramid", "table", "chair")
    table = source.load().train
    assert table.labels is not None and table.labels.tolist() == [*range(8), *range(8)]


def test_some_classes_keep_their_names() -> None:
    source = Solids(classes=[7, 6], num_samples=80, holdout=0.0)
    assert source.spec.class_names == ("chair", "table") and source.spec.num_classes == 2
    some, every = source.load().train, Solids(num_samples=80, holdout=0.0).load().train
    assert some.labels is not None and every.labels is not None
    assert torch.equal(some.samples[some.labels == 0], every.samples[every.labels == 7])
    with pytest.raises(SettingError, match="classes=.*there is no class 8; class numbers are 0 to 7"):
        Solids(classes=[8])


@pytest.mark.parametrize("name", NAMES)
def test_every_solid_is_inside_the_cube_and_none_is_like_another(name: str, occupancy: dict[str, Tensor]) -> None:
    solids = occupancy[name]
    walls = torch.stack([solids.select(axis, place) for axis in (1, 2, 3) for place in (0, -1)])
    assert walls.max() < 0.5
    assert (solids.mean(dim=(1, 2, 3)) > 0.02).all() and (solids.mean(dim=(1, 2, 3)) < 0.45).all()
    assert len(solids.flatten(1).unique(dim=0)) == len(solids)


def test_cones_and_pyramids_stand_on_their_broad_side(occupancy: dict[str, Tensor]) -> None:
    for name in ("cone", "pyramid"):
        per_height = occupancy[name].sum(dim=(2, 3))
        assert (per_height[:, :12].sum(dim=1) > 4 * per_height[:, 12:].sum(dim=1)).all()


def test_a_torus_has_a_hole_and_a_ball_has_none(occupancy: dict[str, Tensor]) -> None:
    assert occupancy["torus"][:, :, 11:13, 11:13].max() == 0.0
    assert occupancy["ball"][:, 11:13, 11:13, 11:13].min() == 1.0


def test_boxes_are_cut_straight_and_cylinders_are_round(occupancy: dict[str, Tensor]) -> None:
    for solid in occupancy["cylinder"]:
        middle = solid[12]
        assert torch.equal(middle, middle.flip(0, 1))
        assert 0.7 < middle.sum() / (torch.pi / 4 * middle.amax(0).sum() * middle.amax(1).sum()) < 1.15
    sections = occupancy["box"][:, 10:14]
    assert torch.equal(sections, sections[:, :1].expand_as(sections))


def test_tables_are_broad_above_and_chairs_have_a_back(occupancy: dict[str, Tensor]) -> None:
    for name in ("table", "chair"):
        per_height = occupancy[name].sum(dim=(2, 3))
        highest = per_height.argmax(dim=1)
        feet = torch.stack([heights[heights > 4].min() for heights in per_height])
        assert (feet < 0.5 * per_height.amax(dim=1)).all()  # on legs
        assert (highest > 12).all() if name == "table" else (highest < 14).all()
    for solid in occupancy["chair"]:
        top = solid[(solid.sum(dim=(1, 2)) > 1).nonzero().max()]
        where = (top > 0).nonzero().float().mean(dim=0) - 11.5
        assert where.norm() > 2.0  # the back is not in the middle


def test_a_coarse_solid_is_the_mean_of_a_fine_one() -> None:
    coarse, fine = (Solids(size=size, num_samples=32, holdout=0.0).load().train.samples for size in (16, 32))
    averaged = torch.nn.functional.avg_pool3d(fine.float(), 2)
    assert (coarse.float() - averaged).abs().mean() < 3.0


def test_the_seed_chooses_the_solids() -> None:
    first, again, other = (Solids(num_samples=16, seed=seed).load().train.samples for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
