"""Memorisation: whether the samples are copies of training images."""

from __future__ import annotations

from gan_cli.metrics.base import MetricInputs, Space, nearest
from gan_cli.metrics.spaces import SpaceMetric, Spaces, in_each_space
from gan_cli.perception import perceive, raw
from gan_cli.spec import SampleSpec


class Memorisation(SpaceMetric):
    """`nearest_train`: mean distance from fakes to their nearest training sample, over that of held-out samples.

    The ratio is 1 if fakes are as close to the training set as unseen data, near 0 if they are copies, and above 1 if
    they are far from the data. `copies` is the share of fakes that are closer to a training sample than 99 % of the
    held-out samples are; 0.01 is expected by chance. `nearest_train_view` and `copies_view` are the same in the view of
    the samples, where blurred samples are far from the data, but so are copies that were made darker or blurred. The
    idea is from Meehan et al. (2020), "A non-parametric test to detect data-copying", arXiv:2004.05675.

    Args:
        space: `view`, `raw` or `both`. None takes raw values, which find more copies of images, and of sound the view,
            because by raw values silence is near to every sound.
    """

    results = in_each_space({"nearest_train": "real", "copies": "low"})
    fewest = 20
    has_floor = False

    def __init__(self, *, space: Spaces | None = None) -> None:
        super().__init__(space=space or "raw")
        self._by_kind = space is None

    def spaces(self, spec: SampleSpec) -> tuple[Space, ...]:
        return ("view",) if self._by_kind and spec.kind == "audio" else super().spaces(spec)

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs held-out samples to compare with."""
        held = inputs.reference.holdout
        return "needs 20 held-out samples; give data.holdout" if held is None or len(held) < self.fewest else None

    def measure_in(self, space: Space, inputs: MetricInputs) -> dict[str, float]:
        reference = inputs.reference
        assert reference.holdout is not None
        see = perceive(reference.spec) if space == "view" else raw
        known, held_out = reference.train_vectors(space), see(reference.holdout.x)
        fake, unseen = (nearest(vectors, known)[0] for vectors in (inputs.vectors(space)[0], held_out))
        return {
            "nearest_train": (fake.mean() / unseen.mean().clamp_min(1e-12)).item(),
            "copies": (fake < unseen.quantile(0.01)).float().mean().item(),
        }
