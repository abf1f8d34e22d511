"""Audio samples as tiles: the waveform, and below it the spectrogram if the clip has at least 512 values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gan_cli.pictures.tiles import Tiles, join

Floats = npt.NDArray[np.float32]

_WIDTH = 224
_WAVE_HEIGHT = 64
_SPECTRUM_HEIGHT = 64
_WINDOW = 256
_DECIBELS = 60.0
_QUIETEST = (_WINDOW / 4) ** 2 / 2 * 1e-3
"""The power in a band, of a tone at -30 dB of full scale."""
_PAPER = (250, 250, 248)
_AXIS = (205, 208, 212)
_INK = (38, 84, 140)


def sound_tiles(unit: Floats) -> Tiles:
    """Return tiles of clips (N, C, length) in [0, 1] with silence at 0.5; channels are mixed into one."""
    waves = unit.mean(axis=1) * 2.0 - 1.0
    drawn = np.stack([_waveform(wave) for wave in waves])
    if waves.shape[1] < 2 * _WINDOW:
        return drawn
    return join([drawn, _spectrograms(waves)], axis=1)


def _waveform(wave: Floats) -> npt.NDArray[np.uint8]:
    """Return the waveform (height, width, 3): each column shows the range of the curve in it."""
    per_column = max(4, -(-len(wave) // _WIDTH))
    places = np.linspace(0, len(wave) - 1, _WIDTH * per_column)
    curve = np.interp(places, np.arange(len(wave)), wave)
    rows = np.rint((1.0 - curve) / 2.0 * (_WAVE_HEIGHT - 1)).astype(int).reshape(_WIDTH, per_column)
    top, bottom = rows.min(axis=1), rows.max(axis=1)
    # each column starts where the one before ended, so that steep curves have no gaps
    top[1:], bottom[1:] = np.minimum(top[1:], rows[:-1, -1]), np.maximum(bottom[1:], rows[:-1, -1])
    height = np.arange(_WAVE_HEIGHT)[:, None]
    picture = np.empty((_WAVE_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    picture[:] = _PAPER
    picture[_WAVE_HEIGHT // 2] = _AXIS
    picture[(height >= top) & (height <= bottom)] = _INK
    return picture


def _spectrograms(waves: Floats) -> Tiles:
    """Clips (N, length) -> spectrograms (N, height, width, 3): time to the right, frequency upwards, dark is loud.

    They show 60 dB below the loudest band of all clips, so that a quiet clip looks quiet; where all are quieter than
    -30 dB of full scale, below that level, so that silence is white.
    """
    bands = np.stack([_bands(wave) for wave in waves])
    decibels = 10.0 * np.log10(bands / max(float(bands.max()), _QUIETEST) + 1e-12)
    darkness = np.clip(1.0 + decibels / _DECIBELS, 0.0, 1.0).transpose(0, 2, 1)[:, ::-1, :, None]
    shades: Floats = np.array(_PAPER) * (1.0 - darkness) + np.array(_INK) * 0.5 * darkness
    return shades.round().astype(np.uint8)


def _bands(wave: Floats) -> Floats:
    """A clip (length,) -> its power in bands of equal width, (times, bands), the lowest first."""
    starts = np.linspace(0, len(wave) - _WINDOW, _WIDTH).astype(int)
    frames = wave[starts[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, axis=1)[:, 1:]) ** 2
    bands: Floats = power.reshape(_WIDTH, _SPECTRUM_HEIGHT, -1).mean(axis=2)
    return bands
