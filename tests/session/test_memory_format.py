"""Which memory format the maps of a run's discriminator have: mixed formats make the operations behind them slow."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from gan_cli.config.compose import compose_full, plain
from gan_cli.session.assemble import Parts

LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
GRAY = "data.shape=[1,16,16]"


def maps_of_discriminator(*overrides: str) -> list[Tensor]:
    """Return the output of every convolution of D that has several positions and channels."""
    given = ["data=fake", "data.num_samples=48", "runtime.device=cpu", *overrides]
    parts = Parts(plain(compose_full("train", given)))
    spec, found = parts.source().spec, []
    discriminator = parts.gan(spec, parts.runtime(), {}).discriminator

    def keep(layer: nn.Module, given: object, maps: Tensor) -> None:
        if maps.shape[1] > 1 and maps.shape[2:].numel() > 1:
            found.append(maps)

    for layer in discriminator.modules():
        if isinstance(layer, nn.modules.conv._ConvNd):
            layer.register_forward_hook(keep)
    discriminator(torch.randn(8, *spec.shape))
    return found


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=dcgan", GRAY),
        ("model=dcgan", "data.shape=[3,16,16]"),
        ("model=sn_dcgan", GRAY),
        ("model=gan3d_small", "data.shape=[1,8,8,8]"),
        ("model=harmonics", "data.shape=[1,4096]"),
    ],
    ids=" ".join,
)
def test_channels_come_last_in_all_maps_also_behind_a_single_channel(overrides: tuple[str, ...]) -> None:
    maps = maps_of_discriminator(*overrides)
    assert len(maps) > 1
    assert all(each.is_contiguous(memory_format=LAST[each.dim()]) for each in maps)


def test_channels_come_first_where_the_settings_want_it() -> None:
    maps = maps_of_discriminator("model=dcgan", GRAY, "runtime.channels_last=false")
    assert maps and all(each.is_contiguous() for each in maps)
