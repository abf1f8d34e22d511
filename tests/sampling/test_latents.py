from __future__ import annotations

import math

import pytest
import torch

from gan_cli.errors import SettingError
from gan_cli.networks.base import Latent
from gan_cli.sampling.latents import Stream, shortened, slerp, truncate, walk


def at(share: float) -> torch.Tensor:
    return torch.tensor([share])


def test_half_way_between_orthogonal_unit_vectors():
    middle = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), at(0.5))
    torch.testing.assert_close(middle, torch.tensor([math.sqrt(0.5), math.sqrt(0.5)]))


def test_a_third_of_the_way_is_a_third_of_the_angle():
    point = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), at(1 / 3))
    torch.testing.assert_close(point, torch.tensor([math.sqrt(0.75), 0.5]))


def test_lengths_stay_where_both_ends_have_them():
    way = walk(torch.tensor([[3.0, 0.0, 0.0], [0.0, 3.0, 0.0]]), 7, "normal")
    torch.testing.assert_close(way.norm(dim=-1), torch.full((2, 7), 3.0))


def test_unequal_lengths_by_hand():
    """Orthogonal: cos(t pi / 2) a + sin(t pi / 2) b."""
    point = slerp(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0]), at(0.5))
    torch.testing.assert_close(point, torch.tensor([2.0, 4.0]) * math.sqrt(0.5))


@pytest.mark.parametrize("factor", [1.0, 3.0, -1.0, 0.0])
def test_parallel_and_opposite_vectors_are_joined_by_a_straight_line(factor):
    a = torch.tensor([1.0, 2.0])
    torch.testing.assert_close(slerp(a, factor * a, at(0.25)), a * (0.75 + 0.25 * factor))


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_walk_goes_from_end_to_end_and_round(kind):
    ends = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    way = walk(ends, 4, kind)
    assert way.shape == (3, 4, 2)
    torch.testing.assert_close(way[:, 0], ends)
    middle = torch.tensor([0.5, 0.5]) * (math.sqrt(2.0) if kind == "normal" else 1.0)
    torch.testing.assert_close(way[0, 2], middle)
    torch.testing.assert_close(way[2, 2], torch.zeros(2))


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_stream_begins_as_the_seed_says(kind):
    latent = Latent(10, kind)
    assert torch.equal(Stream(latent, 7).next(5), latent.draw_seeded(5, 7))


def test_a_stream_in_parts_is_the_stream_as_a_whole():
    parts, whole = Stream(Latent(6), 3, 0.5), Stream(Latent(6), 3, 0.5)
    assert torch.equal(torch.cat([parts.next(32), parts.next(32)]), whole.next(64))


@pytest.mark.parametrize("psi", [1e-3, 0.5, 1.0, 2.0])
def test_truncated_normal_latents_lie_within(psi):
    z = Stream(Latent(50), 1, psi).next(2000)
    assert z.abs().max() <= psi and torch.equal(z, Stream(Latent(50), 1, psi).next(2000))
    phi, inside = math.exp(-psi * psi / 2) / math.sqrt(2 * math.pi), math.erf(psi / math.sqrt(2))
    assert z.var().item() == pytest.approx(1 - 2 * psi * phi / inside, rel=0.02)
    assert abs(z.mean().item()) < 0.02 * psi


def test_components_within_stay_as_they_were():
    plain, truncated = Latent(50).draw_seeded(200, 4), Stream(Latent(50), 4, 1.5).next(200)
    assert torch.equal(plain[plain.abs() <= 1.5], truncated[plain.abs() <= 1.5])
    assert torch.equal(plain, Stream(Latent(50), 4, 50.0).next(200))


def test_uniform_latents_are_scaled():
    z = Latent(8, "uniform").draw_seeded(20, 2)
    assert torch.equal(Stream(Latent(8, "uniform"), 2, 0.25).next(20), z * 0.25)
    assert torch.equal(truncate(z, 1.0, "uniform", torch.Generator()), z)


def test_uniform_latents_end_at_1():
    with pytest.raises(SettingError, match=r"truncation=1\.5: must be <= 1"):
        Stream(Latent(8, "uniform"), 0, 1.5)


def test_how_short_truncated_latents_are() -> None:
    """Against those drawn: the root of the mean squares, 1 without truncation."""
    latent = Latent(100, "normal")
    for psi in (0.5, 0.7, 1.0, 1.5, 2.0):
        drawn = Stream(latent, 0, psi).next(2000)
        assert shortened(psi, "normal") == pytest.approx(drawn.square().mean().sqrt().item(), rel=0.01)
    assert shortened(9.0, "normal") == pytest.approx(1.0) and shortened(0.3, "uniform") == 0.3
