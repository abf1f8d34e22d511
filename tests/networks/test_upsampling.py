from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from gan_cli.errors import SettingError
from gan_cli.game import Batch
from gan_cli.inspection.receptive_field import receptive_fields
from gan_cli.networks import upsampling
from gan_cli.networks.conv import ConvGenerator
from gan_cli.networks.upsampling import Linear, Nearest
from gan_cli.spec import SampleSpec

MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_maps_are_enlarged_as_torch_does(ndim: int, factor: int, on_gpu: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By our own operations too, which a GPU does; on a CPU only sound is enlarged by them."""
    if on_gpu:
        monkeypatch.setattr(upsampling, "_is_torchs_faster", lambda maps: False)
    maps = torch.randn(2, 3, *range(4, 4 + ndim))
    assert torch.equal(Nearest(factor)(maps), F.interpolate(maps, scale_factor=factor, mode="nearest"))
    wanted = F.interpolate(maps, scale_factor=factor, mode=MODES[ndim], align_corners=False)
    assert torch.allclose(Linear(factor)(maps), wanted, atol=1e-5)


def test_a_single_value_is_repeated() -> None:
    assert torch.equal(Linear(4)(torch.ones(1, 1, 1)), torch.ones(1, 1, 4))


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_what_interpolation_reads(factor: int) -> None:
    """The receptive field of a linear layer, against the gradients of its outputs."""
    maps = torch.randn(1, 1, 9, requires_grad=True)
    (rows,) = torch.autograd.functional.jacobian(lambda values: Linear(factor)(values).flatten(), maps).unsqueeze(0)
    widest = max(int(row.flatten().nonzero().max() - row.flatten().nonzero().min()) + 1 for row in rows)
    assert receptive_fields(Linear(factor), Batch(maps))[-1].positions == (widest,)


@pytest.mark.parametrize("upsampling", ["nearest", "linear"])
@pytest.mark.parametrize("shape", [(1, 30), (2, 9, 9), (1, 6, 6, 6)])
def test_generators_enlarge_to_the_size_of_the_data(shape: tuple[int, ...], upsampling: str) -> None:
    generator = ConvGenerator(SampleSpec(shape), base_channels=2, upsampling=upsampling)  # type: ignore[arg-type]
    assert generator(torch.randn(2, 100)).shape == (2, *shape)


@pytest.mark.parametrize("upsampling", ["nearest", "linear"])
def test_kernels_may_be_smaller_than_the_stride_where_nothing_is_transposed(upsampling: str) -> None:
    spec = SampleSpec((1, 8, 8))
    ConvGenerator(spec, base_channels=2, kernel_size=1, upsampling=upsampling)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="at least the stride"):
        ConvGenerator(spec, base_channels=2, kernel_size=1)


def test_interpolation_leaves_no_comb_in_an_untrained_generator() -> None:
    """Energy at multiples of the rate over the stride: there alone the layers differ."""

    def comb(upsampling: str) -> float:
        torch.manual_seed(0)
        settings = {"base_channels": 4, "stride": 4, "kernel_size": 5, "depth": 2, "norm": "none", "init": "default"}
        generator = ConvGenerator(SampleSpec((1, 256)), upsampling=upsampling, **settings)  # type: ignore[arg-type]
        with torch.no_grad():
            power = torch.fft.rfft(generator(torch.randn(64, 100))).abs().square().mean((0, 1))
        return float(power[16::16].sum() / power[1:].sum())

    assert comb("transposed") > 0.4
    assert comb("nearest") < 0.05 and comb("linear") < 0.05


def test_the_learned_filter_is_for_sound() -> None:
    generator = ConvGenerator(SampleSpec((1, 64)), base_channels=2, smoothing=8)
    assert generator(torch.randn(2, 100)).shape == (2, 1, 64)
    assert sum(p.numel() for p in generator.out.smooth.parameters()) == 8
    with pytest.raises(SettingError, match="filters sound"):
        ConvGenerator(SampleSpec((1, 8, 8)), smoothing=8)
