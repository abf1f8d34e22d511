"""What is measured of the two training loops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from loops import IMAGES, TINY, settings
from torch import nn

from gan_cli.benchmark.our_loop import OurLoop
from gan_cli.benchmark.plain_loop import PlainLoop
from gan_cli.errors import AccidentError
from gan_cli.training.trainer import Trainer

R1 = ("balance=[r1]", "balance.r1.gamma=1")
LINEAR = ("model=mlp", "data=ring", "trainer.batch_size=8", "metric=[]")


@pytest.fixture
def opened() -> Iterator[list[OurLoop]]:
    loops: list[OurLoop] = []
    yield loops
    for loop in loops:
        loop._recorder.end("done", 0)
        loop.close()


def ours(opened: list[OurLoop], folder: Path, *overrides: str) -> OurLoop:
    opened.append(OurLoop(settings(*overrides, "telemetry.sinks={}"), folder))
    return opened[-1]


def products(network: nn.Module) -> int:
    """Multiply-adds of a forward pass of one sample through linear layers."""
    return sum(layer.weight.numel() for layer in network.modules() if isinstance(layer, nn.Linear))


def first(network: nn.Module) -> int:
    return next(layer.weight.numel() for layer in network.modules() if isinstance(layer, nn.Linear))


@pytest.mark.parametrize(("d_steps", "g_steps"), [(1, 1), (3, 2)])
def test_multiply_adds_of_our_step_are_those_of_its_passes(opened, tmp_path: Path, d_steps: int, g_steps: int) -> None:
    loop = ours(opened, tmp_path, *LINEAR, f"trainer.d_steps={d_steps}", f"trainer.g_steps={g_steps}", "balance=[]")
    gan = loop._trainer.game.gan
    g, d = products(gan.generator), products(gan.discriminator)
    of_d = d_steps * 2 * (3 * d - first(gan.discriminator))  # real and fake; the first layer's input needs no gradient
    of_g = g_steps * (2 * d + 3 * g - first(gan.generator))  # D's weights get no gradient
    fakes_without_graph = (d_steps - 1) * g
    assert loop.multiply_adds() == 8 * (of_d + of_g + fakes_without_graph)


def test_a_lazy_penalty_counts_as_often_as_it_is_due(opened, tmp_path: Path) -> None:
    every, never, seldom = (
        ours(opened, tmp_path, *LINEAR, *more).multiply_adds()
        for more in ((*R1, "balance.r1.every=1"), ("balance=[]",), (*R1, "balance.r1.every=16"))
    )
    assert seldom - never == pytest.approx((every - never) / 16)


def test_the_plain_loop_does_as_many_updates_as_the_settings_say() -> None:
    loop = PlainLoop(settings(*LINEAR, "trainer.d_steps=3", "trainer.g_steps=2"), workers=0)
    g, d = products(loop._gan.generator), products(loop._gan.discriminator)
    of_d = 3 * 2 * (3 * d - first(loop._gan.discriminator))
    of_g = 2 * (3 * d + 3 * g - first(loop._gan.generator))
    assert loop.multiply_adds() == 8 * (of_d + of_g + 2 * g)


def test_both_loops_train(opened, tmp_path: Path) -> None:
    loops = [ours(opened, tmp_path, *IMAGES), PlainLoop(settings(*IMAGES), workers=0)]
    for loop in loops:
        gan = loop._trainer.game.gan if isinstance(loop, OurLoop) else loop._gan
        before = [p.clone() for network in (gan.generator, gan.discriminator) for p in network.parameters()]
        assert loop.run(2) > 0
        after = [p for network in (gan.generator, gan.discriminator) for p in network.parameters()]
        assert all(not torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_the_parts_of_our_step_are_apart_and_the_trainer_is_as_before(opened, tmp_path: Path) -> None:
    loop = ours(opened, tmp_path, *IMAGES, "telemetry.every=7", "trainer.checkpoint_every=11")
    times = loop.times(2)
    assert min(times.data, times.discriminator, times.generator, times.readings) > 0
    reading = times.of_readings
    at_their_intervals = reading["reading"] / 7 + reading["pictures"] / 500 + reading["checkpoint"] / 11
    within_budget = 0.1 * (times.data + times.discriminator + times.generator)
    metrics = min(reading["metrics"] / 1001, within_budget)  # measured at readings: the first one from 1000 on
    assert times.readings == pytest.approx(at_their_intervals + metrics)
    assert loop._trainer.checkpoint_every == 11
    assert "next" not in vars(loop._trainer.feed) and "update_discriminator" not in vars(loop._trainer.game)
    assert list((tmp_path / "checkpoints").iterdir()), "a checkpoint was really written"


def test_our_step_waits_for_readings_only(opened, tmp_path: Path) -> None:
    often, seldom = (
        ours(opened, tmp_path, *IMAGES, "metric=[]", f"telemetry.every={every}").host_waits() for every in (1, 10**6)
    )
    assert seldom < 0.1 < 1 <= often


def test_a_run_that_diverges_is_an_error(opened, tmp_path: Path) -> None:
    loop = ours(opened, tmp_path, *LINEAR, "telemetry.every=1", "optim.discriminator.lr=1e38")
    with pytest.raises(AccidentError, match=r"^diverged at step \d+: "):
        loop.run(30)


def test_nothing_ends_our_turns_early(opened, tmp_path: Path) -> None:
    more = ("trainer.steps=2", "trainer.stop_on=[training]", "metric.patience=1", "telemetry.every=1")
    loop = ours(opened, tmp_path, *LINEAR, *more)
    loop.run(4)
    trainer: Trainer = loop._trainer
    assert trainer.step == 4 and not trainer.stopped


@pytest.mark.parametrize(
    "data",
    [
        ("model=mlp", "data.shape=[5]"),
        ("data.shape=[1,32]",),
        ("data.shape=[2,8,8]",),
        ("data.shape=[3,8,8]",),
        ("data.shape=[1,8,8,8]",),
    ],
)
def test_the_plain_loop_takes_any_kind_of_data(data: tuple[str, ...]) -> None:
    tiny = TINY if data[0] != "model=mlp" else TINY[:1]
    loop = PlainLoop(settings(*data, "data=fake", "data.num_samples=40", *tiny), workers=0)
    assert loop.run(1) > 0
    times = loop.times(1)
    assert min(times.data, times.discriminator, times.generator, times.readings) > 0
    assert loop.host_waits() == 5


@pytest.mark.gpu
def test_on_a_gpu_recorded_steps_are_timed_and_direct_ones_are_split(opened, tmp_path: Path) -> None:
    on_gpu = ours(opened, tmp_path, *IMAGES, "runtime.device=cuda", "balance=[r1]")
    on_cpu = ours(opened, tmp_path, *IMAGES, "runtime.device=cpu", "balance=[r1]")
    assert on_gpu.recorded and not on_cpu.recorded
    assert on_gpu.run(40) > 0  # steps with and without the penalty are recorded
    times = on_gpu.times(4)
    assert min(times.data, times.discriminator, times.generator, times.readings) > 0
    assert on_gpu.multiply_adds() == pytest.approx(on_cpu.multiply_adds())
    assert on_gpu.host_waits() < 1
    assert on_gpu.run(20) > 0, "recordings can be replayed after all that"


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=bigan", *IMAGES[1:], "encoder.base_channels=4"),
        ("model=text_small", "data=colours", *TINY),
        ("model=mlp", "data=ring", *TINY),
    ],
)
def test_the_plain_loop_trains_games_with_encoders_and_any_kind_of_data(overrides: tuple[str, ...]) -> None:
    assert PlainLoop(settings(*overrides, "metric=[]"), workers=0).run(1) > 0.0
