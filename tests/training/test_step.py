from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from arena import step
from found import LOSSES, OPTIMIZERS
from no_sync import HostSyncError, NoHostSync
from torch import Tensor, nn

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.ema import EMA
from gan_cli.data.base import Table
from gan_cli.data.feed import open_feed
from gan_cli.game import Batch, Critic, Loss, Players, Side
from gan_cli.losses import NonSaturating, Wasserstein
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.runtime import Runtime
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan, Player
from gan_cli.training.optimizers import SGD, Adam
from gan_cli.training.step import Game

SPEC = SampleSpec((1, 8, 8))
TAGS = {
    "loss/discriminator", "loss/generator", "logits/real", "logits/fake", "accuracy/real", "accuracy/fake",
    "accuracy/discriminator", "accuracy/pairwise", "grad_norm/discriminator", "grad_norm/generator", "balance/signal",
}  # fmt: skip


def game(
    loss: Loss | None = None,
    techniques: dict[str, Technique] | None = None,
    optimizer: Callable[..., Any] = Adam,
    precision: str = "float32",
    norm: str = "batch",
    **rules: Any,
) -> Game:
    torch.manual_seed(0)
    small = {"base_channels": 8}
    generator = ConvGenerator(SPEC, latent_dim=4, **small)  # type: ignore[arg-type]
    discriminator = ConvDiscriminator(SPEC, norm=norm, dropout=0.1, **small)  # type: ignore[arg-type]
    players = [
        Player(network, optimizer(list(network.parameters()), lr=1e-2)) for network in (generator, discriminator)
    ]
    gan = Gan(*players, generator.latent, torch.Generator().manual_seed(0), spec=SPEC, loss=loss or NonSaturating())
    techniques = techniques or {}
    for technique in techniques.values():
        technique.attach(gan)
    rules = {"d_steps": 1, "g_steps": 1, "clip_grad_norm": None, **rules}
    runtime = Runtime(device="cpu", precision=precision)  # type: ignore[arg-type]
    return Game(gan, techniques, runtime.autocast(SPEC), **rules)


def feed() -> Any:
    rows = torch.arange(64 * 64).remainder(256).byte().reshape(64, 1, 8, 8)
    return open_feed(Table(rows), SampleSpec((1, 8, 8)), batch_size=16, device=torch.device("cpu"), seed=0)


def weights(network: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def moved(before: list[Tensor], network: nn.Module) -> bool:
    return any(not torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))


@pytest.mark.parametrize("loss", LOSSES)
def test_both_networks_learn_and_every_tag_is_reported(loss: Loss) -> None:
    play = game(loss)
    before_g, before_d = weights(play.gan.generator), weights(play.gan.discriminator)
    values = step(play, feed())
    assert moved(before_g, play.gan.generator)
    assert moved(before_d, play.gan.discriminator)
    assert set(values) == TAGS
    assert all(value.dim() == 0 and not value.requires_grad and torch.isfinite(value) for value in values.values())


def test_each_update_moves_its_own_network_only() -> None:
    play = game()
    real = feed().next()
    fake = play.gan.fake(play.gan.draw(16))
    before_g, before_d = weights(play.gan.generator), weights(play.gan.discriminator)
    play.update_discriminator(real, fake.detach(), 0)
    assert not moved(before_g, play.gan.generator)
    assert moved(before_d, play.gan.discriminator)
    before_d = weights(play.gan.discriminator)
    play.update_generator(fake, real, 1)
    assert moved(before_g, play.gan.generator)
    assert not moved(before_d, play.gan.discriminator)
    assert all(p.requires_grad for p in play.gan.discriminator.parameters())


def test_the_step_is_the_textbook_step() -> None:
    """The same updates, written out naively for one linear pair, give the same weights."""

    def pair() -> tuple[nn.Module, nn.Module]:
        torch.manual_seed(1)
        generator = nn.Sequential(nn.Linear(2, 2))
        discriminator = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
        return generator, discriminator

    real = torch.randn(8, 2, generator=torch.Generator().manual_seed(5))

    class Fixed:
        def next(self) -> Batch:
            return Batch(real)

    from gan_cli.networks.base import Latent

    generator, discriminator = pair()
    players = [Player(network, SGD(network.parameters(), lr=0.1)) for network in (generator, discriminator)]
    rng = torch.Generator().manual_seed(3)
    gan = Gan(*players, Latent(2), rng, spec=SampleSpec((2,), value_range=None), loss=NonSaturating())
    play = Game(gan, {}, torch.autocast("cpu", enabled=False), d_steps=1, g_steps=1, clip_grad_norm=None)
    step(play, Fixed())

    naive_g, naive_d = pair()
    z = torch.randn(8, 2, generator=torch.Generator().manual_seed(3))
    bce = nn.BCEWithLogitsLoss()
    d_loss = bce(naive_d(real), torch.ones(8)) + bce(naive_d(naive_g(z).detach()), torch.zeros(8))
    d_loss.backward()
    with torch.no_grad():
        for p in naive_d.parameters():
            p -= 0.1 * p.grad
    naive_d.zero_grad()
    naive_g.zero_grad()
    bce(naive_d(naive_g(z)), torch.ones(8)).backward()
    with torch.no_grad():
        for p in naive_g.parameters():
            p -= 0.1 * p.grad
    for ours, theirs in zip([generator, discriminator], [naive_g, naive_d], strict=True):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b)


