"""Encoders: from samples to the latents that would make them, with the layers of a discriminator."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn

from gan_cli.networks.base import Latent
from gan_cli.networks.conv import ConvDiscriminator
from gan_cli.networks.initialise import Init, initialise
from gan_cli.networks.joint import JOINT_CHANNELS
from gan_cli.networks.mlp import MLPDiscriminator
from gan_cli.networks.options import Activation, Channels, Depth, DropoutRate, KernelSize, Norm, Stride
from gan_cli.spec import SampleSpec

Rate = Annotated[float, Ge(0)]


class Encoder(nn.Module):
    """The features of a discriminator, then a linear layer to codes.

    Args:
        body: a network with `features`, samples (N, *spec.shape) -> (N, F); its last layer `head` is not used.
        latent: the distribution of the generator's latents; codes of uniform ones end in tanh, which has their range.
        stochastic: draw codes from a normal distribution whose mean and deviation are learned, as in ALI; evaluation
            mode gives the mean. Otherwise each sample has one code, as in BiGAN.
        joint_channels: units of D's layers that see codes; these have no norm.
        init: distribution of the initial weights of the last layer.
        lr: learning rate; None is that of the generator.
    """

    def __init__(
        self,
        body: ConvDiscriminator | MLPDiscriminator,
        latent: Latent,
        *,
        stochastic: bool,
        joint_channels: int,
        init: Init,
        lr: float | None,
    ) -> None:
        super().__init__()
        size = body.head.get_parameter("weight")[0].numel()
        body.head = nn.Identity()
        self.body = body
        self.latent = latent
        self.stochastic = stochastic
        self.joint_channels = joint_channels
        self.lr = lr
        self.out = nn.Linear(size, latent.dim * (2 if stochastic else 1))
        initialise(self.out, init)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> the last hidden layer (N, F)."""
        return self.body.features(samples)

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> codes (N, latent.dim)."""
        told: Tensor = self.out(self.features(samples))
        codes = told
        if self.stochastic:
            codes, log_deviation = told.chunk(2, dim=1)
            if self.training:
                codes = codes + log_deviation.clamp(-8.0, 2.0).exp() * torch.randn_like(codes)
        return codes.tanh() if self.latent.kind == "uniform" else codes


class ConvEncoder(Encoder):
    """Strided convolutions as in the convolutional discriminator, then a linear layer to codes.

    Donahue et al. (2017), "BiGAN", arXiv:1605.09782; Dumoulin et al. (2017), "ALI", arXiv:1606.00704.

    Args:
        spec: kind, shape and value range of one sample.
        latent: the distribution of the generator's latents.
        depth: number of downsampling layers, 1 to 16; None: down to 4 to 6 positions per side, at least 2 layers from
            size 8.
        base_channels: channels of the map next to the data, doubled in each layer further from it.
        max_channels: upper limit of the channels when they are doubled.
        kernel_size: kernel size of every strided convolution, at least the stride (alias: filter size).
        stride: downsampling factor per layer.
        norm: normalisation after every layer but the first.
        activation: nonlinearity.
        dropout: share of channels that is dropped after each layer in training, [0, 1).
        stochastic: draw codes from a learned normal distribution (ALI); else each sample has one code (BiGAN).
        joint_channels: units of D's layers that see codes; these have no norm.
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.
        lr: learning rate; None is that of the generator.

    Raises:
        SettingError: the data are points or too small for the depth or stride.
    """

    def __init__(
        self,
        spec: SampleSpec,
        latent: Latent,
        *,
        depth: Depth | None = None,
        base_channels: Channels = 64,
        max_channels: Channels = 512,
        kernel_size: KernelSize = 4,
        stride: Stride = 2,
        norm: Norm = "batch",
        activation: Activation = "leaky_relu",
        dropout: DropoutRate = 0.0,
        stochastic: bool = False,
        joint_channels: Channels = JOINT_CHANNELS,
        init: Init = "normal",
        lr: Rate | None = None,
    ) -> None:
        body = ConvDiscriminator(
            spec,
            depth=depth,
            base_channels=base_channels,
            max_channels=max_channels,
            kernel_size=kernel_size,
            stride=stride,
            norm=norm,
            activation=activation,
            dropout=dropout,
            init=init,
        )
        super().__init__(body, latent, stochastic=stochastic, joint_channels=joint_channels, init=init, lr=lr)


class MLPEncoder(Encoder):
    """Dense layers as in the dense discriminator, then a linear layer to codes.

    Donahue et al. (2017), "BiGAN", arXiv:1605.09782, appendix, for MNIST.

    Args:
        spec: kind, shape and value range of one sample.
        latent: the distribution of the generator's latents.
        depth: number of hidden layers, 1 to 16; None means 3.
        base_channels: units of each hidden layer.
        norm: normalisation after every hidden layer but the first.
        activation: nonlinearity.
        dropout: share of units that is dropped after each hidden layer in training, [0, 1).
        stochastic: draw codes from a learned normal distribution (ALI); else each sample has one code (BiGAN).
        joint_channels: units of D's layers that see codes; these have no norm.
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.
        lr: learning rate; None is that of the generator.
    """

    def __init__(
        self,
        spec: SampleSpec,
        latent: Latent,
        *,
        depth: Depth | None = None,
        base_channels: Channels = 256,
        norm: Norm = "batch",
        activation: Activation = "leaky_relu",
        dropout: DropoutRate = 0.0,
        stochastic: bool = False,
        joint_channels: Channels = JOINT_CHANNELS,
        init: Init = "default",
        lr: Rate | None = None,
    ) -> None:
        body = MLPDiscriminator(
            spec,
            depth=depth,
            base_channels=base_channels,
            norm=norm,
            activation=activation,
            dropout=dropout,
            init=init,
        )
        super().__init__(body, latent, stochastic=stochastic, joint_channels=joint_channels, init=init, lr=lr)
