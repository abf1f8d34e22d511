"""Which runs of tokens samples and data have in common."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor

from gan_cli.metrics.base import Metric, MetricInputs, equal_sized
from gan_cli.metrics.token_runs import LONGEST, no_text, runs
from gan_cli.text_lines import made_of_words

Size = Annotated[int, Ge(1), Le(LONGEST)]


class NgramPrecision(Metric):
    """`ngram_precision`: share of the samples' runs of n tokens that occur in the data; `ngram_recall` the reverse.

    Runs that occur several times count as often. As in "%-IN-TEST-n" of Press et al. (2017), arXiv:1706.01399. Padding
    is in no run. Both grow with the number of texts, so read them beside those of real data. A generator that repeats
    one sound text has a precision of 1 and a recall near 0.

    Args:
        size: n, tokens of a run, 1 to 4. None takes 4 characters, or 2 words.
    """

    results = {"ngram_precision": "high", "ngram_recall": "high"}

    def __init__(self, *, size: Size | None = None) -> None:
        self._size = size

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs text of at least n tokens."""
        spec = inputs.reference.spec
        if spec.kind != "text":
            return no_text(spec.kind)
        size = self._of(spec.alphabet or ())
        return f"needs texts of {size} tokens, these have {spec.spatial[0]}" if size > spec.spatial[0] else None

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        size = self._of(inputs.reference.spec.alphabet or ())
        fake, real = (runs(each, size) for each in equal_sized(inputs.fake.x, inputs.reference.real.x))
        return {"ngram_precision": known(fake, real), "ngram_recall": known(real, fake)}

    def _of(self, alphabet: tuple[str, ...]) -> int:
        return self._size or (2 if made_of_words(alphabet) else LONGEST)


def known(these: Tensor, those: Tensor) -> float:
    """Share of runs (R,) that are among others (S,); 0 if there are none."""
    return torch.isin(these, those).double().mean().item() if len(these) else 0.0
