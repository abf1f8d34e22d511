"""A small classifier whose last hidden layer lends metrics a sense for what matters in a data set."""

from __future__ import annotations

from math import prod

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.spec import SampleSpec

WIDTHS = (32, 64, 128)
FEATURES = 64
LARGEST = {1: 4096, 2: 64, 3: 16}
"""Positions per axis, by the number of axes, that larger samples are averaged down to."""
LAST = 4
"""Positions per axis of the last map, at most; larger ones are averaged down."""
SMALL = 16
"""Positions per axis below which the first layer does not stride."""


class Classifier(nn.Module):
    """Three convolutions of kernel 3 with batch norm and ReLU, 64 hidden units on the last map, logits.

    Args:
        spec: what one sample looks like; at least one spatial axis, and classes.
        num_classes: how many.
    """

    def __init__(self, spec: SampleSpec, num_classes: int) -> None:
        super().__init__()
        size = tuple(min(extent, LARGEST[spec.ndim]) for extent in spec.spatial)
        layers: list[nn.Module] = [] if size == spec.spatial else [nd.SHRINK[spec.ndim](size)]
        inputs = spec.channels
        for width, stride in zip(WIDTHS, (1 if min(size) < SMALL else 2, 2, 2), strict=True):
            layers.append(nd.CONV[spec.ndim](inputs, width, 3, stride, 1, bias=False))
            layers += [nd.BATCH_NORM[spec.ndim](width), nn.ReLU(inplace=True)]
            size = tuple(-(-extent // stride) for extent in size)
            inputs = width
        last = tuple(min(extent, LAST) for extent in size)
        self.body = nn.Sequential(*layers, nd.SHRINK[spec.ndim](last), nn.Flatten())
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
