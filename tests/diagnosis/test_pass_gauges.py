"""Gauges with a pass of their own: hand-computed values, naive loops, constructed sets; they leave no trace."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch
from real_run import advance, open_run, settings
from torch import Tensor, nn

from gan_cli.diagnosis.pass_gauges import PassGauges, r_v, spread_ratio, update_ratio, weights
from gan_cli.distances import energy_distance
from gan_cli.game import Batch, GeneratorInput
from gan_cli.ngrams import ngrams, unshared
from gan_cli.spec import one_hot
from gan_cli.training.gan import Gan
from gan_cli.training.trainer import Trainer


def line(*places: float) -> Tensor:
    """Samples of one feature."""
    return torch.tensor(places, dtype=torch.float32)[:, None]


def drawn(count: int, *shape: int, seed: int = 0) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))


def ring(count: int, modes: int, seed: int = 0) -> Tensor:
    """Points around the first of eight places on a circle."""
    angles = torch.arange(count) % modes * (2 * math.pi / 8)
    return torch.stack([angles.cos(), angles.sin()], dim=1) + 0.02 * drawn(count, 2, seed=seed)


def test_spread_by_hand() -> None:
    assert spread_ratio(line(0, 4), line(1, 3)).item() == pytest.approx(2.0)  # variances 8 and 2
    assert spread_ratio(line(5, 5, 5), line(1, 3)).item() == 0.0
    # the total variance: 2 + 8 over 2 + 2
    fake, real = torch.tensor([[0.0, 0.0], [2.0, 4.0]]), torch.tensor([[0.0, 0.0], [2.0, 2.0]])
    assert spread_ratio(fake, real).item() == pytest.approx(math.sqrt(10 / 4))


def test_the_energy_distance_by_hand() -> None:
    # across 10, 14, 8 and 12: 11 in the mean; among the real ones 2, among the fakes 4
    assert energy_distance(line(10, 14), line(0, 2)).item() == pytest.approx((2 * 11 - 2 - 4) / 2)
    # all fakes in the middle: across 1, among the real ones 2, among the fakes 0
    assert energy_distance(line(1, 1), line(0, 2)).item() == pytest.approx(0.0)
    # two points each, the same ones: across (0 + 2 + 2 + 0) / 4
    assert energy_distance(line(0, 2), line(0, 2)).item() == pytest.approx((2 * 1 - 2 - 2) / 2)


def far(x: Tensor, y: Tensor) -> float:
    return math.dist(x.flatten().tolist(), y.flatten().tolist())


def mean(values: Any) -> float:
    found = list(values)
    return sum(found) / len(found)


def naive_energy(fake: Tensor, real: Tensor) -> float:
    among_real, among_fake = (mean(far(x, y) for x, y in itertools.combinations(each, 2)) for each in (real, fake))
    return (2 * mean(far(x, y) for x in real for y in fake) - among_real - among_fake) / among_real


@pytest.mark.parametrize("shape", [(2,), (1, 5), (1, 3, 4), (2, 2, 2, 2)])
def test_as_in_naive_loops(shape: tuple[int, ...]) -> None:
    real, fake = drawn(9, *shape), 1.5 * drawn(7, *shape, seed=1) + 0.3
    assert energy_distance(fake, real).item() == pytest.approx(naive_energy(fake, real), abs=1e-4)


@pytest.mark.parametrize(
    ("train", "holdout", "fake", "ratio"),
    [
        ([3, 1], [1, 1], [-2, -2], 0.25),  # (2 - 1) / (2 - -2)
        ([3, 1], [2, 2, 2], [-2, -2], 0.0),  # both alike
        ([3, 1], [-2, -2], [-2, -2], 1.0),  # unseen is as good as fake
        ([3, 1], [-20, -20], [-2, -2], 1.0),
        ([3, 1], [20, 20], [-2, -2], -1.0),
        ([1, -1], [-5, -5], [1, -1.1], 0.0),  # a gap of 0.05, the spread is 1.2: nothing is told apart
        ([-2, -2], [0, 0], [3, 1], 0.0),  # fakes look more real than real ones
        ([1, 1], [1, 1], [1, 1], 0.0),
    ],
)
def test_r_v_by_hand(train: list[float], holdout: list[float], fake: list[float], ratio: float) -> None:
    assert r_v(*(torch.tensor(each, dtype=torch.float32) for each in (train, holdout, fake))).item() == ratio


def test_the_update_ratio_by_hand() -> None:
    network = nn.Linear(1, 1)
    nn.init.constant_(network.weight, 3.0)
    nn.init.constant_(network.bias, 4.0)
    before = weights(network)
    assert update_ratio(before, network).item() == 0.0
    with torch.no_grad():
        network.bias += 0.5
    assert update_ratio(before, network).item() == pytest.approx(0.5 / 5.0)


def test_the_energy_distance_grows_with_the_way_and_is_zero_for_equals() -> None:
    real = ring(256, modes=8)
    assert abs(energy_distance(ring(256, modes=8, seed=1), real).item()) < 0.02
    for worse in (
        [ring(256, modes=8, seed=1) + way for way in (0.0, 0.2, 0.5, 1.0, 3.0)],
        [ring(256, modes=modes, seed=1) for modes in (8, 6, 4, 2, 1)],
        [ring(256, modes=8, seed=1) * size for size in (1.0, 1.3, 2.0, 4.0)],
    ):
        distances = [energy_distance(fake, real).item() for fake in worse]
        assert distances == sorted(distances) and distances[-1] > distances[0] + 0.2


GAMES = {
    "dcgan": ("model=dcgan", "discriminator.norm=batch"),
    "sn_dcgan": ("model=sn_dcgan", "discriminator.norm=spectral"),
    "r3gan": ("model=r3gan",),
    "packing": ("balance=[packing,ema]",),
    "minibatch_stddev": ("balance=[minibatch_stddev]",),
    "mlp": ("model=mlp", "data.shape=[2]", "generator.norm=batch", "discriminator.depth=null"),
}
DROPOUT = ("discriminator.dropout=0.3", "generator.dropout=0.3")


def play(name: str) -> tuple[Trainer, Gan]:
    return open_run(settings(*GAMES[name], *DROPOUT))


def survey_of(gan: Gan, holdout: bool = True) -> PassGauges:
    real, unseen = (drawn(16, *gan.spec.shape, seed=seed).clamp(-1, 1) for seed in (1, 2))
    return PassGauges(gan.draw(16, 0), Batch(real), Batch(unseen) if holdout else None)


def state_of(gan: Gan) -> dict[str, Any]:
    """All that a pass over the networks could move."""
    state: dict[str, Any] = {"global": torch.get_rng_state(), "latents": gan.rng.get_state()}
    for side, player in gan.players.items():
        for key, value in player.network.state_dict().items():
            state[f"{side}.{key}"] = value.clone()
        for key, buffer in player.network.named_buffers():  # those that a checkpoint leaves out too
            state[f"{side} buffer {key}"] = buffer.clone()
        for key, module in player.network.named_modules():
            state[f"{side} mode {key}"] = (module.training, getattr(module, "track_running_stats", None))
        for key, parameter in player.network.named_parameters():
            state[f"{side} gradient {key}"] = (parameter.requires_grad, parameter.grad is None)
    return state


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert torch.equal(value, other[key]) if isinstance(value, Tensor) else value == other[key], key


@pytest.mark.parametrize("name", GAMES)
def test_a_survey_leaves_no_trace(name: str) -> None:
    trainer, gan = play(name)
    advance(trainer, 2)
    survey, before = survey_of(gan), state_of(gan)
    values = survey.take(gan)
    assert_same(state_of(gan), before)
    assert all(value.shape == () and not value.requires_grad and value.isfinite() for value in values.values())
    again = survey.take(gan)
    assert all(torch.equal(values[tag], again[tag]) for tag in values), "two looks at the same game differ"


def test_a_survey_that_fails_leaves_no_trace_either() -> None:
    _, gan = play("dcgan")
    before = state_of(gan)
    with pytest.raises(RuntimeError):
        PassGauges(GeneratorInput(torch.zeros(4, gan.latent.dim + 1)), Batch(drawn(4, 1, 8, 8)), None).take(gan)
    assert_same(state_of(gan), before)


def test_what_a_survey_says() -> None:
    _, gan = play("dcgan")
    compared = {"distance", "missed", "astray", "repeated", "spread"}
    always = {f"balance/{name}" for name in compared | {"feature_spread"}}
    floors = {f"floor/{name}" for name in compared}
    assert set(survey_of(gan).take(gan)) == always | floors | {"balance/r_v", "accuracy/holdout"}
    assert set(survey_of(gan, holdout=False).take(gan)) == always


def test_text_has_a_distance_of_its_own_and_is_measured_for_its_sharpness() -> None:
    """A generator by hand: two thirds of the first token that is no padding, at each position."""

    class Unsure(nn.Module):
        def forward(self, z: Tensor) -> Tensor:
            shares = torch.full((len(z), *gan.spec.shape), 1.0 / 3.0 / (gan.spec.channels - 1))
            shares[:, 1] = 2.0 / 3.0
            return shares

    _, gan = open_run(settings("model=text_ttur", "data=colours", "discriminator.norm=none"))
    gan.g.network = Unsure()
    tokens = torch.randint(1, gan.spec.channels, (32, *gan.spec.spatial), generator=torch.Generator().manual_seed(0))
    real, unseen = (one_hot(half, gan.spec.channels) for half in tokens.split(16))
    values = PassGauges(gan.draw(8, 0), Batch(real), Batch(unseen)).take(gan)
    assert values["balance/sharpness"].item() == pytest.approx(2.0 / 3.0)
    assert values["floor/sharpness"].item() == 1.0
    fakes = ngrams(Unsure()(torch.zeros(8, 1)))
    assert values["balance/distance"].item() == pytest.approx(unshared(fakes, ngrams(unseen)).item())
    assert values["floor/distance"].item() == pytest.approx(unshared(ngrams(real), ngrams(unseen)).item())
    assert PassGauges(gan.draw(8, 0), Batch(real), None).take(gan)["floor/sharpness"].item() == 1.0


@pytest.mark.parametrize(
    "few",
    [
        ("data.num_samples=16", "data.holdout=0.5"),
        ("data.num_samples=8", "data.limit=2"),
        ("data.num_samples=8", "data.limit=2"),
    ],
)
def test_few_samples_make_no_gauge_infinite_and_break_no_batch_norm(few: tuple[str, ...]) -> None:
    trainer, _ = open_run(settings(*few))
    (reading,) = advance(trainer, 1, every=1).readings
    assert all(math.isfinite(value) for value in reading.values()), reading
    assert ("accuracy/holdout" in reading) == ("data.holdout=0.5" in few), "one sample held out says nothing"


@pytest.mark.parametrize("name", GAMES)
def test_who_looks_often_trains_the_same(name: str) -> None:
    ends = []
    for every in (1, 1000):
        trainer, gan = play(name)
        seen = advance(trainer, 9, every)
        assert len(seen.readings) == 9 // every
        ends.append(state_of(gan))
    assert_same(*ends)


def test_held_out_samples_are_judged_and_their_share_is_reported() -> None:
    """A discriminator by hand: it takes what is bright for real."""

    class Bright(nn.Module):
        def forward(self, samples: Tensor) -> Tensor:
            return samples.flatten(1).mean(dim=1)

    _, gan = play("dcgan")
    gan.d.network = Bright()
    light, dark = torch.full((8, 1, 8, 8), 0.5), torch.full((8, 1, 8, 8), -0.5)
    held_out = Batch(torch.cat([light[:2], dark[:6]]))
    values = PassGauges(gan.draw(4, 0), Batch(light), held_out).take(gan)
    assert values["accuracy/holdout"].item() == 0.25
    assert "balance/feature_spread" not in values, "this discriminator names no features"
    assert values["balance/r_v"].item() == 1.0
