"""A discriminator of pairs of sample and code, around any discriminator of samples."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.last_layer import last_layer
from gan_cli.networks.base import sees_packs
from gan_cli.networks.second_input import AddingHead, SecondInput
from gan_cli.networks.slot import Slot
from gan_cli.spec import SampleSpec

JOINT_CHANNELS = 256
"""Units of the layers that see codes, if the encoder does not say it."""

_SLOPE = 0.2


def judge_of_pairs(network: nn.Module, spec: SampleSpec, code_dim: int, units: int) -> JointDiscriminator:
    """Return a discriminator of pairs around one of samples.

    Raises:
        SettingError: it has no layer named `head` to add to, or sees packs.
    """
    last_layer(network)  # refused before packs are
    if sees_packs(network):
        raise SettingError("/encoder", "(any)", "packs have no single code; leave packing out of balance")
    return JointDiscriminator(network, spec, code_dim, units)


class JointDiscriminator(SecondInput):
    """Judges whether a code belongs to a sample: logit = head(h) + joint(h, tower(z)), h the features of the sample.

    Towers for sample and code, then layers on both, as in ALI (Dumoulin et al. 2017, arXiv:1606.00704, appendix A). The
    score of the sample alone is kept, as in BigBiGAN (Donahue & Simonyan 2019, arXiv:1907.02544).

    Args:
        network: the discriminator of samples; its last layer must be named `head`.
        spec: kind of sample.
        code_dim: size of a code.
        units: units of the hidden layers that see codes.
    """

    def __init__(self, network: nn.Module, spec: SampleSpec, code_dim: int, units: int) -> None:
        super().__init__(network, spec, lambda layer, features, slot: JointHead(layer, features, code_dim, units, slot))


class JointHead(AddingHead):
    """A last layer that also sees the code of each sample. Its own layers have no norm, spectral norm included.

    Args:
        layer: the original last layer, features (N, F) or (N, C, *spatial) -> logits (N, 1) or (N, 1, ...).
        features: number of values that it reads of each sample.
        code_dim: size of a code.
        units: units of the hidden layers.
        slot: has the codes while the network is called.
    """

    def __init__(self, layer: nn.Module, features: int, code_dim: int, units: int, slot: Slot) -> None:
        super().__init__(layer)
        self.tower = nn.Sequential(nn.Linear(code_dim, units), nn.LeakyReLU(_SLOPE))
        self.joint = nn.Sequential(nn.Linear(features + units, units), nn.LeakyReLU(_SLOPE), nn.Linear(units, 1))
        self._slot = slot

    def added(self, features: Tensor) -> Tensor:
        """Features (N, F), flat -> the score of each pair, (N, 1)."""
        codes = self.tower(self._slot.lent.to(features.dtype))
        score: Tensor = self.joint(torch.cat([features, codes], dim=1))
        return score
