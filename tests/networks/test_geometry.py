from __future__ import annotations

import pytest

from gan_cli.errors import SettingError
from gan_cli.networks.geometry import (
    Pyramid,
    doubling_widths,
    require_overlap,
    require_positions,
    resolve_depth,
)
from gan_cli.networks.kinds import require_spatial
from gan_cli.spec import SampleSpec


@pytest.mark.parametrize(
    ("size", "stride", "depth", "start"),
    [
        ((64, 64), 2, 4, (4, 4)),
        ((32, 32), 2, 3, (4, 4)),
        ((28, 28), 2, 3, (4, 4)),
        ((33, 33), 2, 3, (5, 5)),
        ((31, 31), 2, 3, (4, 4)),
        ((16, 16), 2, 2, (4, 4)),
        ((15, 15), 2, 2, (4, 4)),
        ((9, 9), 2, 2, (3, 3)),
        ((8, 8), 2, 2, (2, 2)),
        ((8, 8), 3, 1, (3, 3)),
        ((18, 18), 3, 2, (2, 2)),
        ((7, 7), 2, 1, (4, 4)),
        ((5, 5), 2, 1, (3, 3)),
        ((4, 4), 2, 1, (2, 2)),
        ((16, 64), 2, 2, (4, 16)),
        ((16000,), 2, 12, (4,)),
        ((16000,), 4, 6, (4,)),
        ((8, 8), 1, 3, (8, 8)),
    ],
)
def test_automatic_depth(size: tuple[int, ...], stride: int, depth: int, start: tuple[int, ...]) -> None:
    pyramid = Pyramid.over(size, stride=stride, depth=None, widths=None)
    assert (pyramid.depth, pyramid.start) == (depth, start)


def test_surplus_is_shared_between_both_sides() -> None:
    pyramid = Pyramid.over((28, 33, 32), stride=2, depth=3, widths=None)
    assert pyramid.start == (4, 5, 4)
    assert pyramid.margins == ((2, 2), (3, 4), (0, 0))
    assert not pyramid.fits
    assert Pyramid.over((32,), stride=2, depth=3, widths=None).fits


@pytest.mark.parametrize(
    ("size", "stride", "depth", "widths", "text"),
    [
        ((8, 8), 2, 4, None, "depth=4: 8x8 can be halved 3 times at most; null chooses for you"),
        ((28, 20), 2, 5, None, "depth=5: 28x20 can be halved 4 times at most; null chooses for you"),
        ((8, 8), 3, 2, None, "depth=2: 8x8 can be divided by 3 once at most; null chooses for you"),
        ((100,), 2, 7, None, "depth=7: 100 long can be halved 6 times at most; null chooses for you"),
        ((4, 4), 2, None, [8, 8, 8], "widths=[8,8,8]: one layer per step: 4x4 can be halved 2 times at most"),
        ((7, 7), 8, None, None, "stride=8: the data are only 7x7; use at most 7"),
    ],
)
def test_too_deep(size: tuple[int, ...], stride: int, depth: int | None, widths: list[int] | None, text: str) -> None:
    with pytest.raises(SettingError) as caught:
        Pyramid.over(size, stride=stride, depth=depth, widths=widths)
    assert str(caught.value) == text


def test_deepest_legal_depth_is_legal() -> None:
    assert Pyramid.over((8, 8), stride=2, depth=3, widths=None).start == (1, 1)


def test_doubling_ends_at_the_most() -> None:
    assert doubling_widths(5, base_channels=64, max_channels=512) == [64, 128, 256, 512, 512]
    assert doubling_widths(2, base_channels=64, max_channels=48) == [48, 48]


@pytest.mark.parametrize(
    ("depth", "widths", "expected"), [(None, None, None), (2, None, 2), (None, [5, 6], 2), (1, [5], 1)]
)
def test_resolve_depth(depth: int | None, widths: list[int] | None, expected: int | None) -> None:
    assert resolve_depth(depth, widths) == expected


@pytest.mark.parametrize(
    ("depth", "widths", "text"),
    [
        (None, [], "widths=[]: list one width of at least 1 per layer, or null"),
        (None, [8, 0], "widths=[8,0]: list one width of at least 1 per layer, or null"),
        (3, [8], "depth=3: widths already lists 1 layer; set depth=null or widths=null"),
    ],
)
def test_widths_that_make_no_sense(depth: int | None, widths: list[int], text: str) -> None:
    with pytest.raises(SettingError) as caught:
        resolve_depth(depth, widths)
    assert str(caught.value) == text


def test_points_cannot_be_convolved() -> None:
    with pytest.raises(SettingError) as caught:
        require_spatial(SampleSpec((2,), None), side="generator", choice="conv")
    expected = "generator=conv: needs samples with spatial dimensions, but the data are 2-d points; use generator=mlp"
    assert str(caught.value.under("generator")) == expected


def test_kernel_smaller_than_stride() -> None:
    require_overlap(3, 3)
    with pytest.raises(SettingError, match="kernel_size=2: must be at least the stride, 3"):
        require_overlap(2, 3)


def test_instance_norm_of_a_single_value() -> None:
    require_positions("instance", (1, 2))
    require_positions("layer", (1, 1))
    with pytest.raises(SettingError, match="norm=instance: the smallest map here is 1x1, a single value"):
        require_positions("instance", (1, 1))
