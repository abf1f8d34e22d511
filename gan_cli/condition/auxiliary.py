"""The label as a second task of the discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from annotated_types import Ge
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.balance.base import UpdateContext
from gan_cli.condition.base import Condition, Told, refuse_packs
from gan_cli.errors import SettingError
from gan_cli.game import Batch, Players
from gan_cli.networks.conditional_discriminators import AuxiliaryDiscriminator
from gan_cli.networks.conditional_generator import EmbeddingSize
from gan_cli.schedule import Ramp, Schedule
from gan_cli.spec import SampleSpec


class Auxiliary(Condition):
    """AC-GAN: D also names the class, and G is rewarded if D names the class that was asked for.

    L_D + w CE(C(x), y),  L_G + w CE(C(G(z, y)), y), with C a linear layer on D's features.
    Odena et al. (2017), arXiv:1610.09585.

    The paper also teaches D the classes of fakes. That lets D learn from a young generator's mistakes, so it is a
    setting. Samples that are easy to name are rewarded, so classes become narrow. A step costs one more pass of D for
    real and one for fake samples.

    Args:
        weight: weight w of both terms, >= 0, or a ramp.
        fakes: teach D the classes that were asked of fakes too, as in the paper.
        generator: how G is told: an `embedding` beside the latents, its `batch_norm`, or `auto`: the latter if any.
        embedding_dim: size of that vector.
    """

    def __init__(
        self,
        *,
        weight: Annotated[float, Ge(0)] | Ramp = 1.0,
        fakes: bool = False,
        generator: Told = "auto",
        embedding_dim: EmbeddingSize = 32,
    ) -> None:
        super().__init__("auxiliary", generator, embedding_dim)
        self._weight = Schedule(weight)
        self._fakes = fakes

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator and add the layer that names classes.

        Raises:
            SettingError: the data have no labels, or this discriminator shows no features, or sees packs.
        """
        num_classes = self.classes_of(spec)
        network = build(spec)
        if not hasattr(network, "features"):
            remedy = "shows no features to name classes by; use discriminator=conv, mlp or resnet"
            raise SettingError("/discriminator", type(network).__name__, remedy)
        refuse_packs(self.name, network)
        return AuxiliaryDiscriminator(network, spec, num_classes)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted cross-entropy of the classes of real samples, and of fakes if they are taught too."""
        taught = [context.real, context.fake] if self._fakes else [context.real]
        wrong = [_cross_entropy(players, batch) for batch in taught]
        return self._weight.at(players.step) * sum(wrong[1:], wrong[0])

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted cross-entropy of the classes that were asked for."""
        return self._weight.at(players.step) * _cross_entropy(players, context.fake)


def _cross_entropy(players: Players, batch: Batch) -> Tensor:
    judge = players.discriminator
    assert isinstance(judge, AuxiliaryDiscriminator) and batch.y is not None
    return F.cross_entropy(judge.named_class(batch.x).float(), batch.y)
