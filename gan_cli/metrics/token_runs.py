"""Runs of adjacent tokens (n-grams) in texts, as numbers that can be counted and looked up."""

from __future__ import annotations

import torch
from torch import Tensor

LONGEST = 4
"""Tokens of the longest runs that metrics count."""


def runs(samples: Tensor, size: int) -> Tensor:
    """Texts (N, tokens, length) -> all runs of `size` tokens inside them, int64 (R,), equal for equal runs.

    The likeliest token counts at each position; a run has no padding, which is token 0.
    """
    tokens = samples.argmax(dim=1)
    if size > tokens.shape[1]:
        return tokens.new_zeros(0)
    found = tokens.unfold(1, size, 1).flatten(0, 1)
    found = found[(found != 0).all(dim=1)]
    places = samples.shape[1] ** torch.arange(size, device=tokens.device)
    return (found * places).sum(dim=1)


def no_text(kind: str) -> str | None:
    """Return why metrics of text do not apply to this kind of samples; None if they do."""
    return None if kind == "text" else "needs text, such as data=colours"
