"""Values as the 256 levels of eight bits: what files hold, and what data sets were."""

from __future__ import annotations

from torch import Tensor


def levels(samples: Tensor, value_range: tuple[float, float]) -> Tensor:
    """Samples in a range -> whole numbers 0.0 to 255.0, of the samples' own type; what lies outside is cut off."""
    low, high = value_range
    return ((samples - low) / (high - low)).mul(255.0).round().clamp(0.0, 255.0)
