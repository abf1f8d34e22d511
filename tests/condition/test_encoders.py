"""Games with an encoder: D sees pairs, E learns with G, and gauges say what codes are worth."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from real_run import TECHNIQUES, advance, open_run, settings, settings_with
from torch import nn

from gan_cli.balance.input_gradient import squared_gradient_norms
from gan_cli.diagnosis.codes import code_gauges
from gan_cli.errors import SettingError
from gan_cli.game import Batch, GeneratorInput
from gan_cli.networks.conditional_discriminators import ConcatDiscriminator, ProjectionDiscriminator
from gan_cli.networks.joint import judge_of_pairs
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan

KINDS = {
    "points": ("data.shape=[2]", "generator=mlp", "discriminator=mlp", "discriminator.depth=1", "encoder=mlp"),
    "audio": ("data.shape=[1,32]", "encoder=conv"),
    "images": ("data.shape=[1,8,8]", "encoder=conv"),
    "dense images": ("data.shape=[1,8,8]", "encoder=mlp"),
    "voxels": ("data.shape=[1,8,8,8]", "encoder=conv"),
}
SMALL = ("encoder.base_channels=4", "encoder.joint_channels=8", "discriminator.norm=layer", "generator.latent_dim=6")


def config_of(*overrides: str, kind: str = "images") -> dict[str, Any]:
    return settings(*KINDS[kind], *SMALL, *overrides)


def weights(network: nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def moved(network: nn.Module, before: list[torch.Tensor]) -> bool:
    return any(not torch.equal(p, old) for p, old in zip(network.parameters(), before, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_all_three_networks_learn_and_the_encoder_in_the_generators_turn(kind: str) -> None:
    trainer, gan = open_run(config_of(kind=kind))
    assert gan.encoder is not None
    before = {name: weights(net) for name, net in networks(gan).items()}
    advance(trainer, 2)
    assert all(moved(net, before[name]) for name, net in networks(gan).items())
    codes = gan.encode(torch.zeros(3, *gan.spec.shape))
    assert codes is not None and codes.shape == (3, gan.latent.dim)


def networks(gan: Gan) -> dict[str, nn.Module]:
    assert gan.encoder is not None
    return {"generator": gan.generator, "discriminator": gan.discriminator, "encoder": gan.encoder}


def test_a_turn_of_the_discriminator_moves_no_encoder_and_one_of_the_generator_no_discriminator() -> None:
    trainer, gan = open_run(config_of())
    game, fed = trainer._game, Batch(torch.randn(8, 1, 8, 8))
    before = {name: weights(net) for name, net in networks(gan).items()}
    real, fake = gan.real(fed), gan.fake(gan.draw(8))
    game.update_discriminator(real.detach(), fake.detach(), 0)
    assert [moved(net, before[name]) for name, net in networks(gan).items()] == [False, True, False]
    before = {name: weights(net) for name, net in networks(gan).items()}
    game.update_generator(gan.fake(gan.draw(8)), gan.real(fed), 1)
    assert [moved(net, before[name]) for name, net in networks(gan).items()] == [True, False, True]


def test_the_discriminator_sees_the_code_and_the_score_of_a_sample_alone_is_kept() -> None:
    _, gan = open_run(config_of())
    x, z = torch.randn(4, 1, 8, 8), torch.randn(4, 6)
    judge = copy.deepcopy(gan.discriminator)
    head = judge.get_submodule("network.head")
    assert (gan.critic(Batch(x, z=z), by=judge) - gan.critic(Batch(x, z=-z), by=judge)).abs().min() > 0
    with torch.no_grad():
        head.get_submodule("joint.2").weight.zero_()  # type: ignore[union-attr]
        head.get_submodule("joint.2").bias.zero_()  # type: ignore[union-attr]
    alone = gan.critic(Batch(x, z=z), by=judge)
    assert torch.equal(alone, gan.critic(Batch(x, z=-z), by=judge)) and alone.std() > 0


@pytest.mark.parametrize("loss", ["non_saturating", "minimax", "least_squares", "hinge", "wasserstein"])
def test_an_encoder_wants_what_a_generator_wants_with_the_roles_swapped(loss: str) -> None:
    """Its gradient at a logit is that of the generator at the logit on the other side of the cut, turned round."""
    trainer, gan = open_run(config_of(f"loss={loss}"))
    fake, real = (torch.tensor([value], requires_grad=True) for value in (0.3, 2.0 * gan.loss.real_cut - 0.3))
    total, parts = trainer._game._generator_loss(fake, real)
    assert total.item() == pytest.approx(2.0 * parts["loss/encoder"].item())
    total.backward()  # type: ignore[no-untyped-call]
    assert fake.grad is not None and real.grad is not None
    assert fake.grad.item() == pytest.approx(-real.grad.item()) and fake.grad.item() < 0


def test_a_loss_of_pairs_has_both_directions_already() -> None:
    trainer, gan = open_run(config_of("loss=relativistic"))
    fake, real = torch.tensor([0.3, 1.0]), torch.tensor([0.1, -2.0])
    total, parts = trainer._game._generator_loss(fake, real)
    assert torch.equal(total, gan.loss.generator(fake, real)) and parts == {}


def test_a_rate_of_its_own_and_that_of_the_generator() -> None:
    assert [rate_of(config_of(*more)) for more in ((), ("encoder.lr=1e-5",))] == [2e-4, 1e-5]


def rate_of(config: dict[str, Any]) -> float:
    gan = open_run(config)[1]
    assert gan.e is not None
    return float(gan.e.optimizer.param_groups[0]["lr"])


def test_a_stochastic_encoder_draws_in_training_and_gives_the_mean_otherwise() -> None:
    gan = open_run(config_of("encoder.stochastic=true"))[1]
    assert gan.encoder is not None
    x = torch.randn(4, 1, 8, 8)
    assert not torch.equal(gan.encode(x), gan.encode(x))  # type: ignore[arg-type]
    gan.encoder.eval()
    assert torch.equal(gan.encode(x), gan.encode(x))  # type: ignore[arg-type]


def test_codes_of_uniform_latents_stay_in_their_range() -> None:
    gan = open_run(config_of("generator.latent=uniform"))[1]
    codes = gan.encode(100.0 * torch.randn(8, 1, 8, 8))
    assert codes is not None and codes.abs().max() <= 1.0


class Perfect:
    """A generator and the encoder that inverts it: x = 2 z."""

    def __init__(self, encode: Any) -> None:
        self.encoder = nn.Identity()
        self.encode = encode

    def fake(self, drawn: GeneratorInput) -> Batch:
        return Batch(drawn.z * 2.0, z=drawn.z)


@pytest.mark.parametrize(
    ("encode", "expected"),
    [(lambda x: x / 2.0, (0.0, 0.0)), (lambda x: torch.zeros_like(x), (1.0, 1.0)), (lambda x: -x / 2.0, (None, 4.0))],
)
def test_gauges_of_codes_by_hand(encode: Any, expected: tuple[float | None, float]) -> None:
    players: Any = Perfect(encode)
    z, x = (torch.randn(64, 3, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    values = code_gauges(players, players.fake(GeneratorInput(z)), Batch(2.0 * x, z=encode(2.0 * x)))
    if expected[0] is not None:
        assert values["encoder/reconstruction"].item() == pytest.approx(expected[0], abs=1e-6)
    assert values["encoder/latent"].item() == pytest.approx(expected[1], abs=1e-6)
    far = values["encoder/distance"].item()
    assert far > 0.2 if expected[1] == 1.0 else abs(far) < 0.1


def test_penalties_of_gradients_see_the_whole_pair() -> None:
    """D(x, z) = 3 sum x + 2 sum z: the squared gradient is 9 times the values of x plus 4 times those of z."""
    shown = Batch(torch.randn(5, 1, 2, 2), None, torch.randn(5, 3))

    def critic(pairs: Batch) -> torch.Tensor:
        assert pairs.z is not None
        return 3.0 * pairs.x.flatten(1).sum(dim=1) + 2.0 * pairs.z.sum(dim=1)

    assert squared_gradient_norms(critic, shown).tolist() == [9.0 * 4 + 4.0 * 3] * 5


class HeadOnly(nn.Module):
    """A discriminator of one's own that shows no features."""

    def __init__(self, spec: SampleSpec) -> None:
        super().__init__()
        self.flat, self.head = nn.Flatten(), nn.Linear(spec.numel, 1)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return self.head(self.flat(samples)).flatten()


