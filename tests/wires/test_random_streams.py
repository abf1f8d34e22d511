"""Every random stream is its own: what is drawn for one purpose moves no other, and each follows from its seed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from doubles import IMAGE, NUMBER, SEED, level_of, technique
from onlookers import Ledger
from real_parts import advance, levels, make_gan, open_parts, parts

from gan_cli.data.base import Table, spread_samples
from gan_cli.data.feed import open_feed
from gan_cli.game import Batch, GeneratorInput
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.metrics.duality_gap import DualityGap
from gan_cli.networks.base import Latent
from gan_cli.sampling.latents import Stream
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.recorder import Recorder

PLAIN = {"_target_": "doubles.Shift", "numbered": False}
"""The generator with the latents of every run: each draw is another."""
DATA, IMAGES = levels(range(100)), levels(range(100), images=True)
CPU = torch.device("cpu")


def order(seed: int, steps: int = 50, **changes: Any) -> list[int]:
    """Training samples in the order in which a run with this seed is shown them: two epochs of 100, in fours."""
    shown: list[int] = []
    trainer, _ = open_parts(parts(**{"seed": seed, "data": DATA, "generator": PLAIN, **changes}))
    note = technique(d_penalty=lambda players, turn: shown.extend(turn.real.x[:, 0].int().tolist()))
    trainer._game.techniques = {"note": note}
    advance(trainer, steps)
    return shown


def test_the_order_of_the_data_follows_from_the_seed_of_the_run() -> None:
    first, again, other = order(1), order(1), order(2)
    assert first == again and first != other
    assert sorted(first[:100]) == sorted(first[100:]) == list(range(100)), "all of them in each epoch"
    assert first[:100] != first[100:], "in another order"


def test_the_order_of_the_data_depends_on_nothing_else() -> None:
    trainer = {"_target_": "gan_cli.training.trainer.Trainer", "steps": 90, "batch_size": 4, "d_steps": 2}
    wider = {"_target_": "doubles.Shift", "numbered": False, "weight": 3.0}
    assert order(1) == order(1, steps=25, trainer=trainer) == order(1, generator=wider)


@pytest.mark.parametrize("epochs", [1, 3])
def test_streamed_data_come_in_the_order_of_resident_ones(epochs: int) -> None:
    table = Table(torch.arange(20.0)[:, None])
    seen: list[list[float]] = []
    for resident_bytes in (None, 0):
        feed = open_feed(table, NUMBER, batch_size=5, device=CPU, seed=SEED, workers=0, resident_bytes=resident_bytes)
        seen.append([value for _ in range(4 * epochs) for value in feed.next().x[:, 0].tolist()])
        feed.close()
    assert seen[0] == seen[1] and sorted(seen[0]) == sorted(list(range(20)) * epochs)


def latents(seed: int, look: Any = lambda made, trainer, gan: None) -> list[float]:
    """Fakes of three training steps, each after a look that must not draw from torch's own stream."""
    shown: list[float] = []
    made = parts(seed=seed, data=IMAGES, generator=PLAIN)
    trainer, gan = open_parts(made)
    note = technique(d_penalty=lambda players, turn: shown.extend(turn.fake.x[:, 0, 0, 0].tolist()))
    trainer._game.techniques = {"note": note}
    for _ in range(3):
        before = torch.get_rng_state()
        look(made, trainer, gan)
        assert torch.equal(before, torch.get_rng_state())
        advance(trainer, 1)
    return shown


def test_training_latents_follow_from_the_seed_and_go_on() -> None:
    assert latents(1) == latents(1) != latents(2)
    assert len(set(latents(1))) == 12, "each of them is drawn once"


def pictures(made: Any, trainer: Any, gan: Any) -> None:
    ledger = Ledger()
    recorder = Recorder(sinks={"ledger": ledger}, num_samples=1)
    recorder._view = made.view(gan.spec, gan, made.source().load(), 1)
    recorder.pictures(trainer.step, trainer.sample, trainer.criticise)
    assert ledger.of("samples/random")


def measurement(made: Any, trainer: Any, gan: Any) -> None:
    real = spread_samples(made.source().load().train, 64, NUMBER)
    known = Reference(gan.spec, real, real, lambda: real, lambda: real)
    assert DualityGap(steps=2, batch_size=8).measure(MetricInputs(known, real, gan))


