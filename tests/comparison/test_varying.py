"""Which settings differ, and which of them are axes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from run_folders import swept_run, write_run, write_sweep

from gan_cli.comparison.find_runs import places
from gan_cli.comparison.rows import Row, read_row
from gan_cli.comparison.varying import Axis, completed, label, swept, value_of


def rows(*folders: Path) -> list[Row]:
    return completed([read_row(place) for place in places(folders)])


def found(*folders: Path) -> dict[str, tuple[Any, ...]]:
    """Every axis with its values."""
    return {axis.key: axis.values for axis in swept(rows(*folders))[1]}


def planted(folder: Path, runs: Sequence[tuple[dict[str, Any], list[str]]]) -> Path:
    """Runs with some settings, each beside what was typed for it."""
    for place, (settings, typed) in enumerate(runs):
        write_run(folder / str(place), settings, typed)
    return folder


def test_what_was_typed_and_differs(tmp_path: Path) -> None:
    runs = [({"generator.depth": d, "seed": s}, [f"generator.depth={d}", f"seed={s}"]) for d in (10, 2) for s in (0, 1)]
    assert found(planted(tmp_path, runs)) == {"generator.depth": (2, 10)}


def test_runs_that_differ_in_nothing_but_their_seeds(tmp_path: Path) -> None:
    assert found(planted(tmp_path, [({"seed": s}, [f"seed={s}"]) for s in (0, 1)])) == {}
    assert found(tmp_path / "0") == {}


def test_a_list_of_techniques_is_one_key(tmp_path: Path) -> None:
    """Though it changes many settings."""
    ema, r1 = {"balance.ema.half_life": 10.0}, {"balance.r1.gamma": 1.0, "balance.r1.every": 1}
    runs = [(ema, ["balance=[ema]"]), ({**ema, **r1}, ["balance=[ema,r1]"]), ({"balance": {}}, ["balance=[]"])]
    assert found(planted(tmp_path, runs)) == {"balance": ("[ema]", "[ema,r1]", "[]")}


def test_a_recipe_is_one_key(tmp_path: Path) -> None:
    hinge = {"loss._target_": "gan_cli.losses.Hinge", "name": "hinge-digits", "generator.depth": 3}
    runs = [({}, ["model=dcgan"]), (hinge, ["model=hinge"])]
    assert found(planted(tmp_path, runs)) == {"model": ("dcgan", "hinge")}


def test_a_choice_that_was_not_typed_everywhere(tmp_path: Path) -> None:
    runs = [({}, []), ({"loss._target_": "gan_cli.losses.Hinge"}, ["loss=hinge"])]
    assert found(planted(tmp_path, runs)) == {"loss": ("(default)", "hinge")}


def test_what_follows_from_a_typed_setting_is_no_axis(tmp_path: Path) -> None:
    """An interpolation, typed or of a recipe."""
    runs = [
        ({"generator.depth": d, "discriminator.depth": d}, [f"generator.depth={d}", "discriminator.depth=${g}"])
        for d in (1, 2)
    ]
    assert found(planted(tmp_path, runs)) == {"generator.depth": (1, 2)}


def test_settings_that_were_changed_together_are_one_axis(tmp_path: Path) -> None:
    runs = [({"generator.depth": d, "discriminator.depth": d}, None) for d in (1, 2, 3)]
    for place, (settings, _) in enumerate(runs):
        write_run(tmp_path / str(place), settings)
    keys, axes = swept(rows(tmp_path))
    assert keys == ["generator.depth", "discriminator.depth"]
    assert [(axis.key, axis.tied) for axis in axes] == [("generator.depth", ("discriminator.depth",))]


def test_a_setting_that_depends_on_another_is_tied_to_it(tmp_path: Path) -> None:
    rates = {"dcgan": 1e-4, "wgan": 2e-4, "mlp": 1e-4}
    runs = [({"optim.generator.lr": lr}, [f"optim.generator.lr={lr}", f"model={m}"]) for m, lr in rates.items()]
    axes = swept(rows(planted(tmp_path, runs)))[1]
    assert [(axis.key, axis.tied) for axis in axes] == [("model", ("optim.generator.lr",))]


def test_a_grid_is_not_taken_for_one_axis(tmp_path: Path) -> None:
    points = [(g, d) for g in (1, 2) for d in (1, 2)]
    for place, (g, d) in enumerate(points):
        write_run(tmp_path / str(place), {"generator.depth": g, "discriminator.depth": d})
    assert set(found(tmp_path)) == {"generator.depth", "discriminator.depth"}


def test_a_random_search_has_all_its_axes(tmp_path: Path) -> None:
    """Each value occurs once, so that each setting follows from each other."""
    rates = [(1e-4, 3e-4), (2e-4, 1e-4), (5e-4, 2e-4)]
    points = [swept_run(tmp_path, {"optim.generator.lr": g, "optim.discriminator.lr": d}) for g, d in rates]
    assert set(found(write_sweep(tmp_path, points))) == {"optim.generator.lr", "optim.discriminator.lr"}


def test_points_that_have_not_begun_have_their_place(tmp_path: Path) -> None:
    points = [swept_run(tmp_path, {"generator.depth": 1, "seed": s}) for s in (0, 1)]
    points.append({"folder": "x", "overrides": ["generator.depth=2", "seed=0"], "status": "waiting"})
    all_of_them = rows(write_sweep(tmp_path, points))
    assert found(tmp_path) == {"generator.depth": (1, 2)}
    assert value_of(all_of_them[2], "generator.depth") == 2
    assert value_of(all_of_them[2], "trainer.steps") == 100  # as all others of the sweep


def test_a_sweep_in_which_nothing_has_begun(tmp_path: Path) -> None:
    points = [{"folder": str(d), "overrides": [f"generator.depth={d}"], "status": "waiting"} for d in (1, 2)]
    assert found(write_sweep(tmp_path / "sweep", points)) == {"generator.depth": (1, 2)}
    write_run(tmp_path / "other", {"generator.depth": 7})
    assert found(tmp_path / "sweep", tmp_path / "other") == {"generator.depth": (1, 2, 7)}


def test_what_nobody_typed(tmp_path: Path) -> None:
    """Runs of two versions of the program, or made by hand: one axis for all that changed at once."""
    hinge = {"loss._target_": "gan_cli.losses.Hinge", "trainer.steps": 50}
    (axis,) = swept(rows(planted(tmp_path, [({}, []), (hinge, [])])))[1]
    assert axis.key in ("trainer.steps", "loss._target_")


def test_a_class_is_called_by_its_name() -> None:
    axis = Axis("loss._target_", ("gan_cli.losses.Hinge", "gan_cli.losses.Minimax"))
    assert (axis.name, axis.labels) == ("loss", ["Hinge", "Minimax"])
    assert label(None) == "null" and label(True) == "true" and label("gan") == "gan"


def test_the_machine_counts_only_if_it_was_typed(tmp_path: Path) -> None:
    runs = [({"runtime.device": d, "telemetry.every": 5 + p, "run": d, "name": d}, [f"run={d}", f"name={d}"])
            for p, d in enumerate(("cpu", "cuda"))]  # fmt: skip
    assert found(planted(tmp_path / "a", runs)) == {}
    for place, device in enumerate(("cpu", "cuda")):
        write_run(tmp_path / "b" / str(place), {"runtime.device": device})
    assert found(tmp_path / "b") == {"runtime.device": ("cpu", "cuda")}


def test_what_was_typed_for_the_command_and_not_for_the_run_does_not_count(tmp_path: Path) -> None:
    runs = [({}, ["seed=1", "cure=true", "trust=true", "workers=3", "run=here"]), ({"generator.depth": 3}, [])]
    assert found(planted(tmp_path, runs)) == {"generator.depth": (2, 3)}


def test_a_name_counts_if_a_sweep_varies_it(tmp_path: Path) -> None:
    points = [swept_run(tmp_path, {"name": name}) for name in ("one", "two")]
    assert found(write_sweep(tmp_path, points)) == {"name": ("one", "two")}


def test_equal_values_in_other_spellings(tmp_path: Path) -> None:
    runs = [({"optim.generator.lr": 0.0001}, ["optim.generator.lr=1e-4"]), ({"optim.generator.lr": 1e-4}, []),
            ({"optim.generator.lr": 0.0001, "trainer.steps": 100.0}, ["trainer.steps=100.0"])]  # fmt: skip
    assert found(planted(tmp_path, runs)) == {}


def test_a_run_that_was_made_longer(tmp_path: Path) -> None:
    """overrides.txt keeps what was typed at first."""
    runs = [({"trainer.steps": steps}, ["trainer.steps=100"]) for steps in (100, 200)]
    assert found(planted(tmp_path, runs)) == {"trainer.steps": (100, 200)}


def test_null_stands_before_numbers(tmp_path: Path) -> None:
    for place, depth in enumerate((3, None, 2)):
        write_run(tmp_path / str(place), {"generator.depth": depth}, [f"generator.depth={depth}"])
    (axis,) = swept(rows(tmp_path))[1]
    assert (axis.labels, axis.numeric) == (["null", "2", "3"], False)


def test_overrides_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    runs = [({"generator.depth": d}, ["x=[1", "", f"+generator.depth={d}", "~optim.x"]) for d in (1, 2)]
    assert found(planted(tmp_path, runs)) == {"generator.depth": (1, 2)}


def test_a_metric_that_only_some_runs_have_is_no_setting_that_differs(tmp_path: Path) -> None:
    """Older runs have fewer metrics by default; but the settings of a metric that all have make its figures differ."""
    modes = {"metric.measures.modes._target_": "gan_cli.metrics.modes.Modes", "metric.measures.modes.within": 3.0}
    assert found(planted(tmp_path / "a", [({"seed": 0}, []), ({"seed": 1, **modes}, [])])) == {}
    wider = {**modes, "metric.measures.modes.within": 4.0}
    assert found(planted(tmp_path / "b", [(modes, []), (wider, [])])) == {"metric.measures.modes.within": (3.0, 4.0)}
