"""Advice: what is told for which state and settings, what is passed over, and that all of it can be pasted and run."""

from __future__ import annotations

import shlex
from functools import cache
from typing import get_args

import pytest
from found import data_of

from gan_cli.config.check import Node, check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.diagnosis.verdict import WORDS, State, Verdict
from gan_cli.session.advice import MOST, advise
from gan_cli.session.experiment import experiment
from gan_cli.session.preflight import rehearse

CONTENT = {"warming_up", "balanced"}
"""States that need no remedy."""

RUNS = {
    "default": (),
    "points": ("data=ring", "model=mlp"),
    "audio": ("data=fake", "data.shape=[1,64]"),
    "voxels": ("data=fake", "data.shape=[1,8,8,8]"),
    "sgd": ("optim=sgd",),
    "nothing": ("balance=[]",),
    "critic": ("loss=wasserstein",),
    "odd batches": ("trainer.batch_size=25",),
    "a ramp": ("optim.generator.lr={start:1e-3,end:1e-4,steps:100}",),
    **{name: (f"model={name}", *data_of(name)) for name in groups([config_dir()])["model"]},
}

QUICK = ("default", "points", "odd batches", "began", "critic")


@cache
def settings(overrides: tuple[str, ...]) -> Node:
    config = plain(compose_full("train", overrides))
    check(config, experiment)
    rehearse(config)
    return config


def advice(state: State, *overrides: str) -> tuple[str, ...]:
    return advise(settings(overrides), Verdict(state, 1))


def told(state: State, *overrides: str) -> list[str]:
    """As the shell hands it on."""
    return [" ".join(shlex.split(override)) for override in advice(state, *overrides)]


@pytest.mark.parametrize(
    ("state", "overrides"),
    [
        ("warming_up", []),
        ("balanced", []),
        ("discriminator_dominates", ["discriminator.dropout=0.3", "balance=[ema,instance_noise]", "balance=[ema,r1]"]),
        ("generator_dominates", ["optim.discriminator.lr=0.0008", "trainer.d_steps=2", "optim.generator.lr=5e-05"]),
        (
            "discriminator_overfits",
            ["balance=[ema,diff_augment]", "discriminator.dropout=0.3", "balance=[ema,instance_noise]"],
        ),
        (
            "mode_collapse",
            [
                "balance=[ema,packing]",
                "optim.generator.lr=5e-05 optim.discriminator.lr=5e-05",
                "balance=[ema,minibatch_stddev]",
            ],
        ),
        ("labels_ignored", ["optim.discriminator.lr=0.0008", "discriminator.dropout=0.3"]),
        (
            "oscillating",
            [
                "optim.generator.lr=5e-05 optim.discriminator.lr=5e-05",
                "balance=[ema,instance_noise]",
                "balance=[ema,historical_average]",
            ],
        ),
        ("diverged", ["trainer.clip_grad_norm=1.0", "optim.generator.lr=2e-05 optim.discriminator.lr=2e-05"]),
    ],
)
def test_what_the_default_run_is_told(state: State, overrides: list[str]) -> None:
    assert told(state) == overrides


def test_every_state_that_needs_a_remedy_has_one_for_every_run() -> None:
    assert set(get_args(State)) == set(WORDS)
    for name in QUICK:
        numbers = {state: len(advice(state, *RUNS[name])) for state in WORDS}
        assert all(numbers[state] == 0 for state in CONTENT), numbers
        assert all(1 <= number <= MOST for state, number in numbers.items() if state not in CONTENT), numbers


@pytest.mark.parametrize(
    ("state", "overrides", "passed_over"),
    [
        ("discriminator_dominates", ("balance=[ema,r1]",), "r1]"),  # what the run has
        ("discriminator_dominates", ("discriminator.dropout=0.5",), "discriminator.dropout"),
        ("discriminator_dominates", RUNS["points"], "r1]"),  # what its data do not allow
        ("discriminator_overfits", RUNS["points"], "diff_augment"),
        ("mode_collapse", ("model=began",), "packing"),  # what its discriminator does not allow
        ("mode_collapse", ("model=began",), "minibatch_stddev"),
        ("mode_collapse", RUNS["odd batches"], "packing"),
        ("mode_collapse", (), "generator.norm"),
        ("generator_dominates", ("trainer.d_steps=3",), "trainer.d_steps"),
        ("diverged", ("trainer.clip_grad_norm=5",), "trainer.clip_grad_norm"),
        ("diverged", (), "discriminator.norm"),  # its loss is bounded
        ("diverged", ("model=wgan",), "discriminator.norm"),  # its critic is clipped
        ("diverged", ("model=wgan_gp",), "discriminator.norm"),
        ("diverged", ("loss=wasserstein", "discriminator.norm=spectral"), "discriminator.norm"),
    ],
)
def test_what_is_passed_over(state: State, overrides: tuple[str, ...], passed_over: str) -> None:
    found = told(state, *overrides)
    assert found and not any(passed_over in remedy for remedy in found), found


def test_convolutions_without_norms_get_both_of_them() -> None:
    bare = ("generator.norm=none", "discriminator.norm=none")
    both = "generator.norm=batch discriminator.norm=spectral"
    assert told("mode_collapse", *bare)[0] == told("discriminator_dominates", *bare)[0] == both
    assert told("mode_collapse", "discriminator.norm=none")[0] == "discriminator.norm=spectral"
    assert told("mode_collapse", "generator.norm=none")[0] == "generator.norm=batch"
    assert "norm" not in " ".join(told("discriminator_dominates", "discriminator.norm=none"))
    assert told("mode_collapse", *bare, "balance=[ema,r1]")[0] == "generator.norm=batch", "R1 limits D"
    assert told("mode_collapse", "model=mlp", "data=ring", "generator.norm=none")[0] == "generator.norm=batch"


