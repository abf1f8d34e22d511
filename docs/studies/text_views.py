"""Tests distances between sets of texts: whether they rank damaged texts as a reader does, and on which scale.

    python docs/studies/text_views.py <results.json> [--seeds 30,31,...]

256 real texts (95, as many as are held out of the names of colours, with --count 95) are compared with as many others:
real ones; ones of which a tenth or three tenths of the tokens were replaced by others, drawn by their frequency; tokens
drawn by their frequency alone; each text with its own tokens in any order; tokens drawn uniformly; ten texts, and one
text, repeated. A distance should be 0 for real texts, about 1 for tokens drawn alone, larger for what is worse, and at
least twice its own deviation over the seeds away from real texts.

The data are names of colours by word and by character, and Python's manual by character and by word.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from gan_cli.data.base import Source, Table
from gan_cli.data.colours import Colours
from gan_cli.data.manual import Manual
from gan_cli.distances import energy_distance
from gan_cli.ngrams import ngrams, unshared
from gan_cli.spec import one_hot

Distance = Callable[[Tensor, Tensor], float]
"""Tokens of fakes (N, length) and of real texts (M, length) -> their distance."""


def sources() -> Iterator[tuple[str, Source]]:
    """Yield the data sets by name."""
    yield "colours, word", Colours(holdout=0.0)
    yield "colours, char", Colours(unit="char", holdout=0.0)
    yield "manual, char", Manual(holdout=0.0)
    yield "manual, word", Manual(unit="word", length=8, holdout=0.0)


class Texts:
    """Real texts of one data set, parted at random.

    Args:
        rows: all of them, as rows of tokens.
        count: how many are compared.
        seed: of all that is random.
    """

    def __init__(self, rows: Tensor, count: int, seed: int) -> None:
        self._random = torch.Generator().manual_seed(seed)
        rows = rows[torch.randperm(len(rows), generator=self._random)]
        self.real, self._other = rows[:count], rows[count : 2 * count]

    def sets(self) -> dict[str, Tensor]:
        """Return all sets by name, the sound ones first."""
        other, count = self._other, len(self._other)
        ten = other[torch.randint(10, (count,), generator=self._random)]
        return {
            "real": other,
            "a tenth replaced": self._replaced(0.1),
            "three tenths": self._replaced(0.3),
            "any order": self._in_any_order(),
            "drawn alone": self._drawn_alone(),
            "uniform": torch.randint(1, int(other.max()) + 1, other.shape, generator=self._random),
            "ten repeated": ten,
            "one repeated": other[:1].expand(count, -1),
        }

    def _drawn_alone(self) -> Tensor:
        mixed, there = self._other.clone(), self._other != 0
        mixed[there] = self._other[there][torch.randperm(int(there.sum()), generator=self._random)]
        return mixed

    def _replaced(self, share: float) -> Tensor:
        chosen = torch.rand(self._other.shape, generator=self._random) < share
        return torch.where(chosen, self._drawn_alone(), self._other)

    def _in_any_order(self) -> Tensor:
        keys = torch.rand(self._other.shape, generator=self._random) + (self._other == 0)
        return self._other.gather(1, keys.argsort(dim=1))


def seen(tokens: Tensor) -> Tensor:
    """Return texts in the program's view."""
    return ngrams(one_hot(tokens, int(tokens.max()) + 1))


def runs(tokens: Tensor, size: int) -> Tensor:
    """Tokens (N, length) -> all runs without padding, as numbers."""
    found = tokens.long().unfold(1, size, 1).flatten(0, 1)
    found = found[(found != 0).all(dim=1)]
    return (found * 4096 ** torch.arange(size)).sum(dim=1)


def former(fake: Tensor, real: Tensor) -> float:
    """Energy distance of root counts of runs of one to four tokens, without edges: the view until 2026-11-27."""

    def view(tokens: Tensor) -> Tensor:
        parts = []
        for size in range(1, min(4, tokens.shape[1]) + 1):
            found = tokens.long().unfold(1, size, 1)
            places = (found * torch.tensor([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F])[:size]).sum(dim=2)
            places = (places ^ (places >> 15)) % 1024
            parts.append(torch.zeros(len(tokens), 1024).scatter_add_(1, places, (found != 0).all(dim=2).float()))
        return torch.cat(parts, dim=1).sqrt()

    return energy_distance(view(fake), view(real)).item()


def divergence(fake: Tensor, real: Tensor) -> float:
    """Jensen-Shannon divergence of runs of two tokens (Gulrajani et al. 2017), not corrected for few texts."""
    if not len(runs(fake, 2)):
        return 1.0
    _, places = torch.unique(torch.cat([runs(fake, 2), runs(real, 2)]), return_inverse=True)
    count = int(places.max()) + 1
    border = len(runs(fake, 2))
    first, second = (torch.bincount(part, minlength=count).double() for part in (places[:border], places[border:]))
    first, second = first / first.sum(), second / second.sum()
    mean = (first + second) / 2
    parts = (torch.xlogy(each, each / mean.clamp_min(1e-300)).sum() for each in (first, second))
    return (sum(parts, torch.zeros(())) / 2 / torch.log(torch.tensor(2.0))).item()


DISTANCES: Mapping[str, Distance] = {
    "energy distance, the view without edges": former,
    "energy distance in the view": lambda fake, real: energy_distance(seen(fake), seen(real)).item(),
    "JS-2": divergence,
    "unshared": lambda fake, real: unshared(seen(fake), seen(real)).item(),
}


def main() -> None:
    """Measure all distances between all sets, write them and print their means and deviations over the seeds."""
    typed = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    typed.add_argument("results", type=Path)
    typed.add_argument("--count", type=int, default=256)
    typed.add_argument("--seeds", default="30,31,32,33,34,35,36,37,38,39", help="0 to 29 served to choose")
    asked = typed.parse_args()
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for name, source in sources():
        table = source.load().train
        assert isinstance(table, Table)
        for seed in map(int, asked.seeds.split(",")):
            texts = Texts(table.samples, asked.count, seed)
            for what, tokens in texts.sets().items():
                for distance, measure in DISTANCES.items():
                    by_set = found.setdefault(name, {}).setdefault(distance, {})
                    by_set.setdefault(what, []).append(measure(tokens, texts.real))
    asked.results.write_text(json.dumps(found, indent=1))
    for name, by_distance in found.items():
        for distance, by_set in by_distance.items():
            cells = [f"{what} {statistics.mean(v):.3f} ± {statistics.stdev(v):.3f}" for what, v in by_set.items()]
            print(f"{name}; {distance}\n  " + ", ".join(cells))


if __name__ == "__main__":
    main()
