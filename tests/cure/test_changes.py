"""Overrides put into the settings of a run: with the bits that typing them would give, and nothing else changed."""

from __future__ import annotations

import pytest

from gan_cli.config.check import Node
from gan_cli.config.compose import compose_full, plain
from gan_cli.cure.changes import changed, command, merged


def composed(*typed: str) -> Node:
    return plain(compose_full("train", [*typed, "run=here", "sweep_name=s"]))


@pytest.mark.parametrize(
    ("typed", "overrides"),
    [
        ((), ("optim.generator.lr=5e-05", "optim.discriminator.lr=5e-05")),
        ((), ("balance=[ema,r1]",)),
        ((), ("trainer.clip_grad_norm=1.0", "discriminator.dropout=0.3", "generator.norm=batch")),
        (("balance=[]",), ("balance=[instance_noise]",)),
        (("balance=[freeze]", "balance.freeze.network=generator"), ("balance=[]",)),
        (
            ("balance=[ema,instance_noise]", "balance.instance_noise.sigma=2", "+balance.ema.decay=0.9"),
            ("balance=[ema]",),
        ),
        (("balance=[ema,r1]", "balance.r1.gamma=3"), ("balance=[ema,r1,packing]",)),
        (("model=wgan",), ("balance=[ema,weight_clip,instance_noise]",)),
        # the recipe sets the gamma of a technique that was left out
        (("model=r3gan", "balance=[ema]"), ("balance=[ema,r1]",)),
    ],
)
def test_the_same_settings_as_the_typed_command(typed: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    config = composed(*typed)
    expected = composed(*command(typed, overrides))
    assert changed(config, overrides, typed) == expected != config


def test_a_recipe_sets_what_it_would_set() -> None:
    """Or the test above would say nothing about recipes."""
    assert composed("model=r3gan", "balance=[r1]")["balance"]["r1"] != composed("balance=[r1]")["balance"]["r1"]


def test_the_settings_of_the_run_are_not_touched() -> None:
    config = composed()
    changed(config, ("optim.generator.lr=1", "balance=[ema,r1]"), ())
    assert config == composed()


def test_nothing_of_a_folder_is_composed() -> None:
    """What a stranger's overrides.txt says has no part in it: no class of theirs, no search path, no environment."""
    evil = (
        "balance.r1._target_=os.system",
        "model=r3gan'",
        "model=../model/wgan",
        "hydra.searchpath=[file:///tmp]",
        "data=${oc.env:HOME}",
    )
    assert changed(composed(), ("balance=[ema,r1]",), evil) == composed("balance=[ema,r1]")


def test_a_ramp_is_replaced_as_a_whole() -> None:
    config = composed("optim.generator.lr={start:1e-1,end:1e-4,steps:100}")
    assert changed(config, ("optim.generator.lr=0.0002",), ())["optim"]["generator"]["lr"] == 0.0002


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (["balance=[ema,r1]"], ["balance=[ema,packing]"], ("balance=[ema,r1,packing]",)),
        (["balance=[ema,packing]"], ["balance=[ema,r1]"], ("balance=[ema,packing,r1]",)),
        (["balance=[]"], ["balance=[ema]"], ("balance=[ema]",)),
        (["discriminator.dropout=0.3"], ["balance=[r1]"], ("discriminator.dropout=0.3", "balance=[r1]")),
        # the better one comes first, and its rate counts
        (
            ["optim.discriminator.lr=5e-05"],
            ["optim.generator.lr=0.0002", "optim.discriminator.lr=0.0002"],
            ("optim.discriminator.lr=5e-05", "optim.generator.lr=0.0002"),
        ),
    ],
)
def test_two_together(first: list[str], second: list[str], both: tuple[str, ...]) -> None:
    assert merged(first, second) == both


def test_the_command_of_an_attempt() -> None:
    typed = ("data=digits", "balance=[ema]", "+trainer.steps=9", "run=here", "trust=true", "cure=true", "workers=2")
    assert command(typed, ("balance=[ema,r1]",)) == ("data=digits", "+trainer.steps=9", "balance=[ema,r1]")
    assert command(typed, ("trainer.steps=3",)) == ("data=digits", "balance=[ema]", "trainer.steps=3")
