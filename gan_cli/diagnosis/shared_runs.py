"""What a generator of text leaves out and invents: gauges from the runs of tokens that texts have in common.

Nearest neighbours say nothing about texts: most share no run at all, so that they are equally far from all others.
These gauges are 0 in expectation if fakes are distributed as real texts, and 1 at the other end, as in `neighbours.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.ngrams import SIZES, complete_runs

_NONE = -1
"""Stands where a run is not complete."""


class SharedRuns:
    """Compares texts with M real ones, by runs of two to four tokens, each as often as it occurs.

    Args:
        real: shares of tokens (M, tokens, length).
    """

    def __init__(self, real: Tensor) -> None:
        self._real = _codes(real)
        self._usual = _known_among(self._real)

    def missed_and_astray(self, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Fakes (N, tokens, length) -> the share of real runs that no fake has, and of their own that no real text has.

        Both 0-d. 1 - r / r* and 1 - p / r*, with r the share of the runs of real texts that occur in a fake, p the
        share of the runs of fakes that occur in a real text, and r* the share of real ones that occur in another real
        text. Of both sets, the first min(N, M) count, because more texts have more runs.
        """
        count = min(len(fake), len(self._real))
        fakes, real = _codes(fake[:count]), self._real[:count]
        usual = self._usual if count == len(self._real) else _known_among(real)
        usual = usual.clamp_min(1.0 / max(real.numel(), 1))
        return 1.0 - _known(real, fakes) / usual, 1.0 - _known(fakes, real) / usual


def _codes(samples: Tensor) -> Tensor:
    """Shares of tokens (N, tokens, length) -> a number for each run (N, R), equal for equal runs, -1 for none."""
    tokens = samples.argmax(dim=1)
    places = (samples.shape[1] + 1) ** torch.arange(max(SIZES), device=tokens.device)
    found = []
    for size in SIZES:
        runs, complete = complete_runs(tokens, size)
        # one more than the token, so that runs of other sizes have other numbers
        found.append(torch.where(complete, ((runs + 1) * places[:size]).sum(dim=2), _NONE))
    return torch.cat(found, dim=1)


def _known(these: Tensor, those: Tensor) -> Tensor:
    """Share of the runs (N, R) that are among others (M, R), 0-d; 0 if there are none."""
    ordered = those.flatten().sort().values
    places = torch.searchsorted(ordered, these).clamp_max(len(ordered) - 1)
    return _share(ordered[places] == these, these)


def _known_among(these: Tensor) -> Tensor:
    """Share of the runs (N, R) that occur in another of the texts, 0-d; 0 if there are none."""
    everywhere = _occurrences(these.flatten(), these.flatten()).view_as(these)
    return _share(everywhere > _occurrences(these, these), these)


def _occurrences(runs: Tensor, texts: Tensor) -> Tensor:
    """How often each of the runs (..., R) occurs in texts (..., S) with the same leading axes."""
    ordered = texts.sort(dim=-1).values
    return torch.searchsorted(ordered, runs, right=True) - torch.searchsorted(ordered, runs)


def _share(found: Tensor, runs: Tensor) -> Tensor:
    complete = runs != _NONE
    return (found & complete).sum().float() / complete.sum().clamp_min(1)
