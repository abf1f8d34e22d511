"""EMA: hand-computed averages, buffers, the ramp, resume, and no wait for the device."""

import types

import pytest
import torch
from arena import constant, fill
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_cli.balance.ema import EMA


def players(generator: nn.Module) -> types.SimpleNamespace:
    return types.SimpleNamespace(generator=generator, discriminator=nn.Identity())


def test_half_life_is_counted_in_samples():
    game = players(constant(0.0, 2))
    ema = EMA(half_life=64, ramp=None)
    ema.attach(game)
    fill(game.generator, 1.0)
    ema.after_step(game, 64, {})
    assert ema.sampling_network().weight == pytest.approx(torch.full((2, 2), 0.5).numpy())
    ema.after_step(game, 32, {})  # half a half-life: what is missing shrinks by sqrt(1/2)
    assert ema.sampling_network().weight[0, 0].item() == pytest.approx(1 - 0.5**1.5)
    ema.after_step(game, 32, {})
    assert ema.sampling_network().bias[0].item() == pytest.approx(0.75)
    assert game.generator.weight[0, 0].item() == 1.0


def test_ramp_forgets_the_initial_weights_and_then_obeys_half_life():
    game = players(constant(5.0, 2))
    ema = EMA(half_life=100, ramp=0.5)
    ema.attach(game)
    fill(game.generator, 1.0)
    ema.after_step(game, 10, {})  # memory 0.5 * 10 samples: decay 2^(-10/5)
    assert ema.sampling_network().weight[0, 0].item() == pytest.approx(1 + 4 * 0.25)
    ema.after_step(game, 990, {})  # memory min(100, 500): decay 2^(-9.9)
    assert ema.sampling_network().weight[0, 0].item() == pytest.approx(1 + 2**-9.9, rel=1e-5)


def test_default_ramp_drops_the_random_start_at_once():
    game = players(constant(5.0, 2))
    ema = EMA()
    ema.attach(game)
    fill(game.generator, 1.0)
    ema.after_step(game, 64, {})
    assert ema.sampling_network().weight[0, 0].item() == pytest.approx(1.0, abs=1e-5)


def test_float_buffers_are_averaged_and_integers_copied():
    game = players(nn.BatchNorm1d(3))
    ema = EMA(half_life=10, ramp=None)
    ema.attach(game)
    game.generator.running_mean.fill_(8.0)
    game.generator.num_batches_tracked.fill_(7)
    ema.after_step(game, 20, {})
    average = ema.sampling_network()
    assert average.running_mean.tolist() == pytest.approx([6.0] * 3)
    assert average.num_batches_tracked.item() == 7


def test_the_average_is_apart_frozen_and_in_evaluation_mode():
    game = players(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5)).train())
    ema = EMA()
    ema.attach(game)
    average = ema.sampling_network()
    assert not any(module.training for module in average.modules())
    assert all(module.training for module in game.generator.modules())
    assert not any(parameter.requires_grad for parameter in average.parameters())
    assert all(parameter.requires_grad for parameter in game.generator.parameters())
    ours = {parameter.data_ptr() for parameter in average.parameters()}
    assert ours.isdisjoint(parameter.data_ptr() for parameter in game.generator.parameters())


def test_spectral_norm_survives():
    torch.manual_seed(0)
    generator = nn.Sequential(spectral_norm(nn.Linear(4, 4)), nn.ReLU(), spectral_norm(nn.Linear(4, 2)))
    game = players(generator)
    ema = EMA(half_life=1e-3, ramp=None)  # no memory: the average is the trained network
    ema.attach(game)
    optimizer = torch.optim.SGD(generator.parameters(), lr=0.1)
    generator(torch.randn(8, 4)).square().mean().backward()
    optimizer.step()
    ema.after_step(game, 8, {})
    x = torch.randn(5, 4)
    torch.testing.assert_close(ema.sampling_network()(x), generator.eval()(x))


def test_resume_is_bit_equal():
    def train(game, ema, steps):
        for value in steps:
            fill(game.generator, value)
            ema.after_step(game, 3, {})

    whole, ema = players(constant(0.0, 2)), EMA(half_life=7, ramp=0.5)
    ema.attach(whole)
    train(whole, ema, [0.1, 0.7, 0.3])
    saved = {key: value.clone() if torch.is_tensor(value) else dict(value) for key, value in ema.state_dict().items()}
    saved["average"] = {key: value.clone() for key, value in saved["average"].items()}
    train(whole, ema, [0.9, 0.2])

    again, resumed = players(constant(0.4, 2)), EMA(half_life=7, ramp=0.5)
    resumed.attach(again)
    resumed.load_state_dict(saved)
    train(again, resumed, [0.9, 0.2])
    assert torch.equal(resumed.sampling_network().weight, ema.sampling_network().weight)


def test_a_step_never_reads_a_value_on_the_host():
    # tensors on `meta` have no values: .item(), bool() and .cpu() raise
    game = players(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).to("meta"))
    ema = EMA()
    ema.attach(game)
    ema.after_step(game, 16, {})
    assert ema.sampling_network()[0].weight.device.type == "meta"
