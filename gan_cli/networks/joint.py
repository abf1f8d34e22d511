"""A discriminator of pairs of sample and code, around any discriminator of samples."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.networks.last_layer import last_layers, replace_last_layer
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
    if len(last_layers(network)) != 1:
        remedy = "needs a discriminator with one last layer named head, such as mlp, conv or resnet"
        raise SettingError("/discriminator", type(network).__name__, remedy)
    if any(getattr(module, "packs", False) for module in network.modules()):
        raise SettingError("/encoder", "(any)", "packs have no single code; leave packing out of balance")
    return JointDiscriminator(network, spec, code_dim, units)


class JointDiscriminator(nn.Module):
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
        super().__init__()
        self._slot = Slot()
        replace_last_layer(
            network, spec, lambda layer, features: JointHead(layer, features, code_dim, units, self._slot)
        )
        self.network = network

    def features(self, samples: Tensor, codes: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> features (N, F); they do not depend on the codes (N, code_dim)."""
        features: Tensor = self.network.features(samples)  # type: ignore[operator]
        return features

    def forward(self, samples: Tensor, codes: Tensor) -> Tensor:
        """Samples (N, *spec.shape), codes (N, code_dim) -> logits (N,)."""
        with self._slot.lend(codes):
            logits: Tensor = self.network(samples)
        return logits


class JointHead(nn.Module):
    """A last layer that also sees the code of each sample.

    Args:
        layer: the original last layer, features (N, F) or (N, C, *spatial) -> logits (N, 1) or (N, 1, ...).
        features: number of values that it reads of each sample.
        code_dim: size of a code.
        units: units of the hidden layers.
        slot: has the codes while the network is called.
    """

    def __init__(self, layer: nn.Module, features: int, code_dim: int, units: int, slot: Slot) -> None:
        super().__init__()
        self.layer = layer
        self.tower = nn.Sequential(nn.Linear(code_dim, units), nn.LeakyReLU(_SLOPE))
        self.joint = nn.Sequential(nn.Linear(features + units, units), nn.LeakyReLU(_SLOPE), nn.Linear(units, 1))
        self._slot = slot

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, F) or (N, C, *spatial) -> logits, in the shape in which the original layer returns them."""
        logits: Tensor = self.layer(features)
        codes = self.tower(self._slot.lent.to(features.dtype))
        both: Tensor = self.joint(torch.cat([features.flatten(1), codes], dim=1))
        raised: Tensor = logits + both.view(-1, *[1] * (logits.ndim - 1))
        return raised