@pytest.mark.parametrize(
    "make",
    [
        lambda spec: ConcatDiscriminator(HeadOnly, spec, 3),
        lambda spec: ProjectionDiscriminator(HeadOnly(spec), spec, 3),
        lambda spec: judge_of_pairs(HeadOnly(spec), spec, 6, 8),
    ],
)
def test_a_discriminator_without_features_has_none_with_labels_or_codes_either(make: Any) -> None:
    assert not hasattr(make(SampleSpec((1, 4, 4))), "features")


def test_a_cycle_brings_samples_back() -> None:
    """Of a few steps with and without the term, the codes reconstruct better with it."""
    typed = (
        "data=digits",
        "data.limit=200",
        "trainer.batch_size=64",
        "generator=mlp",
        "encoder=mlp",
        "encoder.base_channels=64",
    )
    usual = ("generator.base_channels=64", "generator.latent_dim=16", "discriminator.norm=none", "trainer.steps=400")
    found = []
    for balance in ("balance=[]", "balance=[cycle]"):
        trainer, gan = open_run(settings(*typed, *usual, balance))
        advance(trainer, 250)
        found.append(trainer._readings._compute_gauges()["encoder/reconstruction"].item())
    assert found[1] < 0.85 * found[0]


REFUSED = [
    (("condition=concat", "data.num_classes=3"), "have no place for labels; use condition=none"),
    (("model=began",), "needs a discriminator with one last layer named head"),
    (("balance=[packing]",), "packs have no single code; leave packing out"),
    (("balance=[replay]",), "keeps samples without their codes; leave it out"),
]


