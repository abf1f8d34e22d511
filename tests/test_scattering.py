"""The description of images by their edges: what it must see, and what it must not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_cli.data.photo_crops import PhotoCrops
from gan_cli.distances import energy_distance
from gan_cli.perception import perceive, raw
from gan_cli.scattering import scattering
from gan_cli.spec import SampleSpec, normalise


def stripes(angle: float, wavelength: float, side: int = 32) -> Tensor:
    """One gray image (1, 1, side, side) of waves that travel at an angle in degrees; 0 is to the right."""
    down, right = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    turn = math.radians(angle)
    way = right * math.cos(turn) + down * math.sin(turn)
    return torch.sin(2 * math.pi * way / wavelength)[None, None]


def octaves(image: Tensor) -> Tensor:
    """The strengths of a gray 32x32 image, (octaves, directions), averaged over the places."""
    return scattering(image)[0, 64:].reshape(4, 4, 16).mean(dim=2)


@pytest.mark.parametrize("level", [-1.0, 0.3])
def test_flat_images_have_no_edges_but_their_brightness(level: float) -> None:
    vector = scattering(torch.full((1, 1, 32, 32), level))[0]
    assert torch.allclose(vector[:64], torch.tensor(0.7 * level))  # the thumbnail
    assert torch.allclose(vector[64:], torch.tensor(0.1), atol=1e-4)  # the root of the floor


@pytest.mark.parametrize("direction", range(4))
def test_waves_are_strongest_in_their_direction(direction: int) -> None:
    assert octaves(stripes(45.0 * direction, 3.3))[0].argmax() == direction


@pytest.mark.parametrize(("octave", "wavelength"), [(0, 3.3), (1, 6.6), (2, 13.2)])
def test_waves_are_strongest_in_the_octave_of_their_length(octave: int, wavelength: float) -> None:
    assert octaves(stripes(0.0, wavelength))[:, 0].argmax() == octave


def test_an_edge_is_described_where_it_is() -> None:
    image = -torch.ones(1, 1, 32, 32)
    image[..., :8, 4:] = 1.0  # an edge in the leftmost of the four columns
    fine = scattering(image)[0, 64:128].reshape(4, 4, 4)[0]  # the finest waves to the right, by place
    assert fine.argmax() == 0 and fine[2:].max() < 0.2 * fine.max()


def test_an_image_is_described_the_same_alone_and_among_others() -> None:
    images = torch.rand(700, 3, 48, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1  # more than one block
    assert torch.allclose(scattering(images)[[0, 699]], scattering(images[[0, 699]]), atol=1e-5)


def test_colours_are_told_apart_at_equal_brightness() -> None:
    red, blue = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.299 / 0.114])
    first, second = (colour[None, :, None, None].expand(1, 3, 16, 16) for colour in (red, blue))
    assert (scattering(first) - scattering(second)).abs().max() > 0.3


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 3), (3, 4, 4), (2, 5, 33), (4, 3, 64)])
def test_images_of_any_shape_have_a_description(shape: tuple[int, ...]) -> None:
    found = scattering(torch.rand(3, *shape) * 2 - 1)
    assert found.isfinite().all() and len(found) == 3 and found.dtype == torch.float32


def test_images_in_half_precision_are_described_in_full() -> None:
    images = torch.rand(4, 1, 16, 16) * 2 - 1
    assert torch.allclose(scattering(images.bfloat16()), scattering(images.bfloat16().float()))


def test_points_are_seen_as_they_are_and_images_by_their_edges() -> None:
    points, images = torch.randn(5, 2), torch.randn(5, 1, 8, 8)
    assert torch.equal(perceive(SampleSpec((2,), value_range=None))(points), points)
    assert torch.equal(perceive(SampleSpec((1, 8, 8)))(images), scattering(images))


def test_ruined_photographs_are_far_from_photographs_in_the_view_but_not_in_raw_values() -> None:
    crops = PhotoCrops(num_samples=512, holdout=0.0)
    photographs = normalise(crops.load().train.samples, crops.spec)
    real, other = photographs[:256], photographs[256:]
    coarse = F.avg_pool2d(other, 8)  # all that is left of an image is a colour for each of 16 squares
    blurred = F.interpolate(coarse, size=32, mode="bilinear")
    order = torch.randperm(32 * 32, generator=torch.Generator().manual_seed(0))
    shuffled = other.flatten(2)[..., order].reshape(other.shape)

    def distance(fake: Tensor, *, seen: bool) -> float:
        view = scattering if seen else raw
        return energy_distance(view(fake), view(real)).item()

    floor = distance(other, seen=False)
    assert max(distance(fake, seen=False) for fake in (blurred, shuffled)) < floor + 0.02
    assert distance(blurred, seen=True) > distance(other, seen=True) + 0.05
    assert distance(shuffled, seen=True) > distance(other, seen=True) + 0.2
