"""Adversarial losses of both networks, as pure functions of the discriminator's logits.

Nothing here depends on a network, an optimizer or a step. Every loss is a mean over the batch. The discriminator's loss
is the *sum* of its real and its fake half, without factors of 1/2, so that the ideal values can be compared with the
literature: V* = log 4 for cross-entropy, 2 for hinge, 0.5 for least squares, log 2 for relativistic pairing.

Notation in the formulas: D(x) is the logit, s(.) the sigmoid, softplus(t) = log(1 + e^t) = -log s(-t).
"""

from __future__ import annotations

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from annotated_types import Ge, Lt
from torch import Tensor

Smoothing = Annotated[float, Ge(0), Lt(0.5)]


def _share(logits: Tensor) -> Tensor:
    """Clamp logits to [0, 1]; least squares trains them to be the labels themselves."""
    return logits.clamp(0.0, 1.0)


class CrossEntropy:
    """Base class with the discriminator loss of Goodfellow et al. (2014), arXiv:1406.2661, section 3, eq. 1.

    L_D = E softplus(-D(x)) + E softplus(D(G(z))); one-sided smoothing: Salimans et al. (2016), arXiv:1606.03498.

    Args:
        smoothing: amount by which the label 1 of real samples is lowered, in [0, 0.5); 0 is off. Fakes keep label 0.
    """

    compares_pairs = False
    probability = staticmethod(torch.sigmoid)
    real_cut = 0.0

    def __init__(self, *, smoothing: Smoothing = 0.0) -> None:
        self.smoothing = smoothing
        # with labels 1 - smoothing and 0, the best D answers s(D) = (1 - smoothing) / 2 everywhere
        real_label, fake_label = 1.0 - smoothing, 1.0 + smoothing
        self.ideal = -real_label * math.log(real_label / 2.0) - fake_label * math.log(fake_label / 2.0)

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Cross-entropy with the labels 1 - smoothing for real samples and 0 for fakes."""
        # (1 - s) softplus(-D) + s softplus(D) = softplus(-D) + s D: one softplus, and exact for large logits
        return (F.softplus(-real) + self.smoothing * real).mean() + F.softplus(fake).mean()


class NonSaturating(CrossEntropy):
    """The usual GAN loss: the generator maximises log s(D(G(z))), so its gradient does not vanish while D wins.

    L_G = E softplus(-D(G(z))); L_D and `smoothing` as in `CrossEntropy`.
    Goodfellow et al. (2014), arXiv:1406.2661, section 3.
    """

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """-E log s(D(G(z)))."""
        return F.softplus(-fake).mean()


class Minimax(CrossEntropy):
    """The original zero-sum game. It is here to show that the generator's gradient vanishes where D is certain.

    L_G = E log(1 - s(D(G(z)))) = -E softplus(D(G(z))); L_D and `smoothing` as in `CrossEntropy`.
    Goodfellow et al. (2014), arXiv:1406.2661, eq. 1.
    """

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """E log(1 - s(D(G(z))))."""
        return -F.softplus(fake).mean()


class LeastSquares:
    """LSGAN: logits are pulled to the labels 1 (real) and 0 (fake); samples far on the right side still give gradient.

    L_D = E (D(x) - (1 - smoothing))^2 + E D(G(z))^2,  L_G = E (D(G(z)) - 1)^2.
    Mao et al. (2017), arXiv:1611.04076, eq. 9, both losses without the paper's factor 1/2.

    Args:
        smoothing: amount by which the label 1 of reals in L_D is lowered, in [0, 0.5); 0 is off. Fakes keep label 0.
    """

    compares_pairs = False
    probability = staticmethod(_share)
    real_cut = 0.5

    def __init__(self, *, smoothing: Smoothing = 0.0) -> None:
        self.smoothing = smoothing
        self.ideal = (1.0 - smoothing) ** 2 / 2.0

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Squared distance from the labels 1 - smoothing and 0."""
        return (real - (1.0 - self.smoothing)).square().mean() + fake.square().mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Squared distance from the label 1 of real samples."""
        return (fake - 1.0).square().mean()


class Hinge:
    """Hinge loss: the discriminator ignores samples that are on the right side by a margin of 1.

    L_D = E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))),  L_G = -E D(G(z)).
    Lim & Ye (2017), arXiv:1705.02894; Miyato et al. (2018), arXiv:1802.05957, eqs. 16 and 17.
    """

    compares_pairs = False
    probability = staticmethod(torch.sigmoid)
    real_cut = 0.0
    ideal = 2.0

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The mean amounts by which logits fail to reach the margins 1 (real) and -1 (fake)."""
        return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """-E D(G(z))."""
        return -fake.mean()


class Wasserstein:
    """The critic estimates the earth mover's distance. A technique or spectral norm must keep it 1-Lipschitz.

    L_D = E D(G(z)) - E D(x),  L_G = -E D(G(z)).
    Arjovsky et al. (2017), arXiv:1701.07875, eq. 2 and algorithm 1.
    """

    compares_pairs = False
    probability = None
    real_cut = 0.0
    ideal = None

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Minus the critic's estimate of the distance."""
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """-E D(G(z))."""
        return -fake.mean()


class Relativistic:
    """Each fake is compared with one real sample, which removes the bad minima of mode dropping.

    L_D = E softplus(-(D(x) - D(G(z)))),  L_G = E softplus(-(D(G(z)) - D(x))).
    Jolicoeur-Martineau (2018), arXiv:1807.00734; Huang et al. (2024), arXiv:2501.05441, eq. 2 (needs R1 and R2).
    """

    compares_pairs = True
    probability = None
    real_cut = 0.0
    ideal = math.log(2.0)

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-E log s(D(x) - D(G(z)))."""
        return F.softplus(fake - real).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """The discriminator's loss with real and fake exchanged.

        Raises:
            ValueError: `real` is None, so the caller ignored `compares_pairs`.
        """
        if real is None:
            raise ValueError("a relativistic generator loss compares pairs: it needs the logits of real samples")
        return F.softplus(real - fake).mean()
