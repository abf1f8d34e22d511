"""A small classifier whose last hidden layer lends metrics a sense for what matters in a data set."""

from __future__ import annotations

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.spec import SampleSpec

WIDTHS = (32, 64, 128)
FEATURES = 64
LARGEST = {1: 4096, 2: 64, 3: 16}
"""Positions per axis, by the number of axes, that larger samples are averaged down to."""


class Classifier(nn.Module):
    """Three convolutions of stride 1, 2, 2 with batch norm and ReLU, a mean over positions, 64 hidden units, logits.

    Args:
        spec: what one sample looks like; at least one spatial axis, and classes.
        num_classes: how many.
    """

    def __init__(self, spec: SampleSpec, num_classes: int) -> None:
        super().__init__()
        conv, norm = nd.CONV[spec.ndim], nd.BATCH_NORM[spec.ndim]
        size = tuple(min(extent, LARGEST[spec.ndim]) for extent in spec.spatial)
        layers: list[nn.Module] = [] if size == spec.spatial else [nd.SHRINK[spec.ndim](size)]
        inputs = spec.channels
        for width, stride in zip(WIDTHS, (1, 2, 2), strict=True):
            layers += [conv(inputs, width, 3, stride, 1, bias=False), norm(width), nn.ReLU(inplace=True)]
            inputs = width
        self.body = nn.Sequential(*layers)
        self.hidden = nn.Linear(inputs, FEATURES)
        self.head = nn.Linear(FEATURES, num_classes)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> features (N, 64), >= 0."""
        hidden: Tensor = self.hidden(self.body(samples).flatten(2).mean(dim=2))
        return hidden.relu()

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> logits (N, num_classes)."""
        logits: Tensor = self.head(self.features(samples))
        return logits
