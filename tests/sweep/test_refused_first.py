"""What no sweep can go through is refused before anything runs, in a line, and leaves nothing behind."""

from __future__ import annotations

import shutil

import pytest

from gan_cli.config.overrides import parse
from gan_cli.sweep.axes import listed, read_axes
from gan_cli.sweep.space import Space

SEARCH = ("train", "-m", "hydra/sweeper=tpe", "sweep_name=s", "trainer.steps=1")
LOG = "tag(log,interval(0,1e-2))"


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        ("optim.discriminator.lr=interval(1e-2,1e-5)", "the smaller end of an interval comes first"),
        (f"optim.discriminator.lr={LOG}", "a logarithmic axis begins above 0"),
        ("discriminator.dropout=interval(0,inf)", "an interval has two finite ends"),
        ("generator.depth=range(3,3)", "holds no value"),
        ("seed=range(5,0)", "holds no value; range(0,3) goes through 0, 1, 2 and range(3,0,-1) through 3, 2, 1"),
        ("seed=range(0,5,0)", "never comes to its end"),
        ("seed=range(1000000)", "1,000,000 values; 10,000 at most, or search with hydra/sweeper=tpe"),
        ("seed=range(0,1e400)", "has no end"),
    ],
)
@pytest.mark.parametrize("sweeper", ["grid", "tpe"])
def test_an_axis_that_no_sweep_can_go_through(refused, axis, message, sweeper):
    pytest.importorskip("optuna")
    found = refused("train", "-m", f"hydra/sweeper={sweeper}", "sweep_name=s", axis)
    assert found.startswith(f"gan train: {axis}: {message}")


def test_a_grid_of_more_points_than_anybody_means(refused):
    axes = ("seed=range(0,200)", "trainer.steps=range(1,201)")
    assert "40,000 points; a grid takes 10,000 at most" in refused("train", "-m", *axes)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "hydra.sweeper.objective=[]",
            "hydra.sweeper.objective=[]: names no figure; there are metric/frechet_classifier",
        ),
        (
            "hydra.sweeper.objective=nosuch",
            "hydra.sweeper.objective=nosuch: a run does not measure it; there are metric/",
        ),
        (
            "hydra.sweeper.direction=maximize",
            "hydra.sweeper.direction=maximize: a metric has its own; leave it out, or name objective=",
        ),
        (
            "data=digits,fake",
            "hydra.sweeper.objective=null: each data set has a metric of its own; name one that all",
        ),
        (
            "hydra.sweeper.objective=metric/mmd",
            "metric/mmd: a run does not measure it; did you mean metric/js4?; there are metric/",
        ),
        ("metric=[]", "hydra.sweeper.objective=null: names no figure; there are no metrics (metric=[])"),
        ("hydra.sweeper.seed=99999999999999", "hydra.sweeper.seed=99999999999999: must be at most 4294967295"),
        ("+hydra.sweeper.foo=1", "hydra.sweeper.foo=1: no such setting"),
    ],
)
def test_a_search_that_cannot_be_told(refused, typed, message):
    pytest.importorskip("optuna")
    assert message in refused(*SEARCH, "seed=1,2", typed)


def test_settings_of_a_search_for_the_grid(refused):
    assert "hydra.sweeper.trials=3: no such setting" in refused("train", "-m", "+hydra.sweeper.trials=3", "seed=1,2")


@pytest.mark.parametrize("verb", ["inspect", "benchmark", "sample", "evaluate", "compare"])
def test_verbs_that_answer_one_question_at_a_time(refused, verb):
    message = refused(verb, "-m", "run=x", "seed=1,2")
    assert message == f"gan {verb}: -m: gan {verb} answers one question at a time; leave out -m and ask once per value"


@pytest.mark.skipif(shutil.which("srun") is not None, reason="Slurm is here")
def test_slurm_where_there_is_none(refused):
    message = refused("train", "-m", "hydra/launcher=slurm", "seed=1,2")
    assert message == (
        "gan train: hydra/launcher=slurm: no Slurm here (there is no srun); hydra/launcher=local runs jobs here"
    )


def test_the_folder_of_a_run_in_a_sweep_of_one_point(refused):
    assert "in a sweep each run has a folder of its own" in refused("train", "-m", "run=x", "trainer.steps=1")


@pytest.mark.parametrize("name", ["a/../../b", "", "/x"])
def test_the_name_of_a_sweep_stays_below_outputs(refused, name):
    assert f"sweep_name={name}: must be a name for a folder below outputs/" in refused(
        "train", "-m", "seed=1,2", f"sweep_name={name}"
    )


def test_a_range_that_counts_down_and_values_that_are_typed_twice():
    optuna = pytest.importorskip("optuna")
    space = Space(read_axes({}, ["seed=range(5,0,-2)"]).swept)
    assert space.distributions["seed"] == optuna.distributions.IntDistribution(1, 5, step=2)
    (twice,), _ = parse(["seed=1,1,2"])
    assert listed(twice) == ["seed=1", "seed=2"]
