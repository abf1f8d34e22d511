"""The view in which texts are compared: how often each run of one to four tokens occurs in a text.

Shares of tokens at each position say nothing: letters drawn independently, by their frequency, have the same ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

LONGEST = 4
"""Tokens of the longest runs."""

_BUCKETS = 1024
"""Runs of each length are counted in so many places, by a hash of their tokens; few of a text's runs share one."""

_FACTORS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)
"""Odd 32-bit numbers of well-known hash functions (golden ratio, xxHash), one for each place in a run."""


def ngrams(samples: Tensor) -> Tensor:
    """Shares of tokens (N, tokens, length) -> counts of runs (N, 4 * 1024), float32, the root of each.

    The likeliest token counts at each position; token 0 is padding, and no run has it. Counts are divided by the length
    of the samples, so that texts of any length are comparable; the root of a count makes a run that occurs twice nearer
    to one that occurs once than that is to none.
    """
    tokens = samples.argmax(dim=1)
    length = tokens.shape[1]
    counts = [_counted(tokens, size) for size in range(1, LONGEST + 1) if size <= length]
    return torch.cat(counts, dim=1).div_(length).sqrt_()


def _counted(tokens: Tensor, size: int) -> Tensor:
    """Tokens (N, length) -> how often the runs of `size` tokens fall into each place (N, 1024)."""
    runs = tokens.unfold(1, size, 1)  # (N, length - size + 1, size)
    mixed = torch.stack([runs[:, :, place] * factor for place, factor in enumerate(_FACTORS[:size])]).sum(dim=0)
    places = (mixed ^ (mixed >> 15)) % _BUCKETS
    whole = (runs != 0).all(dim=2).float()
    return torch.zeros(len(tokens), _BUCKETS, device=tokens.device).scatter_add_(1, places, whole)
