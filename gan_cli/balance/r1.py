"""R1: a gradient penalty that keeps the discriminator flat at real samples."""

from __future__ import annotations

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.zero_centred import ZeroCentredPenalty
from gan_cli.game import Batch


class R1(ZeroCentredPenalty):
    """Zero-centred gradient penalty on real samples; near the solution it keeps D from pushing G away.

    gamma / 2 E ||dD/dx||^2 at real x.
    Mescheder et al. (2018), arXiv:1801.04406; every k-th update as in Karras et al. (2020), arXiv:1912.04958.

    The term is multiplied by `every` when it is due and is 0 in between, so its average does not depend on `every`.
    Batch norm in the discriminator is allowed and common, but it ties the samples of a batch together. The penalty then
    acts on the gradient of the sum of all logits, which batch norm makes small. `discriminator.norm=layer` or `none` is
    cleaner.
    """

    tag = "balance/r1_gamma"

    def penalised(self, context: UpdateContext) -> Batch:
        """The real samples that the discriminator saw."""
        return context.real
