"""Gauges of the balance that are measured at every step, as 0-d tensors for which the host does not wait.

Pure functions of logits and gradients. `rules.py` interprets the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from gan_cli.game import Loss

BAND = (0.5, 0.7)
"""Share of right answers of D in a good balance: at 0.5 it guesses, above 0.7 it is far ahead (a folk rule)."""


@torch.no_grad()
def measure(real_logits: Tensor, fake_logits: Tensor, *, cut: float) -> dict[str, Tensor]:
    """Return mean logits and accuracies of the discriminator, by TensorBoard tag, 0-d float32 on the device.

    `accuracy/real`, `accuracy/fake` and their mean `accuracy/discriminator` count logits that are strictly on the right
    side of `cut`. They have no meaning for losses without a cut. `accuracy/pairwise` is P(D(x) > D(G(z))) over all
    N * M pairs, where ties count one half; it needs no cut.

    Args:
        real_logits: logits (N,) of real samples, any floating type.
        fake_logits: logits (M,) of fake samples.
        cut: the logit above which the discriminator says "real".
    """
    real, fake = real_logits.float(), fake_logits.float()
    accuracy_real = (real > cut).float().mean()
    accuracy_fake = (fake < cut).float().mean()
    return {
        "logits/real": real.mean(),
        "logits/fake": fake.mean(),
        "accuracy/real": accuracy_real,
        "accuracy/fake": accuracy_fake,
        "accuracy/discriminator": (accuracy_real + accuracy_fake) / 2.0,
        "accuracy/pairwise": pairwise_accuracy(real, fake),
    }


def accuracy_tag(loss: Loss) -> str:
    """Return the tag of the accuracy that is meaningful for a loss: over pairs if logits can only be compared."""
    return "accuracy/pairwise" if loss.probability is None else "accuracy/discriminator"


@torch.no_grad()
def pairwise_accuracy(real: Tensor, fake: Tensor) -> Tensor:
    """Logits (N,), (M,) -> P(D(x) > D(G(z))) over all pairs, 0-d; ties count one half (area under the ROC curve)."""
    ordered = fake.sort().values
    real = real.contiguous()
    below = torch.searchsorted(ordered, real, right=False)
    not_above = torch.searchsorted(ordered, real, right=True)
    return (below + not_above).float().mean() / (2.0 * len(fake))


@torch.no_grad()
def grad_norm(tensors: Iterable[Tensor]) -> Tensor:
    """Euclidean norm of all gradients together, 0-d, in one fused pass.

    Args:
        tensors: gradients, or parameters whose `.grad` is used; parameters without one are left out.
    """
    gradients = [t.grad if isinstance(t, nn.Parameter) else t for t in tensors]
    present = [g for g in gradients if g is not None]
    if not present:
        return torch.zeros(())
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(present)))
    return norm


@torch.no_grad()
def gradient_signal(fake: Tensor) -> Tensor:
    """E ||dL_G / dG(z)||: the mean gradient norm that the generator gets per sample, 0-d.

    L_G is a mean over the batch, so the gradient of a sample's own loss is N times its gradient of L_G. Near 0 the
    generator learns nothing: the discriminator is saturated, or it cannot see the errors of the samples.

    Args:
        fake: samples (N, *shape) whose `.grad` was kept.
    """
    if fake.grad is None:
        return torch.zeros((), device=fake.device)
    norms: Tensor = torch.linalg.vector_norm(fake.grad.flatten(1), dim=1)
    return norms.sum()


def derive(means: Mapping[str, float], *, ideal: float | None, has_cut: bool) -> dict[str, float]:
    """Return the gauges that follow from the means of a reading, by tag.

    - `balance/tempo`: D's update/weight ratio divided by G's, over one step with all its updates, > 0. Near 1 both
      learn at the same speed; far above 1 D learns too fast, far below 1 too slowly.
    - `balance/ideal_gap`: L_D - V*, in units of the loss. It is 0 for the best discriminator if p_g = p_data. Below 0
      D wins, and at -V* (a loss of 0) it has won. Only for losses with a V*.
    - `balance/r_t`: E[sign(D(x_train) - cut)] = 2 accuracy/real - 1, in [-1, 1]. Karras et al. (2020),
      arXiv:2006.06676, eq. 1, call 0.6 a good target. Only for losses with a cut.
    """
    pace = {side: means[f"balance/update_{side}"] for side in ("discriminator", "generator")}
    values = {"balance/tempo": pace["discriminator"] / max(pace["generator"], 1e-12)}
    if ideal is not None:
        values["balance/ideal_gap"] = means["loss/discriminator"] - ideal
    if has_cut:
        values["balance/r_t"] = 2.0 * means["accuracy/real"] - 1.0
    return values
