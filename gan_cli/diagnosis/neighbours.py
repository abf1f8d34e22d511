"""What the generator leaves out, invents, and repeats: gauges from nearest neighbours, 0 for real samples on any data.

A mean distance says little without knowing the data: samples that are blurred lie between photographs, nearer to them
than photographs are to each other. So these gauges only ask whether samples are as near as real ones are. They are 0 in
expectation if fakes are distributed as real samples, whatever these are, and 1 at the other end.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.distances import PairDistances

_MISSED_NEIGHBOURS = 5
_ASTRAY_NEIGHBOURS = 3
_FEWEST = 3
_NEAR = 0.2
"""Share of the real samples whose nearest other one is near."""


def missed(apart: PairDistances) -> Tensor:
    """Share of real samples that have no fake among their nearest neighbours; 0 if as many have one as by chance.

    1 - c / c*, with c the share of the M real samples with one of the N fakes no farther than their k-th nearest other
    real sample, k = 5: the coverage of Naeem et al. (2020), arXiv:2002.09797. c* is its expectation for equal
    distributions: that not all k nearest of M - 1 + N samples are real. It is 0 for fewer than three real samples.
    """
    fakes, count = apart.between.shape
    neighbours = min(_MISSED_NEIGHBOURS, count - 2)
    if neighbours < 1:
        return apart.real.new_zeros(())
    reach = apart.real.kthvalue(neighbours, dim=1).values
    covered = (apart.between.amin(dim=0) <= reach).float().mean()
    none = 1.0
    for nearest in range(neighbours):
        none *= (count - 1 - nearest) / (count - 1 + fakes - nearest)
    return 1.0 - covered / (1.0 - none)


def astray(apart: PairDistances) -> Tensor:
    """Share of fakes that are no real sample's neighbours; 0 if there are as many of them among real samples.

    1 - p / p*. p is the share of the N fakes that are no farther from their nearest of the M real samples than its k-th
    nearest other real sample is, k = 3. p* is the same share of the real samples, each left out in its turn. Unlike the
    precision of Kynkaanniemi et al. (2019), arXiv:1904.06991, a fake has only the ball of its nearest real sample, so
    that the large balls of a few outliers hold nothing else. It is 0 for fewer than three real samples.
    """
    count = len(apart.real)
    neighbours = min(_ASTRAY_NEIGHBOURS, count - 2)
    if neighbours < 1:
        return apart.real.new_zeros(())
    ordered = apart.real.topk(neighbours + 1, dim=1, largest=False)
    reach, without_one = ordered.values[:, neighbours - 1], ordered.values[:, neighbours]
    way, nearest = ordered.values[:, 0], ordered.indices[:, 0]
    # a real sample that is left out may have been among the neighbours that set the reach of its own nearest one
    left = torch.where(way <= reach[nearest], without_one[nearest], reach[nearest])
    usual = (way <= left).float().mean()
    found = apart.between.min(dim=1)
    inside = (found.values <= reach[found.indices]).float().mean()
    return 1.0 - inside / usual.clamp_min(1.0 / count)


def repeated(apart: PairDistances) -> Tensor:
    """Share of fakes that repeat another fake; 0 if as many do as of the real samples, 1 if all do.

    (s - s*) / (1 - s*). s is the share of the N fakes with another fake within half of the distance within which a
    fifth of the M real samples have another real one, and s* is the share of the real samples with one as near: 0 for
    images, and a few percent for points. Both are taken from the first min(N, M) samples of each set, because more
    samples have nearer neighbours. It is 0 for fewer than three samples. A generator that repeats itself is the sign of
    collapse in Arora & Zhang (2017), arXiv:1706.08224, where duplicates are looked for by eye. The half sets repeated
    samples apart from blurred ones, which are nearer to each other than real ones are.
    """
    count = min(apart.between.shape)
    if count < _FEWEST:
        return apart.real.new_zeros(())
    of_fakes, of_real = (way[:count, :count].amin(dim=1) for way in (apart.fakes, apart.real))
    near = of_real.kthvalue(max(1, round(_NEAR * count))).values / 2.0
    alike, usual = ((way <= near).float().mean() for way in (of_fakes, of_real))
    return (alike - usual) / (1.0 - usual).clamp_min(1.0 / count)
