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
    number: compare it only at equal numbers, and with that of real data beside it.
    """

    results = {f"js{size}": "low" for size in range(LONGEST, 0, -1)}

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs text."""
        return no_text(inputs.reference.spec.kind)

    def results_for(self, inputs: MetricInputs) -> Mapping[str, Better]:
        (length,) = inputs.reference.spec.spatial
        return {f"js{size}": "low" for size in range(min(LONGEST, length), 0, -1)}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        fake, real = equal_sized(inputs.fake.x, inputs.reference.real.x)
        return {
            name: divergence(*(runs(each, int(name[2:])) for each in (fake, real))) for name in self.results_for(inputs)
        }


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
