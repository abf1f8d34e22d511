"""How differently often samples and data have each run of one to four tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from gan_cli.metrics.base import Better, Metric, MetricInputs, equal_sized
from gan_cli.metrics.token_runs import LONGEST, no_text, runs


class NgramJS(Metric):
    """`js4`, `js3`, `js2`, `js1`: Jensen-Shannon divergence of the runs of n tokens in samples and data, in bits.

    JS-n = (KL(p || m) + KL(q || m)) / (2 ln 2), m = (p + q) / 2, where p and q are the shares of each run among all
    runs of n tokens: 0 if equal, 1 if no run is in both. As by Gulrajani et al. (2017), arXiv:1704.00028, but no run
    has padding. Most long runs are in few texts, so that other real texts have a JS-n above 0, which falls with their
    number: compare it only at equal numbers, and with that of real data beside it. Only those n are measured of which
    real texts have a run each on average.
    """

    results = {f"js{size}": "low" for size in range(LONGEST, 0, -1)}

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs text."""
        return no_text(inputs.reference.spec.kind)

    def results_for(self, inputs: MetricInputs) -> Mapping[str, Better]:
        real = inputs.reference.real.x
        enough = [size for size in range(1, LONGEST + 1) if len(runs(real, size)) >= len(real)]
        return {f"js{size}": "low" for size in reversed(enough or [1])}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        fake, real = equal_sized(inputs.fake.x, inputs.reference.real.x)
        sizes = {name: int(name.removeprefix("js")) for name in self.results_for(inputs)}
        return {name: divergence(runs(fake, size), runs(real, size)) for name, size in sizes.items()}


def divergence(first: Tensor, second: Tensor) -> float:
    """Runs (R,), (S,) as numbers -> JS of their shares in bits; 0 if there are none, 1 if one side has none."""
    if not len(first) or not len(second):
        return float(len(first) != len(second))
    _, places = torch.unique(torch.cat([first, second]), return_inverse=True)
    counts = (torch.bincount(part, minlength=int(places.max()) + 1) for part in places.split([len(first), len(second)]))
    p, q = (count.double() / count.sum() for count in counts)
    mean = (p + q) / 2.0  # above 0: each place is that of a run
    parts = [torch.xlogy(each, each / mean).sum().item() for each in (p, q)]
    return sum(parts) / (2.0 * math.log(2.0))
