"""A key that nothing reads is refused wherever it stands; null switches off what can be off, else it is refused."""

from __future__ import annotations

import json

import pytest

from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.overrides import Vocabulary

SMALL = ("trainer.steps=2", "trainer.batch_size=4", "generator.base_channels=4", "discriminator.base_channels=4")
RATES = "did you mean optim.generator.lr or optim.discriminator.lr?"


@pytest.mark.parametrize("sign", ["", "+", "++"])
@pytest.mark.parametrize("verb", ["train", "inspect", "benchmark"])
def test_a_rate_for_both_networks_is_answered_with_the_two_real_names(refused, verb, sign):
    assert refused(verb, f"{sign}optim.lr=1e-3") == f"gan {verb}: optim.lr=0.001: no such setting; {RATES}"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("+optim.nonsense=7", "optim.nonsense=7: no such setting"),
        ("+optim.third.lr=7", "optim.third={lr:7}: no such setting"),
        ("+telemetry.sinks.x=3", "telemetry.sinks.x=3: must be a group of settings"),
        ("+telemetry.sinks.x.y=3", "telemetry.sinks.x={y:3}: names no class"),
        ("+telemetry.sinks.console.y=3", "telemetry.sinks.console.y=3: no such setting"),
        ("+balance.foo=1", "balance.foo=1: must be a group of settings"),
        ("+balance.foo.bar=1", "balance.foo.bar=1: foo has no effect"),
        (
            "+balance.emma.ramp=1",
            "balance.emma.ramp=1: emma has no effect; add 'balance=[ema,emma]'; did you mean ema?",
        ),
        ("+metric.measures.foo=1", "metric.measures.foo=1: must be a group of settings"),
        ("+metric.measures.foo.bar=1", "metric.measures.foo={bar:1}: names no class"),
        ("+metric.foo=1", "metric.foo=1: no such setting"),
        ("+foo.bar=1", "foo={bar:1}: no such setting"),
        ("+hydra.foo=1", "hydra.foo=1: no such setting; of Hydra's own settings gan supports"),
        ("hydra.run.dir=x", "hydra.run.dir=x: not supported; a run's folder is named by run=..."),
        ("hydra.sweep.dir=x", "hydra.sweep.dir=x: acts on a sweep only; add -m"),
        ("hydra/sweeper=tpe", "hydra/sweeper=tpe: acts on a sweep only; add -m"),
        ("workers=2", "workers=2: acts on a sweep only; add -m"),
        ("sweep_name=mine", "sweep_name=mine: acts on a sweep only; add -m"),
        ("hydra.mode=MULTIRUN", "hydra.mode=MULTIRUN: not supported; a sweep is asked for by -m"),
        ("hydra.job.name=x", "hydra.job.name=x: no such setting"),
        ("hydra.job.chdir=true", "hydra.job.chdir=true: not supported"),
        ("~hydra.callbacks.preflight", "hydra.callbacks.preflight=: no such setting"),
        ("+loss=hinge", "loss=hinge: choices are typed without a plus: loss=hinge"),
        ("loss=../loss/hinge", "loss=../loss/hinge: no such choice"),
        ("loss=[hinge,minimax]", "loss=[hinge,minimax]: takes one choice"),
    ],
)
def test_what_nothing_reads_is_refused(refused, typed, named):
    message = refused("train", *SMALL, typed)
    assert message.startswith(f"gan train: {named}")
    assert "+" not in message.replace(typed, "")


def test_a_persons_recipe_is_held_to_it_too(refused, tmp_path):
    recipe = tmp_path / "mine" / "model" / "fast.yaml"
    recipe.parent.mkdir(parents=True)
    recipe.write_text("# @package _global_\noptim:\n  lr: 0.001\n")
    assert RATES in refused("train", "--config-dir", "mine", "model=fast")


@pytest.mark.parametrize("group", sorted(group for group in groups([config_dir()]) if not group.startswith("hydra")))
@pytest.mark.parametrize("verb", ["train", "evaluate"])
def test_null_for_a_group_is_obeyed_or_answered_in_a_line(gan, refused, verb, group):
    words = Vocabulary.of(verb, ())
    default = words.defaults.get(group)
    if isinstance(default, str) and not words.has(group, "none"):
        assert refused(verb, "run=x", f"{group}=null").startswith(
            f"gan {verb}: {group}=null: null is no choice; there must"
        )
    elif group in words.defaults:
        assert gan(verb, "run=x", f"{group}=null", "--cfg", "job").code == 0
    else:
        assert f"{group}=null: no such setting" in refused(verb, "run=x", f"{group}=null")


@pytest.mark.parametrize("typed", ["balance=[null]", "balance=[ema,null]", "metric=[null]"])
def test_null_is_no_member_of_a_list(refused, typed):
    group = typed.partition("=")[0]
    assert f"null is no choice; {group}=[] is not one of them" in refused("train", *SMALL, typed)


def test_null_is_no_value_of_a_sweep(refused):
    assert "loss=null: null is no choice" in refused("train", "-m", *SMALL, "loss=hinge,null")


def test_what_is_switched_off_by_null_is_not_there():
    typed = [
        "telemetry.sinks.console=null",
        "balance.ema=null",
        "metric.measures.energy_distance=null",
        "metric=[mmd,energy_distance]",
    ]
    config = plain(compose_full("train", typed))
    assert set(config["telemetry"]["sinks"]) == {"jsonl", "pictures", "tensorboard"}
    assert config["balance"] == {} and list(config["metric"]["measures"]) == ["mmd"]
    assert plain(compose_full("train", ["telemetry.sinks=null"]))["telemetry"]["sinks"] == {}


def test_a_run_without_console_tensorboard_and_recipe(gan, tmp_path):
    off = ("telemetry.sinks.console=null", "telemetry.sinks.tensorboard=null", "model=null", "metric=null")
    result = gan("train", *SMALL, "run=quiet", *off)
    assert (result.code, result.out) == (0, "")
    assert json.loads((tmp_path / "quiet" / "status.json").read_text())["status"] == "done"
    assert not list((tmp_path / "quiet").glob("events.*"))


def test_an_experiment_that_is_a_sweep_needs_m(gan, refused):
    message = refused("train", *SMALL, "experiment=latent")
    assert message == (
        "gan train: experiment=latent: goes through values of generator.latent, seed; add -m to run each of its points"
    )
    assert gan("train", *SMALL, "experiment=latent", "generator.latent=normal", "seed=1", "metric=[]").code == 0
    assert gan("inspect", "experiment=latent").code == 0