def gauges(made: Any, trainer: Any, gan: Any) -> None:
    assert trainer._components.pass_gauges.take(gan)


@pytest.mark.parametrize("look", [pictures, measurement, gauges])
def test_who_looks_moves_no_training_latent(look: Any) -> None:
    assert latents(1, look) == latents(1)


def test_seeded_latents_follow_from_their_seed_alone() -> None:
    gan = make_gan(numbered=False)
    before = gan.draw(6, 3).z
    gan.fake(gan.draw(5))
    assert torch.equal(gan.draw(6, 3).z, before) and torch.equal(before, Latent(1).draw_seeded(6, 3))
    assert not torch.equal(gan.draw(6, 4).z, before)
    assert torch.equal(gan.draw(3, 3).z, before[:3]), "fewer are the first of more"


def test_random_pictures_are_neither_the_fixed_ones_nor_those_before(tmp_path: Any) -> None:
    made = parts(data=IMAGES, generator=PLAIN)
    trainer, gan = open_parts(made)
    recorder, asked = Recorder(sinks={}, num_samples=6), []
    recorder.begin(RunInfo(tmp_path, "wires", 100, 0, 4, ""), made.view(IMAGE, gan, made.source().load(), 6))

    def sample(drawn: GeneratorInput) -> Batch:
        asked.append(drawn.z)
        return trainer.sample(drawn)

    for step in (2, 4):
        recorder.pictures(step, sample, trainer.criticise)
    fixed, random, fixed_again, random_again = asked
    assert torch.equal(fixed, fixed_again) and torch.equal(fixed, Latent(1).draw_seeded(6, SEED))
    others = {tuple(each.flatten().tolist()) for each in (fixed, random, random_again)}
    assert len(others) == 3 and not set(random.flatten().tolist()) & set(random_again.flatten().tolist())
    assert len(level_of(trainer.sample(GeneratorInput(fixed)).x)) > 1


@pytest.mark.parametrize("psi", [0.5, 1.5])
def test_truncation_redraws_from_a_stream_of_its_own(psi: float) -> None:
    """What lies within stays as it was, in the second and third batch too."""
    plain, truncated = Stream(Latent(50), 7), Stream(Latent(50), 7, psi)
    for count in (8, 8, 20):
        z, near = plain.next(count), truncated.next(count)
        inside = z.abs() <= psi
        assert torch.equal(z[inside], near[inside]) and not torch.equal(z, near)
        redrawn = set(near[~inside].tolist())
        assert not redrawn & set(z.flatten().tolist()) and len(redrawn) == int((~inside).sum())


def test_truncated_latents_follow_from_the_seed_alone() -> None:
    """So do the components that are drawn again."""
    torch.manual_seed(1)
    first = Stream(Latent(50), 7, 0.5).next(10)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert torch.equal(first, Stream(Latent(50), 7, 0.5).next(10))
    assert torch.equal(before, torch.get_rng_state())
    other = Stream(Latent(50), 8, 0.5).next(10)
    outside = (Latent(50).draw_seeded(10, 7).abs() > 0.5) & (Latent(50).draw_seeded(10, 8).abs() > 0.5)
    assert outside.any() and not set(first[outside].tolist()) & set(other[outside].tolist())


def test_training_latents_are_not_those_of_pictures_gauges_and_metrics() -> None:
    """What these look at would else be what the generator learnt from first."""
    _, gan = open_parts(parts(data=DATA, generator=PLAIN))
    shown = gan.draw(64, SEED).z.flatten().tolist()
    assert not set(shown) & {value for _ in range(4) for value in gan.draw(16).z.flatten().tolist()}


def test_first_weights_are_not_those_latents_either() -> None:
    """Nor do they follow the same stream as what trains."""
    made = parts(data=DATA, generator=PLAIN)
    made.runtime().setup(SEED)
    _, gan = open_parts(made)
    drawn = torch.randn(64).tolist()
    assert not set(drawn) & set(gan.draw(64, SEED).z.flatten().tolist())
    assert not set(drawn) & set(gan.draw(64).z.flatten().tolist())
