"""A discriminator for sound that sees spectrograms: pitches and loudness over time, and no phases."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from annotated_types import Ge, Le, Lt
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.errors import SettingError
from gan_cli.networks.conv import ConvDiscriminator
from gan_cli.networks.initialise import Init
from gan_cli.networks.kinds import require_kind
from gan_cli.networks.options import Activation, Channels, Depth, DiscriminatorNorm, DropoutRate, KernelSize, Stride
from gan_cli.spec import SampleSpec

Window = Annotated[int, Ge(16), Le(4096)]
Decibels = Annotated[float, Ge(-120), Lt(0)]

_OVERLAP = 4
"""Windows that cover each value."""


class Spectrogram(nn.Module):
    """Clips (N, C, length) in [-1, 1] -> loudness (N, C, window / 2, 4 * length / window), in [0, 1] but for noise.

    The short-time Fourier transform with Hann windows that overlap by three quarters, without the constant part; in
    decibels, from `floor`, which is 0, to a tone of full scale, which is 1.

    Args:
        window: values of a window, even.
        floor: level in decibels, relative to a tone of full scale, at which silence begins.
    """

    def __init__(self, window: int, floor: float) -> None:
        super().__init__()
        self.shape: Tensor
        self.window = window
        self._silence = 10.0 ** (floor / 10.0)
        shape = torch.hann_window(window, dtype=torch.float64)
        self.register_buffer("shape", (shape * 2.0 / shape.sum()).float(), persistent=False)

    def forward(self, clips: Tensor) -> Tensor:
        """Clips (N, C, length) -> loudness (N, C, bands, times), float32."""
        hop = self.window // _OVERLAP
        beyond = self.window - hop
        padded = F.pad(clips.float(), (beyond // 2, beyond - beyond // 2))
        frames = padded.unfold(2, self.window, hop) * self.shape
        power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(dim=4)[..., 1:]
        above: Tensor = ((power + self._silence) / self._silence).log() / -math.log(self._silence)
        return above.transpose(2, 3)

    def extra_repr(self) -> str:
        return f"window={self.window}"


class SpectrogramDiscriminator(nn.Module):
    """A convolutional discriminator of images, shown the spectrogram of a sound.

    A network that sees a waveform must learn first that the same tone at another phase is the same tone. This one
    cannot tell phases apart, and what is quieter than `floor` it does not hear, such as a faint noise that only
    recordings have. Spectral discriminators stand beside those of waveforms in vocoders, such as Jang et al. (2021),
    UnivNet, arXiv:2106.07889; a single one is enough for short sounds, while its generator is free to choose phases.

    Args:
        spec: kind, shape and value range of one sample.
        window: values of a window of the spectrogram, even; windows overlap by three quarters.
        floor: level in decibels, relative to a tone of full scale, at which silence begins.
        depth: number of downsampling layers, 1 to 16; None: down to 4 to 6 positions per side.
        base_channels: channels of the map next to the data, doubled in each layer further from it (aliases: ndf, f).
        max_channels: upper limit of the channels when they are doubled.
        kernel_size: kernel size of every strided convolution, at least the stride (alias: filter size).
        stride: downsampling factor per layer.
        norm: normalisation after every layer but the first; `spectral` acts on all layers.
        activation: nonlinearity.
        dropout: share of channels that is dropped after each layer in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are no sound or too short for the window, or settings contradict each other.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        window: Window = 128,
        floor: Decibels = -40.0,
        depth: Depth | None = None,
        base_channels: Channels = 32,
        max_channels: Channels = 512,
        kernel_size: KernelSize = 4,
        stride: Stride = 2,
        norm: DiscriminatorNorm = "batch",
        activation: Activation = "leaky_relu",
        dropout: DropoutRate = 0.0,
        init: Init = "normal",
    ) -> None:
        super().__init__()
        require_kind(spec, "audio", side="discriminator", choice="spectrogram")
        if window % 2:
            raise SettingError("window", window, "must be even")
        if 2 * window > spec.spatial[0]:
            remedy = f"clips have {spec.spatial[0]} values; use at most half of them"
            raise SettingError("window", window, remedy)
        self.spec = spec
        self.hear = Spectrogram(window, floor)
        heard = (spec.channels, window // 2, spec.spatial[0] // (window // _OVERLAP))
        self.see = ConvDiscriminator(
            SampleSpec(heard, None),
            depth=depth,
            base_channels=base_channels,
            max_channels=max_channels,
            kernel_size=kernel_size,
            stride=stride,
            norm=norm,
            activation=activation,
            dropout=dropout,
            init=init,
        )

    def features(self, samples: Tensor) -> Tensor:
        """Clips (N, C, length) -> the flattened last map (N, F)."""
        return self.see.features(self.hear(samples))

    def forward(self, samples: Tensor) -> Tensor:
        """Clips (N, C, length) -> logits (N,)."""
        logits: Tensor = self.see(self.hear(samples))
        return logits
