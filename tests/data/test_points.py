import math

import pytest
import torch

from gan_cli.data.grid import Grid
from gan_cli.data.ring import Ring
from gan_cli.data.swiss_roll import SwissRoll
from gan_cli.data.two_moons import TwoMoons


def test_ring_centres_by_hand():
    half = math.sqrt(0.5)
    expected = [[1, 0], [half, half], [0, 1], [-half, half], [-1, 0], [-half, -half], [0, -1], [half, -half]]
    torch.testing.assert_close(Ring().centres, torch.tensor(expected), atol=1e-6, rtol=0)


def test_grid_centres_by_hand():
    centres = Grid().centres
    assert centres.shape == (25, 2)
    assert centres[0].tolist() == [-4, -4] and centres[1].tolist() == [-4, -2] and centres[24].tolist() == [4, 4]
    assert centres.unique().tolist() == [-4, -2, 0, 2, 4]
    assert Grid(side=2, spacing=3.0).centres.tolist() == [[-1.5, -1.5], [-1.5, 1.5], [1.5, -1.5], [1.5, 1.5]]


@pytest.mark.parametrize(
    "source",
    [
        Ring(holdout=0.0),
        Grid(holdout=0.0),
        Ring(modes=3, radius=2.0, sigma=0.2, num_samples=30000, holdout=0.0),
    ],
)
def test_every_mode_has_its_share_its_centre_and_its_sigma(source):
    table = source.load().train
    modes = len(source.centres)
    for mode in range(modes):
        points = table.samples[table.labels == mode]
        assert abs(len(points) - len(table) / modes) <= 1
        # the mean of n points strays by sigma / sqrt(n); 5 of these is far
        assert (points.mean(0) - source.centres[mode]).abs().max() < 5 * source.sigma / math.sqrt(len(points))
        assert points.std(0).tolist() == pytest.approx([source.sigma] * 2, rel=0.08)


def test_seed_is_the_points_own():
    assert not torch.equal(Ring(seed=1).load().train.samples, Ring(seed=2).load().train.samples)


def test_swiss_roll_is_the_spiral():
    points = SwissRoll(noise=0.0, num_samples=2000).load().train.samples * 7.5
    radius = points.norm(dim=1)  # t of (t cos t, t sin t)
    assert radius.min() >= 1.5 * math.pi - 1e-4 and radius.max() <= 4.5 * math.pi + 1e-4
    torch.testing.assert_close(points[:, 0], radius * radius.cos(), atol=1e-3, rtol=0)
    torch.testing.assert_close(points[:, 1], radius * radius.sin(), atol=1e-3, rtol=0)


def test_two_moons_lie_on_their_circles():
    table = TwoMoons(noise=0.0, num_samples=200, holdout=0.0).load().train
    upper, lower = table.samples[table.labels == 0], table.samples[table.labels == 1]
    assert len(upper) == len(lower) == 100
    torch.testing.assert_close(upper.norm(dim=1), torch.ones(100))
    torch.testing.assert_close((lower - torch.tensor([1.0, 0.5])).norm(dim=1), torch.ones(100))
    assert upper[:, 1].min() >= -1e-6 and lower[:, 1].max() <= 0.5 + 1e-6
