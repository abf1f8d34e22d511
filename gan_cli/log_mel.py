"""Describes sound by how loud each band of pitches is, and when: a log-mel spectrogram. Nothing is trained.

The bands are laid out as the ear tells pitches apart, mel = 2595 log10(1 + f / 700 Hz), but in cycles per sample: half
of the sample rate is taken for 4,000 Hz, so that the rate need not be known.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

BANDS = 40
"""Bands of a window of at least 160 values; shorter windows have one for every four values."""
_PLACES = 32
"""A channel has this many places in time, and up to twice as many if its length is no power of two."""
_SHORTEST, _USUAL, _LONGEST = 16, 128, 1024
"""Values of a window: no fewer, no fewer if the clip is long enough, no more."""
_FLOOR = 1e-6
"""Power at which silence begins, relative to a tone of full scale: -60 dB."""
_HALF_RATE = 4000.0
"""The frequency in Hz that half of the sample rate is taken for."""
_BLOCK = 2**21
"""Values that are described at once, which bounds the memory."""


def log_mel(clips: Tensor) -> Tensor:
    """Describe clips (N, C, length) in [-1, 1], at least one, by vectors (N, F), float32, computed in float32.

    A vector has, for each channel, 40 bands at 32 to 64 places in time, fewer of short clips, at least 32 in all
    channels together. A value is 0 for silence, and 1 for a tone of full scale in the middle of the band.
    """
    count = max(1, _BLOCK // clips[0].numel())
    with torch.autocast(clips.device.type, enabled=False):
        return torch.cat([_described(part.float()) for part in torch.split(clips, count)])


def bands_of(length: int, channels: int = 1) -> Tensor:
    """Return the middle of each band (bands,), in cycles per sample, of clips of this length."""
    window, _ = _windows(length, channels)
    return _edges(window)[1:-1] / _HALF_RATE / 2.0


def _described(clips: Tensor) -> Tensor:
    count, channels, length = clips.shape
    window, hop = _windows(length, channels)
    single = F.pad(clips, (0, max(0, _SHORTEST - length))).flatten(0, 1)
    # torch.stft is the same, but it turns tensors in place, so that the gauges could not be recorded as operations
    mirrored = F.pad(single, (window // 2, window // 2), mode="reflect")
    frames = mirrored.unfold(1, window, min(hop, window // 2)) * _shape(window, single.device)
    power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(dim=-1)
    by_band = (power @ _filters(window, single.device)).transpose(1, 2)  # (N * C, bands, times)
    places = 1 + max(length, _SHORTEST) // hop
    loudness = F.adaptive_avg_pool1d(by_band, min(places, by_band.shape[-1]))
    return ((loudness + _FLOOR) / _FLOOR).log().div(-math.log(_FLOOR)).reshape(count, -1)


def _windows(length: int, channels: int) -> tuple[int, int]:
    """Return the values of a window, and how far places in time are apart: both powers of two."""
    hop = _power_of_two(length * channels / _PLACES)
    window = min(max(2 * hop, _USUAL), _LONGEST, _power_of_two(length))
    return max(window, _SHORTEST), min(hop, _power_of_two(length))


def _power_of_two(most: float) -> int:
    """Return the largest power of two that is at most this; at least 1."""
    return 1 << max(0, math.floor(math.log2(max(most, 1.0))))


@cache
def _shape(window: int, device: torch.device) -> Tensor:
    """Return a Hann window (window,), in which a tone of full scale has power 1, summed over frequencies."""
    shape = torch.hann_window(window, dtype=torch.float64)
    return (shape * 2.0 / shape.sum() / math.sqrt(1.5)).float().to(device)


@cache
def _filters(window: int, device: torch.device) -> Tensor:
    """Return the triangles (window / 2 + 1, bands) by which the powers of frequencies are summed."""
    step = 2.0 * _HALF_RATE / window
    frequencies = torch.arange(window // 2 + 1, dtype=torch.float64)[:, None] * step
    low, middle, high = (_edges(window)[start : start - 2 or None] for start in range(3))
    rising = (frequencies - middle) / (middle - low).clamp_min(step)
    falling = (middle - frequencies) / (high - middle).clamp_min(step)
    return (1.0 + torch.where(frequencies < middle, rising, falling)).clamp_min(0.0).float().to(device)


def _edges(window: int) -> Tensor:
    """Return where bands begin, peak and end (bands + 2,), in Hz, evenly spaced in mel."""
    mels = torch.linspace(0.0, 2595.0 * math.log10(1.0 + _HALF_RATE / 700.0), min(BANDS, window // 4) + 2).double()
    return 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