def test_rates_that_are_far_apart_come_first() -> None:
    uneven = ("optim.discriminator.lr=1e-2",)
    assert told("discriminator_dominates", *uneven)[0] == "optim.discriminator.lr=0.0002"
    assert told("generator_dominates", "optim.generator.lr=1e-2")[0] == "optim.generator.lr=0.0002"
    both = "optim.generator.lr=0.0002 optim.discriminator.lr=0.0002"
    assert told("generator_dominates", "optim.generator.lr=1e-4", "optim.discriminator.lr=4e-4")[0] == both
    assert told("diverged", "optim.generator.lr=1", "optim.discriminator.lr=1")[0] == both
    # the start of a ramp counts
    ramp = "optim.generator.lr={start:1e-1,end:1e-4,steps:100}"
    assert told("generator_dominates", ramp)[0] == "optim.generator.lr=0.0002"


@pytest.mark.parametrize(
    ("state", "overrides", "first"),
    [
        ("discriminator_dominates", ("generator.base_channels=4",), "generator.base_channels=64"),
        ("discriminator_dominates", ("generator.dropout=0.8",), "generator.dropout=0.0"),
        ("discriminator_dominates", ("generator.latent_dim=1",), "generator.latent_dim=100"),
        ("discriminator_dominates", ("generator.depth=1", "discriminator.depth=2"), "generator.depth=2"),
        ("discriminator_dominates", ("generator.depth=1",), "generator.depth=null"),
        (
            "discriminator_dominates",
            ("optim.discriminator.weight_decay=0.3",),
            "optim.discriminator.weight_decay=0.0",
        ),
        (
            "discriminator_dominates",
            ("balance=[ema,freeze]", "balance.freeze.network=generator", "balance.freeze.start=5"),
            "balance=[ema]",
        ),
        (
            "discriminator_dominates",
            ("model=mlp", "generator.widths=[4]", "discriminator.widths=[64,32]"),
            "generator.widths=[32,64]",
        ),
        ("generator_dominates", ("discriminator.base_channels=8",), "discriminator.base_channels=64"),
        ("generator_dominates", ("discriminator.depth=1", "generator.depth=2"), "discriminator.depth=2"),
        ("generator_dominates", ("discriminator.dropout=0.9",), "discriminator.dropout=0.0"),
        ("generator_dominates", ("balance=[ema,freeze]", "balance.freeze.start=5"), "balance=[ema]"),
        ("generator_dominates", ("balance=[label_flip]", "balance.label_flip.probability=0.5"), "balance=[]"),
        ("generator_dominates", ("balance=[r1,instance_noise]", "balance.instance_noise.sigma=3"), "balance=[r1]"),
        ("generator_dominates", ("balance=[ema,r1]", "balance.r1.gamma=1e6"), "balance.r1.gamma=auto"),
        ("mode_collapse", ("generator.latent_dim=2",), "generator.latent_dim=100"),
        ("mode_collapse", ("generator.dropout=0.7",), "generator.dropout=0.0"),
    ],
)
def test_settings_far_from_what_any_recipe_uses_come_first(
    state: State, overrides: tuple[str, ...], first: str
) -> None:
    assert told(state, *overrides)[0] == first


@pytest.mark.parametrize(
    ("state", "overrides", "passed_over"),
    [
        ("discriminator_dominates", ("generator.base_channels=20",), "base_channels"),
        ("discriminator_dominates", ("generator.dropout=0.3",), "generator.dropout"),
        ("discriminator_dominates", ("generator.depth=2",), "depth"),
        ("discriminator_dominates", ("generator.widths=[16]", "discriminator.depth=2"), "depth"),
        ("discriminator_dominates", ("optim.discriminator.weight_decay=1e-3",), "weight_decay"),
        ("discriminator_dominates", ("balance=[ema,freeze]",), "balance=[ema]"),  # it holds the other one
        ("generator_dominates", ("balance=[ema,label_flip]",), "balance=[ema]"),
        ("generator_dominates", ("balance=[ema,instance_noise]",), "balance=[ema]"),
        ("generator_dominates", ("balance=[ema,r1]",), "gamma"),
    ],
)
def test_usual_settings_are_left_alone(state: State, overrides: tuple[str, ...], passed_over: str) -> None:
    found = told(state, *overrides)
    assert found and not any(passed_over in remedy for remedy in found), found


def test_an_optimizer_whose_rate_is_not_set_has_its_default() -> None:
    config = {**settings(()), "optim": dict.fromkeys(("generator", "discriminator"), {"_target_": "torch.optim.Adam"})}
    told = advise(config, Verdict("oscillating", 1))[0]
    assert told == "optim.generator.lr=0.00025 optim.discriminator.lr=0.00025"


def test_a_critic_that_nothing_bounds_is_bounded_first() -> None:
    assert told("diverged", "loss=wasserstein")[0] == "balance=[ema,weight_clip]"
    assert told("diverged", "loss=wasserstein", "discriminator.norm=layer")[0] == "balance=[ema,gradient_penalty]"


def test_more_generator_steps_are_taken_back() -> None:
    assert told("generator_dominates", "trainer.g_steps=3")[0] == "trainer.g_steps=1"


@pytest.mark.parametrize(
    "run", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in RUNS]
)
def test_all_advice_can_be_pasted(run: str) -> None:
    pasted = {override for state in WORDS for override in advise(settings(RUNS[run]), Verdict(state, 1), None)}
    assert len(pasted) >= 8
    for override in pasted:
        words = shlex.split(override)
        keys = {word.partition("=")[0] for word in words}
        typed = [word for word in RUNS[run] if word.partition("=")[0] not in keys]
        assert settings((*typed, *words)) != settings(RUNS[run]), f"{override} changes nothing"
