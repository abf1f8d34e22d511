from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent))

from no_sync import HostSyncError, NoHostSync

from gan_cli.balance.base import Players, Technique
from gan_cli.balance.ema import EMA
from gan_cli.data.base import Table
from gan_cli.data.feed import open_feed
from gan_cli.losses import Hinge, LeastSquares, Loss, Minimax, NonSaturating, Relativistic, Wasserstein
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.runtime import Runtime
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan, Player
from gan_cli.training.optimizers import SGD, Adam, RMSprop
from gan_cli.training.step import Game

SPEC = SampleSpec((1, 8, 8))
TAGS = {
    "loss/discriminator", "loss/generator", "logits/real", "logits/fake", "accuracy/real", "accuracy/fake",
    "accuracy/discriminator", "accuracy/pairwise", "grad_norm/discriminator", "grad_norm/generator",
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
    gan = Gan(*players, generator.latent, torch.Generator().manual_seed(0))
    techniques = techniques or {}
    for technique in techniques.values():
        technique.attach(gan)
    rules = {"d_steps": 1, "g_steps": 1, "clip_grad_norm": None, **rules}
    runtime = Runtime(device="cpu", precision=precision)  # type: ignore[arg-type]
    return Game(gan, loss or NonSaturating(), techniques, runtime.autocast(SPEC), **rules)


def feed() -> Any:
    rows = torch.arange(64 * 64).remainder(256).byte().reshape(64, 1, 8, 8)
    return open_feed(Table(rows), batch_size=16, device=torch.device("cpu"), seed=0)


def weights(network: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def moved(before: list[Tensor], network: nn.Module) -> bool:
    return any(not torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))


@pytest.mark.parametrize("loss", [NonSaturating(), Minimax(), LeastSquares(), Hinge(), Wasserstein(), Relativistic()])
def test_both_networks_learn_and_every_tag_is_reported(loss: Loss) -> None:
    play = game(loss)
    before_g, before_d = weights(play.gan.generator), weights(play.gan.discriminator)
    values = play.play(feed())
    assert moved(before_g, play.gan.generator)
    assert moved(before_d, play.gan.discriminator)
    assert set(values) == TAGS
    assert all(value.dim() == 0 and not value.requires_grad and torch.isfinite(value) for value in values.values())


def test_each_update_moves_its_own_network_only() -> None:
    play = game()
    real = feed().next()
    fake = play.gan.generate(16)
    before_g, before_d = weights(play.gan.generator), weights(play.gan.discriminator)
    play.update_discriminator(real, fake.detach())
    assert not moved(before_g, play.gan.generator)
    assert moved(before_d, play.gan.discriminator)
    before_d = weights(play.gan.discriminator)
    play.update_generator(fake, real)
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
        def next(self) -> Tensor:
            return real

    from gan_cli.networks.base import Latent

    generator, discriminator = pair()
    players = [Player(network, SGD(network.parameters(), lr=0.1)) for network in (generator, discriminator)]
    gan = Gan(*players, Latent(2), torch.Generator().manual_seed(3))
    play = Game(
        gan, NonSaturating(), {}, torch.autocast("cpu", enabled=False), d_steps=1, g_steps=1, clip_grad_norm=None
    )
    play.play(Fixed())  # type: ignore[arg-type]

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

    def targets(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        self.calls.append("targets")
        return fake, real

    def d_penalty(self, players: Players, real: Tensor, fake: Tensor) -> Tensor:
        self.calls.append("d_penalty")
        return torch.tensor(2.0)

    def g_penalty(self, players: Players, fake: Tensor) -> Tensor:
        self.calls.append("g_penalty")
        return fake.square().mean()

    def after_step(self, players: Players, batch_size: int) -> None:
        self.calls.append(f"after_step {batch_size}")

    def scalars(self) -> dict[str, Tensor]:
        return {"balance/probe": torch.tensor(1.0)}


def test_every_hook_is_called_where_it_belongs() -> None:
    probe = Probe()
    values = game(techniques={"probe": probe}, d_steps=2).play(feed())
    update_d = ["perturb", "perturb", "targets", "d_penalty"]
    assert probe.calls == [*update_d, *update_d, "perturb", "g_penalty", "after_step 16"]
    assert set(values) == TAGS | {"penalty/probe", "balance/probe"}


def test_a_closed_gate_holds_one_network() -> None:
    class Hold(Technique):
        def gate(self, side: str) -> Tensor:
            return torch.tensor(0.0 if side == "discriminator" else 1.0)

    play = game(techniques={"hold": Hold()})
    before_g, before_d = weights(play.gan.generator), weights(play.gan.discriminator)
    play.play(feed())
    assert moved(before_g, play.gan.generator)
    assert not moved(before_d, play.gan.discriminator)


def test_more_updates_per_step() -> None:
    play = game(d_steps=3, g_steps=2)
    stream = feed()
    play.play(stream)
    assert play.gan.d.optimizer.state_dict()["state"][0]["step"] == 3
    assert play.gan.g.optimizer.state_dict()["state"][0]["step"] == 2


@pytest.mark.parametrize("loss", [NonSaturating(), Minimax(), LeastSquares(), Hinge(), Wasserstein(), Relativistic()])
@pytest.mark.parametrize("optimizer", [Adam, SGD, RMSprop])
@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_a_step_never_waits_for_the_host(loss: Loss, optimizer: Callable[..., Any], norm: str) -> None:
    play = game(
        loss, {"ema": EMA()}, optimizer, clip_grad_norm=1.0, d_steps=2, g_steps=2, precision="bfloat16", norm=norm
    )
    stream = feed()
    play.play(stream)
    with NoHostSync():
        for _ in range(6):  # more than an epoch
            play.play(stream)


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
        def d_penalty(self, players: Players, real: Tensor, fake: Tensor) -> None:
            wait(real.mean())

    play = game(techniques={"waits": Waits()})
    with pytest.raises(HostSyncError), NoHostSync():
        play.play(feed())
