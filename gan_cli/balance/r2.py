"""R2: a gradient penalty that keeps the discriminator flat at fake samples."""

from __future__ import annotations

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.zero_centred import ZeroCentredPenalty
from gan_cli.game import Batch


class R2(ZeroCentredPenalty):
    """Zero-centred gradient penalty on fake samples; it limits D where R1 has no effect.

    gamma / 2 E ||dD/dx||^2 at x = G(z); the generator gets no gradient from it.
    Mescheder et al. (2018), arXiv:1801.04406; together with R1 in Huang et al. (2024), arXiv:2501.05441.

    Early in a run the fakes are far from the data. R1 does not act on them, so D may be arbitrarily steep there.
    The interval and batch norm are treated as in `R1`.
    """

    tag = "balance/r2_gamma"

    def penalised(self, context: UpdateContext) -> Batch:
        """The fake samples that the discriminator saw."""
        return context.fake
