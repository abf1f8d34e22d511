"""Metrics that look at the networks: the duality gap and the probe."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from pair_of_networks import PairOfNetworks
from torch import Tensor, nn
from trials import normal, trial

from gan_cli.balance.packing import Packed
from gan_cli.game import Batch
from gan_cli.losses import NonSaturating, Wasserstein
from gan_cli.metrics.duality_gap import DualityGap
from gan_cli.metrics.encoder_probe import EncoderProbe, untrained
from gan_cli.metrics.hidden import hidden_features
from gan_cli.metrics.probe import Probe, accuracies, even_rows
from gan_cli.networks.options import Maxout


class Shift(nn.Module):
    """A generator that can only move its latents: z + shift."""

    def __init__(self, shift: float) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.full((1,), shift))

    def forward(self, z: Tensor) -> Tensor:
        return z + self.shift


class Line(nn.Module):
    """A discriminator with one slope and one threshold."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.line = nn.Linear(1, 1)
        nn.init.constant_(self.line.weight, slope)
        nn.init.zeros_(self.line.bias)

    def forward(self, samples: Tensor) -> Tensor:
        return self.line(samples).flatten()


def two(shift: float, slope: float, loss: Any = None) -> PairOfNetworks:
    pair = Shift(shift), Line(slope)
    return PairOfNetworks(*pair, loss or NonSaturating(), lambda count, seed: normal(count, 1, seed))


def judged(discriminator: nn.Module) -> PairOfNetworks:
    return PairOfNetworks(nn.Identity(), discriminator)


def gap(match: PairOfNetworks, **settings: Any) -> dict[str, float]:
    data = normal(400, 1, 99)
    return DualityGap(**settings).measure(trial(data, data, holdout=data, players=match))


def test_the_gap_is_small_at_the_equilibrium_and_grows_with_the_way_to_it() -> None:
    """p_g = p_data and a D that says one half: nobody can gain; M = -log 4 from both sides."""
    there = gap(two(0.0, 0.0), lr=0.01)
    assert there["minimax_loss"] == pytest.approx(-np.log(4), abs=0.05)
    assert there["duality_gap"] == pytest.approx(0.0, abs=0.1)
    values = [gap(two(shift, 0.0), lr=0.05)["duality_gap"] for shift in (0.0, 1.0, 3.0)]
    assert values == sorted(values) and values[2] > values[0] + 0.5


def test_a_discriminator_that_can_be_fooled_opens_the_gap_too() -> None:
    """G is right, but D believes in a slope: a copy of G runs down that slope."""
    assert gap(two(0.0, 3.0), lr=0.05)["duality_gap"] > gap(two(0.0, 0.0), lr=0.05)["duality_gap"] + 0.3


def test_the_networks_are_left_as_they_were_and_figures_repeat() -> None:
    match = two(1.0, 0.5, Wasserstein())
    match.generator.eval()
    before = copy.deepcopy((match.generator.state_dict(), match.discriminator.state_dict()))
    state = torch.get_rng_state()
    first, second = gap(match, steps=5), gap(match, steps=5)
    assert first == second
    assert torch.equal(state, torch.get_rng_state())
    assert not match.generator.training and match.discriminator.training
    assert all(parameter.grad is None for parameter in match.generator.parameters())
    for old, network in zip(before, (match.generator, match.discriminator), strict=True):
        assert all(torch.equal(value, network.state_dict()[name]) for name, value in old.items())


def test_it_needs_networks_and_held_out_data() -> None:
    data = normal(8, 1, 0)
    assert "networks" in str(DualityGap().lacks(trial(data, data, holdout=data)))
    assert "held-out" in str(DualityGap().lacks(trial(data, data, players=two(0.0, 0.0))))


def test_layers_that_their_author_has_frozen_do_not_move_in_the_copies() -> None:
    match = two(0.0, 3.0)
    match.discriminator.requires_grad_(False)
    still = gap(match, lr=0.05)["minimax_loss"]
    assert still == pytest.approx(gap(match, lr=0.0001)["minimax_loss"]) != gap(two(0.0, 3.0), lr=0.05)["minimax_loss"]


@pytest.mark.parametrize("batch_size", [64, 2])
@pytest.mark.parametrize("samples", [3, 5])
def test_batches_of_the_gap_fill_packs(samples: int, batch_size: int) -> None:
    network = Packed(nn.Sequential(nn.Linear(samples, 1), nn.Flatten(0)), samples)
    match = PairOfNetworks(Shift(0.0), network, NonSaturating(), lambda count, seed: normal(count, 1, seed))
    assert np.isfinite(gap(match, steps=1, batch_size=batch_size)["duality_gap"])


def test_hidden_features_pass_the_encoder_in_batches_too() -> None:
    seen: list[int] = []

    class Counted(PairOfNetworks):
        def real(self, fed: Batch) -> Batch:
            seen.append(len(fed))
            return super().real(fed)

    network = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    hidden_features(Counted(nn.Identity(), network), Batch(torch.zeros(5, 1)), batch=2)
    assert seen == [2, 2, 1]


