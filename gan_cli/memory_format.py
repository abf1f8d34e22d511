"""The memory format in which the channels of a tensor come last, by its number of dimensions."""

from __future__ import annotations

import torch

CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
"""Dimensions of a batch of maps (N, C, *size), or of weights -> the format; torch has none for other numbers."""
