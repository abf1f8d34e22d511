"""What makes a long run shorter fits the run, and would be shorter."""

from __future__ import annotations

import pytest

from gan_cli.config.compose import compose_full, plain
from gan_cli.session.rehearsal import rehearse
from gan_cli.session.shorter_runs import LONG, shorter_runs

BASE = ("metric=[]", "run=x", "name=x", "runtime.threads=1")


def config(*overrides: str) -> dict[str, object]:
    return plain(compose_full("train", [*BASE, *overrides]))


def test_nothing_is_offered_to_a_short_run() -> None:
    assert shorter_runs(config("trainer.steps=1000"), LONG / 1000) == []


@pytest.mark.parametrize(
    ("overrides", "step_seconds", "first"),
    [
        (("data=fake", "data.shape=[1,32,32]"), 1.0, "generator.base_channels=32 discriminator.base_channels=32"),
        (("data=mnist", "data.size=64"), 10.0, "generator.base_channels=8 discriminator.base_channels=8 data.size=32"),
        (("data=ring", "model=mlp", "generator.base_channels=512", "discriminator.base_channels=512"), 1.0, None),
        (("balance=[ema,packing]", "data=fake", "data.shape=[3,32,32]"), 1.2, None),
    ],
)
def test_what_is_offered_fits_and_is_shorter(
    overrides: tuple[str, ...], step_seconds: float, first: str | None
) -> None:
    long = config("trainer.steps=3000", *overrides)
    offers = shorter_runs(long, step_seconds)
    assert offers and (first is None or offers[0][0] == first)
    for typed, seconds in offers:
        assert seconds < 3000 * step_seconds
        rehearse(config("trainer.steps=3000", *overrides, *typed.split()))


def test_steps_are_offered_only_where_enough_are_left() -> None:
    long = config("trainer.steps=3000", "data=fake", "data.shape=[1,32,32]")
    assert shorter_runs(long, 1.0)[-1] == ("trainer.steps=1800", 1800.0)
    assert not any("trainer.steps" in typed for typed, _ in shorter_runs(long, 30.0))


def test_networks_that_cannot_be_looked_at_end_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("mine")

    monkeypatch.setattr("gan_cli.session.shorter_runs.profile", broken)
    assert shorter_runs(config("trainer.steps=3000"), 1.0) == [("trainer.steps=1800", 1800.0)]
