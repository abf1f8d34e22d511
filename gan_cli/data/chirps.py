"""A labelled set of short sounds that needs no download: calls of birds, computed at any length."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import torch
from annotated_types import Ge, Le
from torch import Tensor

from gan_cli.data.base import Table
from gan_cli.data.computed import ComputedClasses
from gan_cli.spec import SampleSpec

_HARMONICS: tuple[float, ...] = (1.0, 0.35, 0.15, 0.08)
"""Amplitude of the tone, and of its multiples."""
_FADE, _HIGHEST = 0.40, 0.46
"""Cycles per sample between which a tone or a multiple fades out, so that nothing comes near half of the rate."""
_REGISTERS = {"low": 0.1, "high": 0.22}
"""Pitch in the middle of a call, in cycles per sample: 800 and 1,760 Hz at 8 kHz."""
_DETUNED = 0.08
"""Octaves by which this pitch varies."""
_ATTACK, _RELEASE = 0.12, 0.3
"""Shares of a call in which it swells and fades."""
_NOISE = 10.0 ** (-50 / 20)
"""Standard deviation of the noise in the background: -50 dB of full scale."""
_CHUNK = 128  # calls computed at once


class Calls:
    """What varies from call to call, and the time within each.

    Attributes:
        time: (N, length), share of the call that has passed; below 0 before it and above 1 after it.
        depth: (N, 1), by how much the pitch moves, as a multiple of the usual.
        speed: (N, 1), likewise how fast it is repeated.
        turn: (N, 1), where a repetition begins, as a share of it.
        pitch: (N, 1), octaves above that of the register.
        phase: (N, 1), where the tone begins, as a share of a cycle.
        level: (N, 1), largest absolute value.
    """

    def __init__(self, count: int, length: int, random: np.random.RandomState) -> None:
        def uniform(low: float, high: float) -> Tensor:
            return torch.from_numpy(random.uniform(low, high, (count, 1)))

        lasting = uniform(0.6, 0.8)
        begin = uniform(0.0, 1.0) * (0.98 - lasting)
        self.time = ((torch.arange(length, dtype=torch.float64) + 0.5) / length - begin) / lasting
        self.depth, self.speed = uniform(0.85, 1.15), uniform(0.9, 1.1)
        self.turn, self.phase = uniform(0.0, 1.0), uniform(0.0, 1.0)
        self.pitch, self.level = uniform(-_DETUNED, _DETUNED), uniform(0.6, 0.95)

    def wave(self, times: float) -> Tensor:
        """Return a sine that is repeated so many times in a call, (N, length)."""
        return (2.0 * math.pi * (self.time * self.speed * times + self.turn)).sin()


def up_sweep(calls: Calls) -> Tensor:
    """A pitch that rises."""
    return 0.8 * calls.depth * (calls.time.clamp(0.0, 1.0) - 0.5)


def down_sweep(calls: Calls) -> Tensor:
    """A pitch that falls."""
    return -up_sweep(calls)


def trill(calls: Calls) -> Tensor:
    """A pitch that swings fast around a middle."""
    return 0.22 * calls.depth * calls.wave(9.0)


def warble(calls: Calls) -> Tensor:
    """Two notes in turns, with a short glide between them."""
    return 0.25 * calls.depth * (6.0 * calls.wave(2.0)).tanh()


SHAPES: tuple[Callable[[Calls], Tensor], ...] = (up_sweep, down_sweep, trill, warble)
"""How the pitch moves: octaves above the middle, (N, length)."""

CALLS = tuple(f"{shape.__name__}_{register}" for shape in SHAPES for register in _REGISTERS)
"""The classes, in the order of the labels."""


class Chirps(ComputedClasses):
    """Calls like those of birds, of eight kinds: up_sweep, down_sweep, trill and warble (two notes), low and high.

    Each begins at a place and with a phase of its own, differs a little in pitch, speed, extent and level, and has
    harmonics and a faint noise behind it. Whether a call is right can be heard, and seen in its spectrogram. Samples
    are kept in 16 bits.

    Args:
        length: values per clip. The call fills 60 to 80 % of it.
        sample_rate: values per second (Hz) at which the clips are heard; pitches are fixed shares of it.
        classes: class numbers to keep, such as [0, 1] for rising calls; their labels become 0, 1. None keeps all.
        num_samples: number of clips of all classes, including the held-out ones.
        shared: settings of `Computed`.

    Raises:
        SettingError: a class does not exist.
    """

    kinds = CALLS

    def __init__(
        self,
        *,
        length: Annotated[int, Ge(256), Le(2**20)] = 4096,
        sample_rate: Annotated[int, Ge(1000), Le(384000)] = 8000,
        classes: list[int] | None = None,
        num_samples: Annotated[int, Ge(8)] = 4000,
        **shared: Any,
    ) -> None:
        super().__init__(classes=classes, num_samples=num_samples, **shared)
        self._length = length
        self._sample_rate = sample_rate

    @property
    def spec(self) -> SampleSpec:
        """The spec of one channel of sound, with a class for each kind of call."""
        kept = self.kept
        return SampleSpec((1, self._length), num_classes=len(kept), sample_rate=self._sample_rate, class_names=kept)

    def draw(self, count: int, seed: int) -> Table:
        """Return `count` calls, the classes in turns."""
        random = np.random.RandomState(seed % 2**32)  # whose stream never changes
        samples = torch.empty(count, 1, self._length, dtype=torch.int16)
        labels = torch.arange(count) % len(CALLS)
        for label in range(len(CALLS)):
            shape, base = SHAPES[label // len(_REGISTERS)], list(_REGISTERS.values())[label % len(_REGISTERS)]
            rows = (labels == label).nonzero().flatten()
            for part in torch.split(rows, _CHUNK):
                calls = Calls(len(part), self._length, random)
                heard = _heard(calls, base * (calls.pitch + shape(calls)).exp2())
                noise = torch.from_numpy(random.standard_normal((len(part), self._length))).float()
                samples[part, 0] = (heard + _NOISE * noise).mul_(32768.0).round_().clamp_(-32768, 32767).short()
        return Table(samples, labels)


def _heard(calls: Calls, pitch: Tensor) -> Tensor:
    """Pitch in cycles per sample (N, length) -> the calls without noise, float32 (N, length)."""
    cycles = (calls.phase + pitch.cumsum(dim=1)).frac()
    angle, pitch = (2.0 * math.pi * cycles).float(), pitch.float()
    tone = torch.zeros_like(angle)
    for number, strength in enumerate(_HARMONICS, start=1):
        share = ((_HIGHEST - number * pitch) / (_HIGHEST - _FADE)).clamp_(0.0, 1.0)
        if share.any():
            tone += strength * share * (number * angle).sin()
    tone *= _envelope(calls.time.float())
    return tone * (calls.level.float() / tone.abs().amax(dim=1, keepdim=True))


def _envelope(time: Tensor) -> Tensor:
    """Share of a call that has passed (N, length) -> loudness (N, length): it swells, holds and fades; 0 outside."""
    edge = (time / _ATTACK).clamp(0.0, 1.0) * ((1.0 - time) / _RELEASE).clamp(0.0, 1.0)
    return (edge * (math.pi / 2.0)).sin()
