"""Pictures: sizes and pixel values of tiles, projections, waveforms and the points figure."""

import numpy as np
import pytest
import torch

from gan_cli.pictures.render import render, tiles_of
from gan_cli.pictures.tiles import GAP_COLOUR, grid
from gan_cli.spec import SampleSpec


def test_digits_are_enlarged_by_whole_pixels_with_gaps_between():
    torch.manual_seed(0)
    samples = torch.rand(64, 1, 8, 8) * 2 - 1
    picture = render(samples, SampleSpec((1, 8, 8)))
    # 960 / (8 tiles * 8 pixels) = 15, so tiles of 120 pixels, and gaps of 120 // 16 = 7
    assert picture.shape == (8 * 120 + 9 * 7, 8 * 120 + 9 * 7, 3)
    assert picture.dtype == np.uint8
    levels = ((samples + 1) * 127.5).round().to(torch.uint8).numpy()
    top, left = 7 + 2 * 127, 7 + 5 * 127  # third row, sixth column
    tile = picture[top : top + 120, left : left + 120]
    expected = np.kron(levels[2 * 8 + 5, 0], np.ones((15, 15), dtype=np.uint8))
    assert all(np.array_equal(tile[..., channel], expected) for channel in range(3))
    assert (picture[top - 7 : top] == GAP_COLOUR).all()
    assert (picture[:, left + 120 : left + 127] == GAP_COLOUR).all()


def test_colours_and_value_range():
    samples = torch.tensor([0.0, 5.0, 10.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    picture = render(samples, SampleSpec((3, 4, 4), (0.0, 10.0)))
    assert picture[100, 100].tolist() == [0, 128, 255]
    clipped = render(samples * 3 - 15, SampleSpec((3, 4, 4), (0.0, 10.0)))
    assert clipped[100, 100].tolist() == [0, 0, 255]


@pytest.mark.parametrize("size", [8, 28, 32, 64])
def test_a_grid_of_64_is_neither_tiny_nor_huge(size):
    picture = render(torch.zeros(64, 1, size, size), SampleSpec((1, size, size)))
    assert 500 <= picture.shape[0] <= 1100
    assert picture.shape[0] == picture.shape[1]


def test_columns_and_unfilled_places():
    picture = render(torch.ones(5, 1, 8, 8), SampleSpec((1, 8, 8)), columns=3)
    height, width, _ = picture.shape
    assert width > height
    assert (picture[-height // 3, -width // 6] == GAP_COLOUR).all()
    assert (picture[-height // 3, width // 6] == 255).all()
    assert grid(np.zeros((2, 4, 4, 3), dtype=np.uint8), columns=9).shape[1] == 2 * 256 + 3 * 8


def test_other_channel_counts_stand_side_by_side():
    samples = torch.tensor([-1.0, 1.0]).view(1, 2, 1, 1).expand(1, 2, 8, 8)
    picture = render(samples, SampleSpec((2, 8, 8)))
    height, width, _ = picture.shape
    assert (picture[height // 2, width // 4] == 0).all()
    assert (picture[height // 2, 3 * width // 4] == 255).all()


def test_voxels_are_drawn_as_tiles_of_solids():
    samples = torch.full((2, 1, 4, 6, 8), -1.0)
    samples[:, 0, 1:3, 2:5, 3:6] = 1.0
    picture = render(samples, SampleSpec((1, 4, 6, 8)))
    assert picture.shape[1] > 2 * picture.shape[0] - 20
    left, right = picture[:, : picture.shape[1] // 2].astype(int), picture[:, picture.shape[1] // 2 :].astype(int)
    for half in (left, right):
        assert (half[..., 0] > half[..., 2] + 20).mean() > 0.02  # something warm on the cold background


@pytest.mark.parametrize("length", [2, 64, 224, 16000])
def test_audio_of_any_length(length):
    time = torch.linspace(0, 1, length)
    samples = (torch.sin(50 * time) * 0.9).expand(4, 1, length)
    picture = render(samples, SampleSpec((1, length)))
    assert picture.shape[1] >= 400


def test_a_waveform_fills_its_height_and_is_one_curve():
    tile = render(torch.tensor([-1.0, 1.0, -1.0]).view(1, 1, 3), SampleSpec((1, 3)), columns=1)
    ink = (tile == (38, 84, 140)).all(axis=2)
    inside = np.flatnonzero(ink.any(axis=0))
    assert len(inside) == inside[-1] - inside[0] + 1  # no column without ink
    assert ink[:, len(tile[0]) // 2].argmax() < 10  # loudest in the middle, at the upper edge


def test_a_spectrogram_shows_a_tone_at_its_height():
    time = torch.arange(16000) / 16000
    pictures = [
        render(torch.sin(2 * torch.pi * hz * time).view(1, 1, -1), SampleSpec((1, 16000))) for hz in (1000, 6000)
    ]
    low, high = (picture[len(picture) // 2 + 10 : -10, 120].sum(axis=1).argmin() for picture in pictures)
    assert low > high  # row 0 is the top


def test_a_quiet_clip_looks_quiet_in_a_spectrogram():
    tone = torch.sin(torch.arange(4096) / 4).view(1, 1, -1)

    def darkest(clips):
        tiles = tiles_of(clips, SampleSpec((1, 4096)))
        return [int(tile[len(tile) // 2 + 10 :].sum(axis=2).min()) for tile in tiles]

    loud, quiet, silent = darkest(torch.cat([tone, tone / 100, tone * 0]))
    assert loud < quiet - 50 < silent - 100
    assert darkest(tone / 1e5) == darkest(tone * 0), "where all are silent, nothing is drawn"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_any_float_type_and_memory_format(dtype):
    samples = torch.rand(4, 3, 8, 8).to(dtype).to(memory_format=torch.channels_last).requires_grad_()
    wide = samples.detach().float().contiguous()
    assert np.array_equal(render(samples, SampleSpec((3, 8, 8))), render(wide, SampleSpec((3, 8, 8))))


@pytest.mark.filterwarnings("error")
def test_a_diverged_run_still_has_a_picture():
    spoilt = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0]).view(4, 1, 1, 1).expand(4, 1, 4, 4)
    picture = render(spoilt, SampleSpec((1, 4, 4)))
    third = len(picture) // 4
    assert [picture[y, x, 0].item() for y in (third, -third) for x in (third, -third)] == [128, 255, 0, 128]
    assert render(torch.full((9, 2), float("nan")), SampleSpec((2,), None)).shape[2] == 3
