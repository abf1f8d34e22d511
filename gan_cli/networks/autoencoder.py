"""A discriminator that judges a sample by how well it can reproduce it."""

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
    """The conv or mlp discriminator's body, a code, and the mirrored generator: D(x) = -mean |x - decode(encode(x))|.

    Logits are energies with the sign turned: 0 for a sample that is reproduced exactly, less for any other.
    Zhao et al. (2017), arXiv:1609.03126, section 2.3, with the error of Berthelot et al. (2017), arXiv:1703.10717,
    eq. 1, per value of a sample. Audio, images and voxels are convolved; points and all else go through dense layers.

    Args:
        spec: what one sample looks like.
        code_dim: size of the code, through which all that is known of a sample has to pass (alias: hidden_dim).
        depth: number of downsampling layers, 1 to 16; None: down to 4 to 6 positions, two at least from size 8. For
            points, hidden layers on each side of the code; None means 3.
        base_channels: channels of the map nearest the data, doubled per layer inward (aliases: ndf, f). For points,
            units of each hidden layer.
        max_channels: where the doubling ends; points have none.
        widths: channels or units from the data to the code, in place of depth and base_channels.
        kernel_size: of the convolutions; at least the stride (alias: filter size). Points have none.
        stride: factor per layer; points have none.
        norm: behind every layer but the encoder's first and the decoder's last, or `spectral` in all layers.
        activation: nonlinearity.
        dropout: share of channels that is dropped behind each hidden layer in training, [0, 1).
        init: distribution of the first weights: `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are too small for the depth or stride, or the settings contradict each other.
    """

    energy = True
    """Logits are minus a reconstruction error."""

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
        # spectral norm acts on weights, so nothing stands between the layers; all of them are constrained at the end
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
        # what the body's own head would have read
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
        """Samples (N, *spec.shape) -> logits (N,), minus the mean absolute error of their reproduction."""
        error: Tensor = (samples - self.decode(self.features(samples))).abs()
        return -error.flatten(1).mean(dim=1)
