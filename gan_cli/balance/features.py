"""The discriminator's last hidden features, where it has some."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


def features_of(discriminator: nn.Module) -> Callable[[Tensor], Tensor] | None:
    """Samples (N, *shape) -> features (N, F) before the last layer; None for a network that names none."""
    found: Callable[[Tensor], Tensor] | None = getattr(discriminator, "features", None)
    return found
