"""DiffAugment and its operations: what each does to a sample, their gradients, shapes of every kind, refusals."""

from __future__ import annotations

import types

import pytest
import torch
from arena import IMAGES, POINTS, SPATIAL, assert_plays
from torch import Tensor

from gan_cli.balance import augmentations
from gan_cli.balance.augmentations import EVERYTHING, Operation
from gan_cli.balance.diff_augment import DiffAugment
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

COUNT = 400


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def attached(spec: SampleSpec, **settings: object) -> DiffAugment:
    technique = DiffAugment(**settings)  # type: ignore[arg-type]
    technique.attach(types.SimpleNamespace(step=torch.tensor(0), spec=spec))  # type: ignore[arg-type]
    return technique


def test_brightness_adds_one_number_per_sample() -> None:
    samples = torch.randn(COUNT, 2, 3)
    added = (augmentations.brightness(samples, reach=0.5) - samples).flatten(1)
    torch.testing.assert_close(added, added[:, :1].expand_as(added))
    assert added.min().item() == pytest.approx(-0.5, abs=0.02)
    assert added.max().item() == pytest.approx(0.5, abs=0.02)


def test_contrast_keeps_the_mean_and_scales_what_is_left() -> None:
    samples = torch.randn(COUNT, 2, 5)
    changed = augmentations.contrast(samples)
    torch.testing.assert_close(changed.mean((1, 2)), samples.mean((1, 2)))
    factor = changed.flatten(1).std(1) / samples.flatten(1).std(1)
    assert factor.min().item() == pytest.approx(0.5, abs=0.02)
    assert factor.max().item() == pytest.approx(1.5, abs=0.02)


def test_saturation_keeps_grey() -> None:
    samples = torch.randn(COUNT, 3, 2, 2)
    changed = augmentations.saturation(samples)
    torch.testing.assert_close(changed.mean(1), samples.mean(1))
    factor = (changed - changed.mean(1, keepdim=True)) / (samples - samples.mean(1, keepdim=True))
    torch.testing.assert_close(factor, factor[:, :1, :1, :1].expand_as(factor), rtol=1e-2, atol=1e-2)
    assert (factor.min().item(), factor.max().item()) == (pytest.approx(0.0, abs=0.02), pytest.approx(2.0, abs=0.02))


def shifted(row: Tensor, by: int) -> list[float]:
    values = row.tolist()
    return [values[i - by] if 0 <= i - by < len(values) else 0.0 for i in range(len(values))]


def test_translation_shifts_by_whole_positions_and_fills_with_zero() -> None:
    row = torch.arange(1.0, 9.0)
    found = {tuple(sample[0].tolist()) for sample in augmentations.translation(row.expand(COUNT, 1, 8), share=0.25)}
    assert found == {tuple(shifted(row, by)) for by in (-2, -1, 0, 1, 2)}


def test_translation_moves_all_channels_alike_and_each_axis_apart() -> None:
    image = torch.zeros(COUNT, 2, 4, 9)
    image[:, :, 1, 4] = 1.0
    moved = augmentations.translation(image, share=0.25)
    assert torch.equal(moved[:, 0], moved[:, 1])
    assert torch.equal(moved.sum((2, 3)), torch.ones(COUNT, 2))  # reach 1 and 2: never outside
    places = {(int(i) // 9, int(i) % 9) for i in moved[:, 0].flatten(1).argmax(1)}
    assert places == {(row, column) for row in (0, 1, 2) for column in (2, 3, 4, 5, 6)}


def test_the_gradient_goes_back_to_where_a_value_came_from() -> None:
    samples = torch.ones(COUNT, 1, 6, requires_grad=True)
    shown = augmentations.translation(samples, share=0.5)
    weights = torch.arange(1.0, 7.0)
    (shown * weights).sum().backward()
    torch.testing.assert_close(samples.grad.sum((1, 2)), (shown.detach() * weights).sum((1, 2)))


@pytest.mark.parametrize(("extent", "share", "whole"), [(8, 0.5, 4), (7, 0.4, 3)])
def test_cutout_blanks_one_box(extent: int, share: float, whole: int) -> None:
    blank = 1.0 - augmentations.cutout(torch.ones(COUNT, 1, extent), share=share)[:, 0]
    edges = blank.diff(dim=1, prepend=torch.zeros(COUNT, 1)).clamp_min(0.0).sum(1)
    assert torch.equal(edges, torch.ones(COUNT))  # one stretch, no holes
    assert set(blank.sum(1).int().tolist()) == set(range(whole - whole // 2, whole + 1))
    assert bool((blank.mean(0) > 0).all())


def test_cutout_is_a_box_on_an_image() -> None:
    image = augmentations.cutout(torch.ones(COUNT, 2, 8, 8), share=0.5)
    blank = image[:, 0] == 0
    assert torch.equal(blank.sum((1, 2)), blank.any(1).sum(1) * blank.any(2).sum(1))
    assert torch.equal(image[:, 0], image[:, 1])


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("spec", SPATIAL, ids=str)
def test_every_operation_on_every_kind(name: Operation, spec: SampleSpec) -> None:
    samples = torch.randn(6, *spec.shape, requires_grad=True)
    shown = attached(spec, policy=[name]).perturb(samples)
    assert shown.shape == samples.shape
    assert torch.equal(shown, samples) == (name == "saturation" and spec.channels != 3)
    shown.square().sum().backward()
    assert bool(torch.isfinite(samples.grad).all())
    assert bool(samples.grad.abs().sum() > 0)


def test_probability_chooses_samples() -> None:
    samples = torch.randn(COUNT, 1, 4)
    shown = attached(SampleSpec((1, 4)), policy=["brightness"], probability=0.25).perturb(samples)
    changed = (shown != samples).flatten(1).any(1)
    assert changed.float().mean().item() == pytest.approx(0.25, abs=0.06)
    assert torch.equal(attached(IMAGES, probability=0.0).perturb(samples[:, None]), samples[:, None])


def test_points_are_refused() -> None:
    with pytest.raises(SettingError, match=r"policy=.*points.*instance_noise"):
        attached(POINTS)


@pytest.mark.parametrize("spec", SPATIAL, ids=str)
def test_it_plays(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"diff_augment": DiffAugment()})
