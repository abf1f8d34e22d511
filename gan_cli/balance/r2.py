"""R2: a discriminator that is flat where the generator is."""

from __future__ import annotations

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.zero_centred import ZeroCentredPenalty
from gan_cli.game import Batch


class R2(ZeroCentredPenalty):
    """Zero-centred gradient penalty on fake samples: R1's mirror image, which tames D where R1 does not look.

    gamma / 2 E ||dD/dx||^2 at x = G(z); the generator gets no gradient of it.
    Mescheder et al. (2018), arXiv:1801.04406; together with R1 in Huang et al. (2024), arXiv:2501.05441.

    Early in a run, R1 does not see the fakes, which are far from the data, and D may be arbitrarily steep there.
    Interval and batch norm as in `R1`.
    """

    tag = "balance/r2_gamma"

    def penalised(self, context: UpdateContext) -> Batch:
        """The fake samples that the discriminator was shown."""
        return context.fake
