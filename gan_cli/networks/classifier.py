"""A small classifier whose last hidden layer provides the features of metrics."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from gan_cli.log_mel import bands_of, log_mel
from gan_cli.networks import nd
from gan_cli.spec import SampleSpec

WIDTHS = (32, 64, 128)
FEATURES = 64
LARGEST = {1: 4096, 2: 64, 3: 16}
"""Most positions per axis, by the number of axes; larger samples are reduced to them by average pooling."""
LAST = 4
"""Most positions per axis of the last map; larger maps are reduced by average pooling."""
SMALL = 16
"""If an axis has fewer positions than this, the first layer has stride 1."""


class Spectrogram(nn.Module):
    """Sound as a picture of its loudness, one channel for each of the sound: places in time, and bands of pitches.

    Args:
        spec: length and channels of the sound.

    Attributes:
        size: bands and places in time.
    """

    def __init__(self, spec: SampleSpec) -> None:
        super().__init__()
        (length,) = spec.spatial
        bands = len(bands_of(length, spec.channels))
        values = log_mel(torch.zeros(1, *spec.shape)).shape[1]
        self.size = (bands, values // (bands * spec.channels))

    def forward(self, clips: Tensor) -> Tensor:
        """Clips (N, C, length) -> maps (N, C, bands, places)."""
        return log_mel(clips).reshape(len(clips), clips.shape[1], *self.size)


class Classifier(nn.Module):
    """A classifier: three convolutions of kernel 3 with batch norm and ReLU, a layer of 64 hidden units, logits.

    Sound is classified by its spectrogram.

    Args:
        spec: kind and shape of one sample, with at least one spatial axis.
        num_classes: number of logits.
    """

    def __init__(self, spec: SampleSpec, num_classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        whole, ndim = spec.spatial, spec.ndim
        if spec.kind == "audio":
            spectrogram = Spectrogram(spec)
            layers, whole, ndim = [spectrogram], spectrogram.size, 2
        size = tuple(min(extent, LARGEST[ndim]) for extent in whole)
        layers += [] if size == whole else [nd.Shrink(whole, size)]
        inputs = spec.channels
        for width, stride in zip(WIDTHS, (1 if min(size) < SMALL else 2, 2, 2), strict=True):
            layers.append(nd.CONV[ndim](inputs, width, 3, stride, 1, bias=False))
            layers += [nd.BATCH_NORM[ndim](width), nn.ReLU(inplace=True)]
            size = tuple(-(-extent // stride) for extent in size)
            inputs = width
        last = tuple(min(extent, LAST) for extent in size)
        self.body = nn.Sequential(*layers, nd.Shrink(size, last), nn.Flatten())
        self.hidden = nn.Linear(inputs * prod(last), FEATURES)
        self.head = nn.Linear(FEATURES, num_classes)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> features (N, 64), >= 0."""
        hidden: Tensor = self.hidden(self.body(samples))
        return hidden.relu()

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> logits (N, num_classes)."""
        logits: Tensor = self.head(self.features(samples))
        return logits
