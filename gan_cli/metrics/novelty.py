"""Whether texts are new, and whether they differ from each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from torch import Tensor

from gan_cli.metrics.base import Better, Metric, MetricInputs, equal_sized
from gan_cli.metrics.token_runs import no_text

Line = tuple[int, ...]


class Novelty(Metric):
    """`novelty`: share of samples that are no training text; `distinct`: number of different ones, as a share of all.

    Beside them the same of real texts: `novelty_holdout` of held-out texts, if there are any, and `distinct_real` of as
    many real ones. Texts are equal if they have the same tokens but for padding. A random part of large training sets
    is looked up (2^27 values, such as 40,000 texts of 32 of 100 characters), so that novelty is too high there.
    """

    results = {"novelty": "real", "novelty_holdout": "none", "distinct": "real", "distinct_real": "none"}
    has_floor = False

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs text."""
        return no_text(inputs.reference.spec.kind)

    def results_for(self, inputs: MetricInputs) -> Mapping[str, Better]:
        held = inputs.reference.holdout is not None
        return {name: better for name, better in self.results.items() if held or name != "novelty_holdout"}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        reference = inputs.reference
        known = set(lines(reference.train.x))
        fake, real = (lines(each) for each in equal_sized(inputs.fake.x, reference.real.x))
        found = {"novelty": new(fake, known), "distinct": distinct(fake), "distinct_real": distinct(real)}
        if reference.holdout is not None:
            found["novelty_holdout"] = new(lines(reference.holdout.x), known)
        return found


def lines(samples: Tensor) -> list[Line]:
    """Texts (N, tokens, length) -> the tokens of each, without padding."""
    return [tuple(token for token in row if token) for row in samples.argmax(dim=1).tolist()]


def new(these: list[Line], known: Collection[Line]) -> float:
    """Share of texts that are not among others."""
    return sum(line not in known for line in these) / len(these)


def distinct(these: list[Line]) -> float:
    """Number of different texts, as a share of all."""
    return len(set(these)) / len(these)
