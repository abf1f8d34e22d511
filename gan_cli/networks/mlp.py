"""The fully connected networks: the first GAN, the networks for points, and a baseline for data of any shape."""

from __future__ import annotations

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.blocks import ending
from gan_cli.networks.geometry import UNSCALED_DEPTH, resolve_depth
from gan_cli.networks.initialise import Init, constrain_spectral_norm, initialise
from gan_cli.networks.options import (
    Activation,
    Channels,
    Depth,
    DiscriminatorNorm,
    DropoutRate,
    Maxout,
    Norm,
    Pieces,
    build_activation,
    build_dropout,
    build_norm,
    carries_bias,
)
from gan_cli.spec import SampleSpec


class MLPGenerator(nn.Module):
    """Hidden layers of Linear, BatchNorm and ReLU, then Linear and, for data with a range, tanh.

    Goodfellow et al. (2014), arXiv:1406.2661, with the batch norm of later practice.

    Args:
        spec: kind, shape and value range of one sample.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        depth: hidden layers, 1 to 16; None means 3, or as many as `widths` lists.
        base_channels: units of each hidden layer (alias: width).
        widths: units of each hidden layer from the latent to the data; replaces depth and base_channels.
        norm: normalisation after each hidden layer; `instance` is a layer norm without a learned scale.
        activation: nonlinearity of the hidden layers.
        dropout: share of hidden units that is dropped in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: `widths` is empty, contains a width below 1 or contradicts `depth`.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        latent_dim: Channels = 100,
        latent: LatentKind = "normal",
        depth: Depth | None = None,
        base_channels: Channels = 256,
        widths: list[Channels] | None = None,
        norm: Norm = "batch",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "default",
    ) -> None:
        super().__init__()
        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.widths = _hidden_widths(depth, base_channels, widths)
        self.depth = len(self.widths)
        self.hidden = nn.Sequential()
        inputs = latent_dim
        for units in self.widths:
            self.hidden.append(_hidden_layer(inputs, units, norm, activation, dropout))
            inputs = units
        self.out = nd.chain(
            linear=nn.Linear(inputs, spec.numel),
            reshape=nn.Unflatten(1, spec.shape),
            range=ending(spec),
        )
        initialise(self, init)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, *spec.shape)."""
        samples: Tensor = self.out(self.hidden(latents))
        return samples


class MLPDiscriminator(nn.Module):
    """Hidden layers of Linear and LeakyReLU(0.2), then Linear to one logit.

    Goodfellow et al. (2014), arXiv:1406.2661.

    Args:
        spec: kind, shape and value range of one sample.
        depth: hidden layers, 1 to 16; None means 3, or as many as `widths` lists.
        base_channels: units of each hidden layer (alias: width).
        widths: units of each hidden layer from the data to the logit; replaces depth and base_channels.
        norm: normalisation after each hidden layer but the first; `instance` is a layer norm without a learned scale.
            `spectral` divides every weight by its largest singular value instead.
        activation: nonlinearity of the hidden layers.
        maxout: linear outputs per unit, 2 to 64, of which the largest is kept; replaces the activation; None for none.
        dropout: share of hidden units that is dropped in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: `widths` is empty, contains a width below 1 or contradicts `depth`.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        depth: Depth | None = None,
        base_channels: Channels = 256,
        widths: list[Channels] | None = None,
        norm: DiscriminatorNorm = "none",
        activation: Activation = "leaky_relu",
        maxout: Pieces | None = None,
        dropout: DropoutRate = 0.0,
        init: Init = "default",
    ) -> None:
        super().__init__()
        self.spec = spec
        self.widths = _hidden_widths(depth, base_channels, widths)
        self.depth = len(self.widths)
        self.hidden = nn.Sequential()
        inputs = spec.numel
        for layer, units in enumerate(self.widths):
            self.hidden.append(_hidden_layer(inputs, units, norm if layer else "none", maxout or activation, dropout))
            inputs = units
        self.head = nn.Linear(inputs, 1)
        initialise(self, init)
        if norm == "spectral":
            constrain_spectral_norm(self)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> the last hidden layer (N, units)."""
        hidden: Tensor = self.hidden(samples.flatten(1))
        return hidden

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> logits (N,)."""
        logits: Tensor = self.head(self.features(samples))
        return logits.flatten()


def _hidden_widths(depth: int | None, base_channels: int, widths: list[int] | None) -> list[int]:
    layers = resolve_depth(depth, widths) or UNSCALED_DEPTH
    return list(widths or [base_channels] * layers)


def _hidden_layer(
    inputs: int, units: int, norm: DiscriminatorNorm, activation: Activation | int, dropout: float
) -> nn.Sequential:
    """Linear, norm, nonlinearity, dropout. A number as activation means maxout over that many linear outputs."""
    maps, nonlinearity = (
        (units * activation, Maxout(activation))
        if isinstance(activation, int)
        else (units, build_activation(activation))
    )
    return nd.chain(
        linear=nn.Linear(inputs, maps, bias=carries_bias(norm, 0)),
        norm=build_norm(norm, maps, 0),
        activation=nonlinearity,
        dropout=build_dropout(dropout, 0),
    )