@pytest.mark.parametrize(("overrides", "words"), REFUSED)
def test_what_has_no_place_for_codes_says_so(overrides: tuple[str, ...], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        open_run(settings(*overrides, "encoder=conv", "encoder.base_channels=4"))


def test_a_cycle_asks_for_the_samples_themselves_not_for_what_another_technique_makes_of_them() -> None:
    values = {}
    for balance in ("balance=[cycle]", "balance=[cycle,instance_noise]"):
        trainer, gan = open_run(config_of(balance, *("balance.instance_noise.sigma=50",) * ("noise" in balance)))
        fed = gan.real(Batch(torch.full((8, 1, 8, 8), 0.5)))
        values[balance] = trainer._game.update_generator(gan.fake(gan.draw(8, 0)), fed, 1)["penalty/cycle/generator"]
    assert all(0.0 < value < 1.5 for value in values.values()), values


def test_a_cycle_without_an_encoder_is_refused() -> None:
    with pytest.raises(SettingError, match="needs an encoder; use encoder=conv"):
        open_run(settings("balance=[cycle]"))


@pytest.mark.parametrize("technique", [name for name in TECHNIQUES if name not in ("began", "packing", "replay")])
def test_every_technique_plays_with_codes(technique: str) -> None:
    trainer, gan = open_run(settings_with([technique], *KINDS["images"], *SMALL))
    readings = advance(trainer, 12, every=4).readings
    assert gan.step == 12 and all(torch.tensor(list(one.values())).isfinite().all() for one in readings)
    assert "encoder/reconstruction" in readings[-1]


def test_a_run_with_an_encoder_resumes_to_the_bit() -> None:
    config = config_of("encoder.stochastic=true", "balance=[ema,cycle]")
    whole, _ = open_run(config)
    advance(whole, 3)
    saved = copy.deepcopy({**whole.state_dict(), "step": whole.step})
    advance(whole, 3)
    parts, gan = open_run(config)
    parts.load_state_dict(saved)
    advance(parts, 3)
    assert gan.checksum() == whole._components.gan.checksum()
