"""R1: hand-computed slopes of a bowl on real samples, the interval, `auto`, resume, refusals."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from arena import IMAGES, KINDS, POINTS, Bowl, assert_plays, play, players, small_game, turn

from gan_cli.balance.r1 import R1
from gan_cli.config.schema import complaint
from gan_cli.config.signature import settings_of
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

REAL = torch.tensor([[3.0, 4.0], [0.0, 1.0]])  # E ||x||^2 = 13
FAKE = torch.tensor([[1.0, 0.0], [0.0, 0.0]])  # 0.5


def penalties(technique: R1, count: int, shape: tuple[int, ...] = (2,)) -> list[float]:
    bowl = Bowl(2.0)
    game = players(bowl, shape)
    technique.attach(game)
    real, fake = REAL.reshape(2, *shape), FAKE.reshape(2, *shape)
    return [technique.d_penalty(game, turn(bowl, real, fake, update)).item() for update in range(count)]


def test_the_penalty_and_its_gradient() -> None:
    bowl, technique = Bowl(2.0), R1(gamma=0.5, every=1)
    game = players(bowl)
    technique.attach(game)
    penalty = technique.d_penalty(game, turn(bowl, REAL, FAKE))
    assert penalty.item() == pytest.approx(0.5 / 2 * 2**2 * 13)
    penalty.backward()
    assert bowl.a.grad.item() == pytest.approx(0.5 * 2 * 13)  # d/da gamma/2 a^2 E ||x||^2


def test_the_average_does_not_depend_on_the_interval() -> None:
    assert penalties(R1(gamma=0.5, every=4), 5) == pytest.approx([4 * 13.0, 0.0, 0.0, 0.0, 4 * 13.0])


def test_a_ramp_is_read_at_the_step() -> None:
    bowl, technique = Bowl(1.0), R1(gamma={"start": 2.0, "end": 0.0, "steps": 4}, every=1)
    game = players(bowl)
    technique.attach(game)
    game.step += 3
    assert technique.d_penalty(game, turn(bowl, REAL, FAKE)).item() == pytest.approx(0.5 / 2 * 13)
    assert technique.scalars()["balance/r1_gamma"].item() == pytest.approx(0.5)


def test_auto_counts_positions_per_sample() -> None:
    # 0.0002 * 2 positions / batch of 2
    assert penalties(R1(every=1), 1, shape=(1, 2)) == pytest.approx([0.0002 / 2 * 4 * 13])


def test_auto_means_nothing_for_points() -> None:
    with pytest.raises(SettingError, match=r"gamma=auto: .*2-d points.*give a number, 0.1 to 10"):
        R1().attach(players(Bowl(1.0)))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("auto", None),
        (0, None),
        (0.5, None),
        ({"start": 1.0, "end": 0.1, "steps": 100}, None),
        ("automatic", "must be one of auto; did you mean auto"),
        (-1.0, "must be >= 0"),
        ({"start": -1.0, "end": 0.1, "steps": 100}, "its start must be >= 0"),
    ],
)
def test_what_gamma_may_be(value: Any, words: str | None) -> None:
    found = complaint(settings_of(R1)["gamma"].annotation, value)
    assert (found is None) if words is None else (words in found)


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec) -> None:
    values = assert_plays(spec, lambda: {"it": R1(gamma=1.0, every=4)}, norm="layer")
    assert {"penalty/it", "balance/r1_gamma"} <= set(values)


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_other_norms_will_do(norm: str) -> None:
    play(small_game(IMAGES, {"r1": R1(every=1)}, norm=norm), 2)


def test_it_flattens_the_discriminator() -> None:
    steep, flat = (small_game(POINTS, {"r1": R1(gamma=gamma, every=1)}, norm="layer") for gamma in (0.0, 100.0))
    for arena in (steep, flat):
        play(arena, 10, trap=False)
    slopes = []
    for game, _ in (steep, flat):
        real = torch.rand(64, 2, requires_grad=True)
        game.gan.discriminator(real).sum().backward()
        slopes.append(real.grad.norm().item())
    assert slopes[1] < slopes[0] / 2
