"""A discriminator whose logit measures how well it can reconstruct a sample."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.initialise import Init, constrain_spectral_norm, initialise
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.networks.options import (
    Activation,
    Channels,
    Depth,
    DiscriminatorNorm,
    DropoutRate,
    KernelSize,
    Norm,
    Stride,
)
from gan_cli.spec import SampleSpec


class AutoencoderDiscriminator(nn.Module):
    """An autoencoder as discriminator, with logits D(x) = -mean |x - decode(encode(x))|.

    The encoder has the layers of the conv or mlp discriminator, the decoder those of the matching generator. Logits are
    negative energies: 0 for a sample that is reconstructed exactly, less for any other. Zhao et al. (2017),
    arXiv:1609.03126, section 2.3, with the error of Berthelot et al. (2017), arXiv:1703.10717, eq. 1, per value of a
    sample. Audio, images and voxels use convolutions; points and all other data use fully connected layers.

    Args:
        spec: kind, shape and value range of one sample.
        code_dim: size of the code between encoder and decoder (alias: hidden_dim).
        depth: number of downsampling layers, 1 to 16; None: down to 4 to 6 positions per side, at least 2 layers from
            size 8. For points, hidden layers on each side of the code; None means 3.
        base_channels: channels of the map next to the data, doubled in each layer further from it (aliases: ndf, f).
            For points, units of each hidden layer.
        max_channels: upper limit of the channels when they are doubled; not used for points.
        widths: channels or units of each layer from the data to the code; replaces depth and base_channels.
        kernel_size: kernel size of the convolutions, at least the stride (alias: filter size); not used for points.
        stride: downsampling factor per layer; not used for points.
        norm: normalisation after every layer but the encoder's first and the decoder's last; `spectral` acts on all.
        activation: nonlinearity.
        dropout: share of channels that is dropped after each hidden layer in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are too small for the depth or stride, or settings contradict each other.
    """

    energy = True
    """Marks that the logits are negative reconstruction errors."""

    def __init__(
        self,
        spec: SampleSpec,
        *,
        code_dim: Channels = 64,
        depth: Depth | None = None,
        base_channels: Channels = 64,
        max_channels: Channels = 512,
        widths: list[Channels] | None = None,
        kernel_size: KernelSize = 4,
        stride: Stride = 2,
        norm: DiscriminatorNorm = "none",
        activation: Activation = "elu",
        dropout: DropoutRate = 0.0,
        init: Init = "xavier",
    ) -> None:
        super().__init__()
        # spectral norm acts on weights, so the layers get no norm between them; it is applied to all weights at the end
        between: Norm = "none" if norm == "spectral" else norm
        style: dict[str, Any] = {"norm": between, "activation": activation, "dropout": dropout, "init": init}
        body: ConvDiscriminator | MLPDiscriminator
        if spec.ndim in nd.CONV:
            style |= {"kernel_size": kernel_size, "stride": stride}
            inward = {"depth": depth, "base_channels": base_channels, "max_channels": max_channels, "widths": widths}
            body = ConvDiscriminator(spec, **inward, **style)  # type: ignore[arg-type]
            encoder = nd.chain(pad=body.pad, down=body.down, flatten=nn.Flatten())
            decoder: type[nn.Module] = ConvGenerator
        else:
            body = MLPDiscriminator(spec, depth=depth, base_channels=base_channels, widths=widths, **style)
            encoder = nd.chain(flatten=nn.Flatten(), hidden=body.hidden)
            decoder = MLPGenerator

        self.spec = spec
        self.depth = body.depth
        self.widths = body.widths
        self.encode = encoder
        # as many inputs as the head of `body` has
        self.code = nn.Linear(body.head.get_parameter("weight")[0].numel(), code_dim)
        initialise(self.code, init)
        self.decode = decoder(spec, latent_dim=code_dim, widths=body.widths[::-1], **style)
        if norm == "spectral":
            constrain_spectral_norm(self)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> their codes (N, code_dim)."""
        codes: Tensor = self.code(self.encode(samples))
        return codes

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> logits (N,), the negative mean absolute error of their reconstruction."""
        error: Tensor = (samples - self.decode(self.features(samples))).abs()
        return -error.flatten(1).mean(dim=1)