def test_hidden_features_by_hand() -> None:
    """One map of 8 x 8 behind a ReLU, pooled to 4 x 4 by maxima, beside the ReLU of a hidden layer."""
    network = nn.Sequential(
        nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3), nn.ReLU(), nn.Linear(3, 1)
    )
    nn.init.constant_(network[0].weight, -1.0)  # type: ignore[arg-type]
    samples = -torch.arange(64.0).reshape(1, 1, 8, 8)
    found = hidden_features(judged(network.train()), Batch(samples.expand(5, 1, 8, 8)), batch=2)
    assert found.shape == (5, 16 + 3)
    assert found[4, :5].tolist() == [9, 11, 13, 15, 25]
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())


def test_maxout_is_a_hidden_layer() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 6, bias=False), Maxout(3), nn.Linear(2, 1))
    nn.init.zeros_(network[1].weight)  # type: ignore[arg-type]
    with torch.no_grad():
        network[1].weight[:, 0] = torch.tensor([1.0, 2.0, 3.0, -1.0, -2.0, -3.0])  # type: ignore[index]
    assert hidden_features(judged(network), Batch(torch.tensor([[2.0, 0, 0, 0]]))).tolist() == [[6.0, -2.0]]


def test_rows_are_drawn_evenly() -> None:
    labels = torch.tensor([0] * 90 + [1] * 9 + [2])
    rows = even_rows(labels, 12, 0)
    assert labels[rows].bincount().tolist() == [4, 4, 1]
    assert torch.equal(rows, even_rows(labels, 12, 0)) and not torch.equal(rows, even_rows(labels, 12, 1))


def test_accuracies_of_what_is_told_apart_and_of_noise() -> None:
    rng = np.random.RandomState(0)
    classes = np.arange(40) % 2
    clear = (rng.randn(40, 3) + 8 * classes[:, None]).astype(np.float32)
    assert accuracies(clear, classes, clear, classes) == (1.0, 1.0)
    noise = rng.randn(400, 3).astype(np.float32)
    linear, near = accuracies(noise[:40], classes, noise, np.arange(400) % 2)
    assert 0.35 < linear < 0.7 and 0.35 < near < 0.7


class Sees(nn.Module):
    """A discriminator whose only hidden unit is the first value."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(5, 1, bias=False), nn.ReLU())
        nn.init.zeros_(self.hidden[1].weight)
        with torch.no_grad():
            self.hidden[1].weight[0, 0] = 1.0

    def forward(self, samples: Tensor) -> Tensor:
        return self.hidden(samples).flatten()


def test_the_probe_finds_what_the_pixels_hide() -> None:
    """The label is in the first of five values; the others are loud noise, which D leaves out."""
    labels = torch.arange(400) % 2
    data = normal(400, 5, 0) * torch.tensor([0.5, 50.0, 50.0, 50.0, 50.0])
    data[:, 0] += labels * 4.0
    match = judged(Sees())
    found = Probe(labels=20).measure(
        trial(data, data, train=data[:200], holdout=data[200:], labels=(labels[:200], labels[200:]), players=match)
    )
    assert set(found) == set(Probe.results)
    assert found["probe"] > 0.98 and found["knn"] > 0.98
    assert found["knn_pixels"] < found["knn"] - 0.03


def test_the_probe_needs_labels() -> None:
    data = normal(40, 5, 0)
    match = judged(Sees())
    assert "labelled" in str(Probe().lacks(trial(data, data, holdout=data, players=match)))
    assert "networks" in str(Probe().lacks(trial(data, data, holdout=data)))
    alone = trial(data, data, holdout=data, labels=(torch.arange(40), torch.arange(40)), players=match)
    one = replace(alone, reference=replace(alone.reference, spec=replace(alone.reference.spec, num_classes=1)))
    assert Probe().lacks(one) == "needs two classes at least"


class Halves(nn.Module):
    """An encoder whose hidden layer is the first half of the pixels."""

    def __init__(self, useful: bool) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.useful = useful

    def features(self, samples: Tensor) -> Tensor:
        return samples[:, :2] if self.useful else self.layer(samples) * 0.0


def labelled(count: int, seed: int) -> Batch:
    """Four numbers; the label is the sign of the first."""
    x = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed))
    return Batch(x, (x[:, 0] > 0).long())


@pytest.mark.parametrize(("useful", "least", "most"), [(True, 0.9, 1.0), (False, 0.3, 0.7)])
def test_features_of_an_encoder_are_probed_as_they_are(useful: bool, least: float, most: float) -> None:
    train, unseen = labelled(400, 0), labelled(200, 1)
    players = PairOfNetworks(nn.Identity(), nn.Identity(), encoder=Halves(useful))
    inputs = trial(train.x, train.x, train=train.x, holdout=unseen.x, players=players, labels=(train.y, unseen.y))
    assert EncoderProbe().lacks(inputs) is None
    found = EncoderProbe().measure(inputs)
    assert set(found) == set(EncoderProbe.results)
    assert least <= found["encoder_probe"] <= most and least <= found["encoder_knn"] <= most


def test_an_untrained_copy_has_other_weights_and_the_global_stream_goes_on() -> None:
    network, state = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)), torch.get_rng_state()
    before = copy.deepcopy(network.state_dict())
    fresh, again = untrained(network), untrained(network)
    assert not torch.equal(fresh[0].weight, network[0].weight) and torch.equal(fresh[0].weight, again[0].weight)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_probe_of_codes_needs_an_encoder() -> None:
    data = torch.randn(40, 4)
    assert "encoder" in str(
        EncoderProbe().lacks(trial(data, data, players=PairOfNetworks(nn.Identity(), nn.Identity())))
    )
