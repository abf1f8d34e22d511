"""A generator of sound that draws how loud and how high many tones are over time, and plays them."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Le
from torch import Tensor, nn

from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.blocks import ending
from gan_cli.networks.conv import ConvGenerator
from gan_cli.networks.frames import BetweenFrames, Hop, amplitude, frames_of
from gan_cli.networks.initialise import Init
from gan_cli.networks.kinds import require_kind
from gan_cli.networks.options import Activation, Channels, Depth, DropoutRate, KernelSize, Norm, Stride
from gan_cli.networks.upsampling import Upsampling
from gan_cli.spec import SampleSpec

Tones = Annotated[int, Ge(4), Le(512)]
Reach = Annotated[float, Gt(0), Le(512)]

_QUIET = -2.0
"""Added to what the network draws as loudness, so that an untrained one is not loud."""
_SPREAD = (math.sqrt(5.0) - 1.0) / 2.0
"""Cycles by which the phases of neighbouring tones differ at the start, so that they do not add up to a click."""


class Oscillators(nn.Module):
    """Plays drawn tones: (N, 2 C, tones, frames) -> (N, C, length).

    Tone k of K has the middle of band k as its pitch, (k + 1/2) / 2K cycles per value, and what is drawn moves it by at
    most `reach` bands. Loudness and pitch are interpolated linearly between frames, and phases are the sum of pitches.

    Args:
        channels: channels of the sound.
        tones: number of tones.
        reach: how many bands a tone can move from its own.
        hop: values from one frame to the next.
        length: values of a clip.
    """

    def __init__(self, channels: int, tones: int, reach: float, hop: int, length: int) -> None:
        super().__init__()
        self.middles: Tensor
        self.phases: Tensor
        bands = torch.arange(tones, dtype=torch.float32)[:, None]
        self.register_buffer("middles", (bands + 0.5) / (2 * tones), persistent=False)
        self.register_buffer("phases", (bands * _SPREAD).frac(), persistent=False)
        self._channels, self._tones = channels, tones
        self._reach = reach / (2 * tones)
        self._between = BetweenFrames(hop, length)

    def forward(self, drawn: Tensor) -> Tensor:
        """Loudness and pitch (N, 2 C, tones, frames) -> the sound before its range is limited, (N, C, length)."""
        count, frames = len(drawn), drawn.shape[3]
        loud, high = drawn.float().chunk(2, dim=1)  # (N, C, tones, frames)
        amplitudes = amplitude(loud + _QUIET)
        pitches = (self.middles + self._reach * high.tanh()).clamp(0.0, 0.5)
        lines = torch.stack([amplitudes, pitches]).reshape(2 * count * self._channels, self._tones, frames)
        amplitudes, pitches = self._between(lines).chunk(2)
        cycles = self.phases + pitches.cumsum(dim=2)
        sound: Tensor = (amplitudes * (cycles.frac() * (2.0 * math.pi)).sin()).sum(dim=1)
        return sound.reshape(count, self._channels, -1)


class OscillatorGenerator(nn.Module):
    """A convolutional generator of images that draws the loudness and the pitch of tones over time, then plays them.

    A network that draws a waveform must keep the phase of a tone from place to place, which small ones hardly learn.
    Here the phase is the sum of the drawn pitch, which Engel et al. (2019), GANSynth, arXiv:1902.08710, draw in place
    of phases; the tones are those of Engel et al. (2020), DDSP, arXiv:2001.04643. Sounds without pitch are many tones
    whose pitch trembles.

    Args:
        spec: kind, shape and value range of one sample.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        tones: number of tones, each in a band of its own; a power of two is cheapest.
        reach: how many bands a tone can move from the middle of its own, up or down; with more than one, a single tone
            glides where several would have to follow each other.
        hop: values between two moments at which loudness and pitch are drawn.
        depth: number of upsampling layers, 1 to 16; None: start at 4 to 6 positions per side.
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
        tones: Tones = 32,
        reach: Reach = 1.0,
        hop: Hop = 32,
        depth: Depth | None = None,
        base_channels: Channels = 32,
        max_channels: Channels = 512,
        kernel_size: KernelSize = 4,
        stride: Stride = 2,
        upsampling: Upsampling = "transposed",
        norm: Norm = "batch",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "normal",
    ) -> None:
        super().__init__()
        require_kind(spec, "audio", side="generator", choice="oscillators")
        frames = frames_of(spec, hop)
        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.draw = ConvGenerator(
            SampleSpec((2 * spec.channels, tones, frames), None),
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
        self.play = Oscillators(spec.channels, tones, reach, hop, spec.spatial[0])
        self.out = ending(spec) or nn.Identity()

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> clips (N, C, length)."""
        clips: Tensor = self.out(self.play(self.draw(latents)))
        return clips
