"""A generator of sound that draws a few voices, each with a pitch, harmonics and a vibrato, and sings them."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Le, Lt
from torch import Tensor, nn

from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.conv import ConvGenerator
from gan_cli.networks.frames import BetweenFrames, Hop, amplitude, frames_of
from gan_cli.networks.initialise import Init
from gan_cli.networks.kinds import require_kind
from gan_cli.networks.options import Activation, Channels, Depth, DropoutRate, KernelSize, Norm, Stride
from gan_cli.networks.upsampling import Upsampling
from gan_cli.spec import SampleSpec

VoiceCount = Annotated[int, Ge(1), Le(16)]
HarmonicCount = Annotated[int, Ge(1), Le(64)]
Pitch = Annotated[float, Gt(0), Lt(0.5)]
Octaves = Annotated[float, Gt(0), Le(12)]

_REACH = 0.6
"""How far a voice can move from the middle of its part of the range, as a share of that part: they overlap."""
_QUIET = -1.0
"""Added to what the network draws as loudness, so that an untrained one is not loud."""
_TILT = 0.7
"""By how much each harmonic of an untrained network is weaker than the one before, as a natural logarithm."""
_FADE, _HIGHEST = 0.42, 0.48
"""Cycles per value between which a tone or a harmonic fades out, so that nothing comes near half of the rate."""
_FASTEST, _SLOW = 0.25, -1.0
"""Cycles per frame of the fastest vibrato, and what is added to the drawing, so that an untrained one is slow."""
_DEEPEST, _SHALLOW = 0.5, -2.0
"""Octaves of the deepest vibrato, up and down, and what is added to the drawing, so that an untrained one is small."""
_TURNS = 4.0
"""Cycles by which a drawing of 1 moves the beginning of a vibrato."""


class Voices(nn.Module):
    """Sings drawn voices: (N, C * (1 + V * lines), frames) -> (N, C, length) in [-1, 1].

    Drawn are the loudness of all, and of each voice its pitch, three lines of a vibrato and the weights of its
    harmonics. The amplitudes of all harmonics of all voices are shares of the loudness, so the range needs no limit
    that would distort them. Between frames everything is interpolated linearly; phases are the sum of pitches.

    Args:
        channels: channels of the sound.
        voices: number of voices, which divide the range of pitches among them in equal parts.
        harmonics: multiples of its pitch that a voice has, with the pitch itself.
        lowest: lowest pitch, in cycles per value.
        octaves: the range of pitches.
        vibrato: whether pitches swing.
        hop: values from one frame to the next.
        length: values of a clip.

    Attributes:
        per_voice: how many lines are drawn of each voice.
    """

    def __init__(
        self,
        channels: int,
        voices: int,
        harmonics: int,
        *,
        lowest: float,
        octaves: float,
        vibrato: bool,
        hop: int,
        length: int,
    ) -> None:
        super().__init__()
        self.middles: Tensor
        self.multiples: Tensor
        part = octaves / voices
        middles = math.log2(lowest) + part * (torch.arange(voices, dtype=torch.float32) + 0.5)
        self.register_buffer("middles", middles[:, None, None], persistent=False)
        self.register_buffer("multiples", torch.arange(1.0, harmonics + 1.0)[:, None], persistent=False)
        self.per_voice = 1 + 3 * vibrato + harmonics
        self._channels, self._voices, self._vibrato = channels, voices, vibrato
        self._reach = _REACH * part
        self._between = BetweenFrames(hop, length)

    def forward(self, drawn: Tensor) -> Tensor:
        """What is drawn (N, lines, frames) -> the sound (N, C, length)."""
        count, _, frames = drawn.shape
        lines = drawn.float().reshape(count * self._channels, -1, frames)
        loud = lines[:, :1]
        voices = lines[:, 1:].reshape(len(lines), self._voices, self.per_voice, frames)
        pitches = (self.middles + self._reach * voices[:, :, :1].tanh() + self._swing(voices)).exp2()
        weights = (voices[:, :, -len(self.multiples) :] - _TILT * self.multiples).flatten(1, 2).softmax(dim=1)
        amplitudes = amplitude(loud + _QUIET) * weights
        audible = ((_HIGHEST - pitches * self.multiples) / (_HIGHEST - _FADE)).clamp(0.0, 1.0)
        pitches, amplitudes = pitches[:, :, 0], amplitudes.reshape(audible.shape) * audible
        sound = _sung(self._between(pitches), self._between(amplitudes))
        return sound.reshape(count, self._channels, -1)

    def _swing(self, voices: Tensor) -> Tensor | float:
        """What is drawn of each voice (M, V, lines, frames) -> octaves of its vibrato (M, V, 1, frames)."""
        if not self._vibrato:
            return 0.0
        rate, depth, turn = (voices[:, :, line : line + 1] for line in (1, 2, 3))
        cycles = (_FASTEST * (rate + _SLOW).sigmoid()).cumsum(dim=3) + _TURNS * turn.mean(dim=3, keepdim=True)
        swing: Tensor = _DEEPEST * (depth + _SHALLOW).sigmoid() * (cycles * (2.0 * math.pi)).sin()
        return swing


def _sung(pitches: Tensor, amplitudes: Tensor) -> Tensor:
    """Pitches (M, V, length), amplitudes (M, V, H, length) of harmonics -> the sum of all voices (M, length).

    The sine of a multiple follows from those of the two multiples before it, which is faster than computing it:
    sin k a = 2 cos a sin (k - 1) a - sin (k - 2) a.
    """
    angles = pitches.cumsum(dim=2).frac() * (2.0 * math.pi)
    before, tone, twice = torch.zeros_like(angles), angles.sin(), 2.0 * angles.cos()
    total = torch.zeros_like(angles)
    for strength in amplitudes.unbind(dim=2):
        total = total + strength * tone
        before, tone = tone, twice * tone - before
    return total.sum(dim=1)


class HarmonicGenerator(nn.Module):
    """A convolutional generator that draws voices over time, then sings them: for sounds with a pitch.

    The harmonic oscillators of Engel et al. (2020), DDSP, arXiv:2001.04643, section 3.1, under a GAN: a pitch and the
    shares of its multiples, at moments between which everything moves in straight lines. What a network of waveforms,
    or of independent tones, has to learn first - that a tone keeps its phase, and that harmonics move together - is
    given. A vibrato is the same once more: the pitch swings at a rate that is drawn, as in trills of birds and in
    singing. It makes no noise, so sounds without pitch are not for it.

    Args:
        spec: kind, shape and value range of one sample.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        voices: voices that can sound at the same time; they divide the range of pitches among them.
        harmonics: multiples of its pitch that a voice has, with the pitch itself.
        lowest: lowest pitch, as a share of the sample rate: 0.02 is 160 Hz at 8 kHz, 0.01 speech at 8 kHz.
        octaves: range of the pitches, from the lowest on.
        vibrato: whether the pitch of a voice can swing, up to half an octave up and down.
        hop: values between two moments at which everything is drawn.
        depth: number of upsampling layers, 1 to 16; None: start at 4 to 6 moments.
        base_channels: channels of the map next to the drawing, doubled in each layer further from it (aliases: ngf, f).
        max_channels: upper limit of the channels when they are doubled.
        kernel_size: kernel size of every convolution (alias: filter size).
        stride: upsampling factor per layer.
        upsampling: `transposed` for transposed convolutions; `nearest` or `linear` enlarge first and convolve then.
        norm: normalisation after every layer but the last.
        activation: nonlinearity of every layer but the last.
        dropout: share of channels that is dropped after each hidden layer in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are no sound or too short, or settings contradict each other.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        latent_dim: Channels = 100,
        latent: LatentKind = "normal",
        voices: VoiceCount = 2,
        harmonics: HarmonicCount = 4,
        lowest: Pitch = 0.02,
        octaves: Octaves = 4.0,
        vibrato: bool = True,
        hop: Hop = 32,
        depth: Depth | None = None,
        base_channels: Channels = 32,
        max_channels: Channels = 512,
        kernel_size: KernelSize = 5,
        stride: Stride = 2,
        upsampling: Upsampling = "linear",
        norm: Norm = "batch",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "normal",
    ) -> None:
        super().__init__()
        require_kind(spec, "audio", side="generator", choice="harmonics")
        frames = frames_of(spec, hop)
        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.sing = Voices(
            spec.channels,
            voices,
            harmonics,
            lowest=lowest,
            octaves=octaves,
            vibrato=vibrato,
            hop=hop,
            length=spec.spatial[0],
        )
        self.draw = ConvGenerator(
            SampleSpec((spec.channels * (1 + voices * self.sing.per_voice), frames), None),
            latent_dim=latent_dim,
            latent=latent,
            depth=depth,
            base_channels=base_channels,
            max_channels=max_channels,
            kernel_size=kernel_size,
            stride=stride,
            upsampling=upsampling,
            norm=norm,
            activation=activation,
            dropout=dropout,
            init=init,
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> clips (N, C, length)."""
        clips: Tensor = self.sing(self.draw(latents))
        return clips
