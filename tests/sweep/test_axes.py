from __future__ import annotations

import pytest

from gan_cli.errors import UserError
from gan_cli.sweep.axes import listed, read_axes
from gan_cli.sweep.grid import grid
from gan_cli.sweep.space import Space


def swept(params: dict[str, str], *typed: str) -> list[tuple[str, ...]]:
    return [point.swept for point in grid(read_axes(params, typed))]


def test_the_product_of_all_axes_the_last_one_fastest() -> None:
    assert swept({}, "a=1,2", "b=x", "c=range(0,2)") == [
        ("a=1", "c=0"),
        ("a=1", "c=1"),
        ("a=2", "c=0"),
        ("a=2", "c=1"),
    ]


def test_what_is_not_swept_is_shared() -> None:
    axes = read_axes({"seed": "0,1"}, ["data=digits", "~telemetry.sinks.tensorboard", "balance=[ema],[ema,r1]"])
    assert axes.constant == ("data=digits", "~telemetry.sinks.tensorboard")
    assert listed(axes.swept[1]) == ["balance=[ema]", "balance=[ema,r1]"]


def test_a_typed_setting_replaces_the_axis_of_its_name() -> None:
    assert swept({"seed": "0,1", "a": "1,2"}, "seed=7") == [("seed=7", "a=1"), ("seed=7", "a=2")]


def test_a_grid_has_no_intervals() -> None:
    with pytest.raises(UserError, match=r"a=interval\(0,1\) lists no values for a grid; .*hydra/sweeper=tpe"):
        swept({}, "a=interval(0,1)")


def test_what_may_be_drawn() -> None:
    optuna = pytest.importorskip("optuna").distributions
    typed = [
        "lr=tag(log,interval(1e-5,1e-2))",
        "rate=interval(0,0.5)",
        "depth=int(interval(1,4))",
        "steps=range(2,11,2)",
        "part=range(0.0,1.0,0.25)",
        "norm=none,batch",
    ]
    space = Space(read_axes({}, typed).swept)
    assert space.distributions == {
        "lr": optuna.FloatDistribution(1e-5, 1e-2, log=True),
        "rate": optuna.FloatDistribution(0.0, 0.5),
        "depth": optuna.IntDistribution(1, 4),
        "steps": optuna.IntDistribution(2, 10, step=2),
        "part": optuna.FloatDistribution(0.0, 0.75, step=0.25),
        "norm": optuna.CategoricalDistribution(["none", "batch"]),
    }
    drawn = {"lr": 0.001, "rate": 0.25, "depth": 3, "steps": 4, "part": 0.5, "norm": "batch"}
    assert space.typed(drawn) == ("lr=0.001", "rate=0.25", "depth=3", "steps=4", "part=0.5", "norm=batch")


def test_the_ends_of_every_axis_are_corners() -> None:
    pytest.importorskip("optuna")
    space = Space(read_axes({}, ["depth=int(interval(1,9))", "norm=none,batch,layer"]).swept)
    assert space.corners() == [("depth=1", "norm=none"), ("depth=9", "norm=batch"), ("depth=9", "norm=layer")]