class Probe(Technique):
    """Counts its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def perturb(self, samples: Tensor) -> Tensor:
        self.calls.append("perturb")
        return samples + 0.0

    def relabel(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        self.calls.append("targets")
        return fake, real

    def mix_fakes(self, fake: Batch) -> Batch:
        self.calls.append("recall")
        assert not fake.x.requires_grad
        return fake

    def d_penalty(self, players: Players, turn: UpdateContext) -> Tensor:
        self.calls.append("d_penalty")
        assert turn.real_logits is not None
        return 0.0 * (turn.real_logits.sum() + turn.fake_logits.sum()) + 2.0

    def critic_for_generator(self, players: Players, real: Batch, fake: Batch) -> Critic | None:
        self.calls.append("opponent")
        return None

    def g_penalty(self, players: Players, turn: UpdateContext) -> Tensor:
        self.calls.append("g_penalty")
        assert turn.real_logits is None
        return turn.fake.x.square().mean() + 0.0 * turn.fake_logits.sum()

    def after_update(self, players: Players, side: Side) -> None:
        self.calls.append(f"after_update {side}")

    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        assert "accuracy/discriminator" in values
        self.calls.append(f"after_step {batch_size}")

    def scalars(self) -> dict[str, Tensor]:
        return {"balance/probe": torch.tensor(1.0)}


def test_every_hook_is_called_where_it_belongs() -> None:
    probe = Probe()
    values = step(game(techniques={"probe": probe}, d_steps=2), feed())
    update_d = ["recall", "perturb", "perturb", "targets", "d_penalty", "after_update discriminator"]
    update_g = ["perturb", "perturb", "opponent", "g_penalty", "after_update generator"]
    assert probe.calls == [*update_d, *update_d, *update_g, "after_step 16"]
    assert set(values) == TAGS | {"penalty/probe", "penalty/probe/generator", "balance/probe"}


def test_a_closed_gate_holds_one_network() -> None:
    class Hold(Technique):
        def gate(self, side: str) -> Tensor:
            return torch.tensor(0.0 if side == "discriminator" else 1.0)

    play = game(techniques={"hold": Hold()})
    before_g, before_d = weights(play.gan.generator), weights(play.gan.discriminator)
    step(play, feed())
    assert moved(before_g, play.gan.generator)
    assert not moved(before_d, play.gan.discriminator)


def test_an_opponent_judges_in_place_of_the_discriminator() -> None:
    class Flatterer(Technique):
        def critic_for_generator(self, players: Players, real: Batch, fake: Batch) -> Critic:
            return lambda shown: shown.x.flatten(1).sum(dim=1)

    play = game(Wasserstein(), techniques={"flatterer": Flatterer()})
    real, fake = feed().next(), play.gan.fake(play.gan.draw(16))
    total = fake.x.detach().flatten(1).sum(dim=1).mean()
    values = play.update_generator(fake, real, 1)
    torch.testing.assert_close(values["loss/generator"], -total)
    # each of 64 pixels is told -1
    torch.testing.assert_close(values["balance/signal"], torch.tensor(8.0))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_rate_of_half_halves_the_step_and_the_schedule_counts_too(optimizer: Callable[..., Any]) -> None:
    class Half(Technique):
        def rate(self, side: str) -> Tensor | None:
            return torch.tensor(0.5) if side == "generator" else None

    def way(lr: Any, techniques: dict[str, Technique]) -> Tensor:
        play = game(techniques=techniques, optimizer=lambda parameters, **_: optimizer(parameters, lr=lr))
        before = weights(play.gan.generator)
        step(play, feed())
        return torch.cat([(b - a).flatten() for a, b in zip(before, play.gan.generator.parameters(), strict=True)])

    whole = way(1e-2, {})
    torch.testing.assert_close(way(1e-2, {"half": Half()}), whole / 2, rtol=1e-3, atol=1e-7)
    ramp = {"start": 1e-2, "end": 0.0, "steps": 10}
    torch.testing.assert_close(way(ramp, {}), whole, rtol=1e-3, atol=1e-7)
    torch.testing.assert_close(way(ramp, {"half": Half()}), whole / 2, rtol=1e-3, atol=1e-7)


def test_a_ramp_moves_the_learning_rate_with_the_steps() -> None:
    ramp = {"start": 1e-2, "end": 0.0, "steps": 4}
    play = game(optimizer=lambda parameters, **_: Adam(parameters, lr=ramp))  # type: ignore[arg-type]
    stream, rates = feed(), []
    for _ in range(6):
        step(play, stream)
        rates.append(play.gan.g.lr.item())
    assert rates == pytest.approx([1e-2, 0.75e-2, 0.5e-2, 0.25e-2, 0.0, 0.0])


def test_more_updates_per_step() -> None:
    play = game(d_steps=3, g_steps=2)
    stream = feed()
    step(play, stream)
    assert play.gan.d.optimizer.state_dict()["state"][0]["step"] == 3
    assert play.gan.g.optimizer.state_dict()["state"][0]["step"] == 2


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_a_step_never_waits_for_the_host(loss: Loss, optimizer: Callable[..., Any], norm: str) -> None:
    play = game(
        loss, {"ema": EMA()}, optimizer, clip_grad_norm=1.0, d_steps=2, g_steps=2, precision="bfloat16", norm=norm
    )
    stream = feed()
    step(play, stream)
    with NoHostSync():
        for _ in range(6):  # more than an epoch
            step(play, stream)


@pytest.mark.parametrize(
    "wait",
    [
        lambda x: x.item(),
        lambda x: bool(x > 0),
        lambda x: x.cpu(),
        lambda x: x.to("cpu"),
        lambda x: float(x),
        lambda x: x.tolist(),
        lambda x: 1 if x > 0 else 0,
        lambda x: x[x > 0],
    ],
)
def test_the_trap_springs(wait: Callable[[Tensor], object]) -> None:
    class Waits(Technique):
        def d_penalty(self, players: Players, turn: UpdateContext) -> None:
            wait(turn.real.x.mean())

    play = game(techniques={"waits": Waits()})
    with pytest.raises(HostSyncError), NoHostSync():
        step(play, feed())
