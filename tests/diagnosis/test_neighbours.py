"""What is left out, what strays and what is repeated: by hand, and the same 0 and 1 on any data."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gan_cli.data.photo_crops import PhotoCrops
from gan_cli.diagnosis import neighbours
from gan_cli.distances import PairDistances, among, pairwise
from gan_cli.perception import perceive, raw
from gan_cli.spec import normalise

Draw = Callable[[int, int], Tensor]
"""Number and seed -> samples (N, F)."""


def normal(count: int, width: int, seed: int) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def ring(count: int, seed: int, modes: int = 8) -> Tensor:
    """Points around the first of eight places on a circle."""
    angles = torch.arange(count) % modes * (2 * math.pi / 8)
    return torch.stack([angles.cos(), angles.sin()], dim=1) + 0.02 * normal(count, 2, seed)


DATA: dict[str, Draw] = {
    "points": lambda count, seed: normal(count, 2, seed),
    "long vectors": lambda count, seed: normal(count, 5, seed) @ normal(5, 200, 99),
    "ring": ring,
    "heavy tails": lambda count, seed: normal(count, 5, seed) ** 3,
    "nearly flat": lambda count, seed: normal(count, 20, seed) * 0.5 ** torch.arange(20),
}


def apart(fake: Tensor, real: Tensor) -> PairDistances:
    return PairDistances(among(fake), among(real), pairwise(fake, real))


def missed(real: Tensor, fake: Tensor) -> Tensor:
    return neighbours.missed(apart(fake, real))


def astray(fake: Tensor, real: Tensor) -> Tensor:
    return neighbours.astray(apart(fake, real))


def repeated(fake: Tensor, real: Tensor) -> Tensor:
    return neighbours.repeated(apart(fake, real))


def line(*places: float) -> Tensor:
    return torch.tensor(places, dtype=torch.float32)[:, None]


def test_missed_by_hand() -> None:
    # with three real samples k is 1: the others are 1, 1 and 2 away
    real = line(0, 1, 3)
    chance = 1 - 2 / 4  # that the nearest of two real and two fake samples is a fake
    assert missed(real, line(0.5, 9)).item() == pytest.approx(1 - (2 / 3) / chance)
    assert missed(real, line(5, 9)).item() == pytest.approx(1 - (1 / 3) / chance)  # 3 has 5 as near as 1
    assert missed(real, line(8, 9)).item() == 1.0


def test_astray_by_hand() -> None:
    real = line(0, 1, 3)
    # left out, 0 is 1 from 1, whose other neighbour is 2 away; 1 is 1 from 0, whose other one is 3 away;
    # 3 is 2 from 1, whose nearest other one is 1 away: two of three are inside
    assert astray(line(0.5, 3.5), real).item() == pytest.approx(1 - 1 / (2 / 3))
    assert astray(line(0.5, 9), real).item() == pytest.approx(1 - 0.5 / (2 / 3))
    assert astray(line(-5, 9), real).item() == 1.0


def test_repeated_by_hand() -> None:
    # the nearest others of the five real samples are 4, 4, 8, 16 and 32 away: a fifth of them, one, is within 4
    real = line(0, 4, 12, 28, 60)
    assert repeated(line(0, 2, 100, 200, 300), real).item() == pytest.approx(2 / 5), "within half of it"
    assert repeated(line(0, 2, 100, 102, 300), real).item() == pytest.approx(4 / 5)
    assert repeated(line(0, 0, 0, 0, 0), real).item() == 1.0
    assert repeated(line(0, 3, 6, 9, 12), real).item() == 0.0
    # of more samples, the first ones
    assert repeated(line(0, 2, 100, 200, 300, 300, 300), real).item() == pytest.approx(2 / 5)


def test_real_samples_that_repeat_each_other_are_taken_off() -> None:
    # here two of six are alike by chance: half of the distance within which a fifth have another one is 0
    real = line(0, 0, 9, 18, 27, 36)
    assert repeated(line(0, 0, 9, 18, 27, 36), real).item() == 0.0
    assert repeated(line(0, 1, 2, 3, 4, 5), real).item() == pytest.approx((0 - 2 / 6) / (1 - 2 / 6))
    assert repeated(line(0, 0, 2, 2, 4, 5), real).item() == pytest.approx((4 / 6 - 2 / 6) / (1 - 2 / 6))


def test_blurred_images_are_nearer_to_each_other_but_no_repetitions() -> None:
    crops = PhotoCrops(num_samples=512, holdout=0.0)
    photographs = normalise(crops.load().train.samples, crops.spec)
    view = perceive(crops.spec)
    real, blurred = view(photographs[:256]), view(torch.nn.functional.avg_pool2d(photographs[256:], 5, 1, 2))
    assert among(blurred).amin(dim=1).median() < 0.9 * among(real).amin(dim=1).median()
    assert abs(repeated(blurred, real).item()) < 0.1
    few = view(photographs[256:272] + 0.0).repeat(16, 1)
    assert repeated(few + 1e-3 * normal(*few.shape, 0), real).item() > 0.95


@pytest.mark.parametrize("draw", DATA.values(), ids=DATA)
def test_few_drawings_that_are_repeated_are_repeated_however_they_vary(draw: Draw) -> None:
    """Sixteen real samples, each with tiny changes: as a whole they vary as much as the data."""
    for real, others in pairs(draw):
        few = others[:16].repeat(16, 1)
        few = few + 1e-4 * real.std() * normal(*few.shape, 3)
        assert repeated(few, real).item() > 0.95
        assert few.var(dim=0).sum() > 0.3 * others.var(dim=0).sum()


@pytest.mark.parametrize("draw", DATA.values(), ids=DATA)
def test_all_are_0_for_samples_of_the_same_distribution(draw: Draw) -> None:
    found = [(missed(real, fake), astray(fake, real), repeated(fake, real)) for real, fake in pairs(draw)]
    for values in zip(*found, strict=True):
        assert abs(torch.stack(values).mean().item()) < 0.05


@pytest.mark.parametrize("draw", DATA.values(), ids=DATA)
def test_both_are_1_for_samples_that_are_nowhere_near(draw: Draw) -> None:
    for real, fake in pairs(draw):
        assert missed(real, fake + 1000.0) == 1.0 and astray(fake + 1000.0, real) == 1.0


def pairs(draw: Draw) -> list[tuple[Tensor, Tensor]]:
    return [(draw(256, 2 * seed), draw(256, 2 * seed + 1)) for seed in range(8)]


def test_modes_that_are_left_out_are_missed_and_the_others_do_not_stray() -> None:
    found = [
        (missed(ring(256, 0), fake), astray(fake, ring(256, 0))) for fake in (ring(256, 1, n) for n in (8, 6, 4, 2))
    ]
    for (left_out, strays), expected in zip(found, (0.0, 0.25, 0.5, 0.75), strict=True):
        assert left_out.item() == pytest.approx(expected, abs=0.06) and abs(strays.item()) < 0.1


def test_noise_strays_from_the_data_and_one_repeated_sample_misses_them() -> None:
    real = ring(256, 0)
    assert astray(ring(256, 1) + 0.3 * normal(256, 2, 2), real).item() > 0.7
    same = ring(1, 1).expand(256, -1)
    assert missed(real, same).item() > 0.85 and astray(same, real).item() < 0.1


def test_the_mean_of_all_photographs_is_none_of_them_in_the_view_of_images() -> None:
    crops = PhotoCrops(num_samples=512, holdout=0.0)
    photographs = normalise(crops.load().train.samples, crops.spec)
    real, other = photographs[:256], photographs[256:]
    mean = real.mean(dim=0) + 0.01 * normal(256, real[0].numel(), 0).reshape(real.shape)
    view = perceive(crops.spec)
    assert astray(raw(mean), raw(real)).item() < 0.0  # nearer to the photographs than these are to each other
    assert astray(view(mean), view(real)).item() == 1.0 and missed(view(real), view(mean)).item() > 0.95
    assert abs(astray(view(other), view(real)).item()) < 0.1 and abs(missed(view(real), view(other)).item()) < 0.05


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_samples_say_nothing(count: int) -> None:
    real = normal(count, 2, 0)
    fake = normal(5, 2, 1)
    assert (missed(real, fake).item(), astray(fake, real).item(), repeated(fake, real).item()) == (0.0, 0.0, 0.0)


def test_equal_samples_are_no_trouble() -> None:
    real = torch.zeros(10, 3)
    assert missed(real, real).item() <= 0.0 and astray(real, real).item() == 0.0
    assert missed(real, real + 1.0).item() == 1.0 and astray(real + 1.0, real).item() == 1.0
    assert repeated(real, real).item() == 0.0 and repeated(normal(10, 3, 0), real).item() < 0.0, "none are alike"
