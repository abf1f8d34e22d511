"""The view in which texts are compared: which runs of two to four tokens occur; and how far two sets of them are apart.

Shares of tokens at each position say nothing: letters drawn independently, by their frequency, have the same ones.
docs/balance.md has the test by which the view and the distance were chosen.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

SIZES = (2, 3, 4)
"""Tokens of the runs that are counted."""

FARTHEST = 3.0
"""The distance of sets that share no run. With it, tokens drawn independently are about 1 away (0.6 to 1.5)."""

_BUCKETS = 1024
"""Runs of each length are counted in so many places, by a hash of their tokens; few of a text's runs share one."""

_FACTORS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)
"""Odd 32-bit numbers of well-known hash functions (golden ratio, xxHash), one for each place in a run."""


def ngrams(samples: Tensor) -> Tensor:
    """Shares of tokens (N, tokens, length) -> counts of runs (N, 3 * 1024), float32, the root of each.

    The likeliest token counts at each position. Token 0 is padding, and stands in front of each text too: a run may
    begin or end with one padding, so that the first and the last words of texts are compared as such, but has no other.
    Counts are divided by the length of the samples, so that texts of any length are comparable; the root of a count
    makes a run that occurs twice nearer to one that occurs once than that is to none.
    """
    tokens = samples.argmax(dim=1)
    length = tokens.shape[1]
    return torch.cat([_counted(tokens, size) for size in SIZES if size <= length + 2], dim=1).div_(length).sqrt_()


def unshared(fake: Tensor, real: Tensor) -> Tensor:
    """Texts in their view (N, F), (M, F) -> how much less they share than two real texts do, 0-d.

    3 (1 - (2 E[x y] + e) / (E[x x'] + E[y y'] + e)), x real and y fake, over pairs of different texts: 0 in expectation
    for equal distributions, 3 for sets that share no run, about 1 for tokens drawn independently by their frequency.
    Inner products of counts are how much two texts have in common. e = E[x x] / 2M keeps the ratio near 0 for sets in
    which hardly any two texts share a run. It is 1 minus the similarity of the mean counts, without the bias that comes
    from few texts. Euclidean distances do not serve: nearly all texts, sound or not, are equally far from each other.
    """
    own = 0.5 * real.square().sum(dim=1).mean() / len(real)
    within = _in_common(fake) + _in_common(real)
    between = fake.mean(dim=0) @ real.mean(dim=0)
    return FARTHEST * (1.0 - (2.0 * between + own) / (within + own).clamp_min(1e-12))


def _in_common(texts: Tensor) -> Tensor:
    """Mean inner product of different texts (N, F); 0 for a single one."""
    count = len(texts)
    everything = texts.sum(dim=0).square().sum() - texts.square().sum()
    return everything / max(count * (count - 1), 1)


def complete_runs(tokens: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Tokens (N, length) -> all runs of `size` tokens (N, R, size), and whether each is complete (N, R).

    R = length - size + 3, because one padding (token 0) stands before and behind each text. A run is complete if it has
    no padding, or one that is its first or its last token.
    """
    runs = F.pad(tokens, (1, 1)).unfold(1, size, 1)
    inside = runs != 0
    return runs, inside[:, :, 1:].all(dim=2) | inside[:, :, :-1].all(dim=2)


def _counted(tokens: Tensor, size: int) -> Tensor:
    """Tokens (N, length) -> how often the runs of `size` tokens fall into each place (N, 1024)."""
    runs, complete = complete_runs(tokens, size)
    mixed = torch.stack([runs[:, :, place] * factor for place, factor in enumerate(_FACTORS[:size])]).sum(dim=0)
    places = (mixed ^ (mixed >> 15)) % _BUCKETS
    return torch.zeros(len(tokens), _BUCKETS, device=tokens.device).scatter_add_(1, places, complete.float())
