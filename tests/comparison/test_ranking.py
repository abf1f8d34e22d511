"""Which figure decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_groups import ROW

from gan_cli.comparison.ranking import Measure, choose, measured
from gan_cli.comparison.rows import Row
from gan_cli.errors import SettingError

CLASSES = {
    "modes": "gan_cli.metrics.modes.Modes",
    "energy_distance": "gan_cli.metrics.energy_distance.EnergyDistance",
    "frechet_view": "gan_cli.metrics.frechet_view.FrechetView",
    "class_histogram": "gan_cli.metrics.class_histogram.ClassHistogram",
    "mine": "os.system",
}


def rows(*metrics: str, **values: float) -> list[Row]:
    settings = {f"metric.measures.{name}._target_": CLASSES[name] for name in metrics}
    return [replace(ROW, settings=settings, values={tag.replace("__", "/"): v for tag, v in values.items()})]


def test_the_first_metric_with_a_best_direction() -> None:
    both = {"metric__modes": 8.0, "metric__energy_distance": 0.1}
    assert choose(rows("energy_distance", "modes", **both), None) == Measure("metric/energy_distance", "low")
    assert choose(rows("modes", "energy_distance", **both), None) == Measure("metric/modes", "high")


def test_a_metric_that_no_run_has_by_now_is_passed_over() -> None:
    assert choose(rows("modes", "energy_distance", metric__energy_distance=0.1), None) == Measure(
        "metric/energy_distance", "low"
    )


def test_runs_with_different_metrics_are_compared_by_one_that_all_have() -> None:
    """Older runs have the energy distance alone; a run that has not measured anything yet does not count."""
    new = rows("frechet_view", "energy_distance", metric__frechet_view=3.0, metric__energy_distance=0.2)
    old = rows("energy_distance", metric__energy_distance=0.1)
    begun = rows("frechet_view", "energy_distance", balance__distance=0.5)
    assert choose([*new, *begun], None) == Measure("metric/frechet_view", "low")
    shared = Measure("metric/energy_distance", "low", instead_of=("frechet_view",))
    assert choose([*new, *old, *begun], None) == choose([*old, *new, *begun], None) == shared
    assert choose([*new, *old], "frechet_view") == Measure("metric/frechet_view", "low"), "asked for"


def test_a_figure_of_the_view_is_not_compared_with_one_of_raw_values() -> None:
    old = rows("energy_distance", metric__energy_distance=0.1)
    new = rows("energy_distance", metric__energy_distance=0.3, metric__energy_distance_view=0.2)
    assert choose(new, None) == Measure("metric/energy_distance_view", "low")
    assert choose([*old, *new], None) == Measure("metric/energy_distance", "low", ("energy_distance_view",))


def test_metrics_that_no_two_runs_share_leave_a_gauge() -> None:
    one = rows("frechet_view", metric__frechet_view=3.0, balance__distance=0.3)
    two = rows("modes", metric__modes=8.0, balance__distance=0.2)
    assert choose([*one, *two], None) == Measure("balance/distance", "low", instead_of=("frechet_view", "modes"))
    bare = rows("modes", metric__modes=8.0)
    assert choose([*one, *bare], None) == Measure("metric/frechet_view", "low"), "nothing is shared: the first"


def test_the_result_that_chose_the_best_checkpoints_comes_first() -> None:
    there = rows("energy_distance", "modes", metric__modes=8.0, metric__energy_distance=0.1)
    best = [replace(row, settings={**row.settings, "metric.best": "modes"}) for row in there]
    assert choose(best, None) == Measure("metric/modes", "high")
    assert choose([*there, *best], None) == Measure("metric/modes", "high"), "only one run has the setting"
    none = [replace(row, settings={**row.settings, "metric.best": None}) for row in there]
    assert choose([*none, *best], None) == Measure("metric/energy_distance", "low"), "they differ"


def test_without_metrics_the_distance_to_the_data_then_accuracy_then_nothing() -> None:
    assert choose(rows(balance__distance=0.1, accuracy__discriminator=0.5), None) == Measure("balance/distance", "low")
    assert choose(rows(accuracy__pairwise=0.5), None) == Measure("accuracy/pairwise", "none")
    assert choose(rows(), None) is None


def test_what_was_wanted() -> None:
    there = rows("energy_distance", metric__energy_distance=0.1, balance__distance=0.2, loss__generator=3.0)
    assert choose(there, "energy_distance") == choose(there, "metric/energy_distance")
    assert choose(there, "balance/distance") == Measure("balance/distance", "low")
    assert choose(there, "loss/generator") == Measure("loss/generator", "none")


def test_what_no_run_has_is_refused() -> None:
    there = rows("energy_distance", metric__energy_distance=0.1)
    with pytest.raises(SettingError, match="by=energy_distence: no run has it; did you mean energy_distance?"):
        choose(there, "energy_distence")
    with pytest.raises(SettingError, match="there are energy_distance"):
        choose(there, "xyz")
    with pytest.raises(SettingError, match="no figures at all yet"):
        choose(rows(), "modes")


def test_directions_are_those_of_the_classes() -> None:
    there = rows("class_histogram", metric__class_kl=0.1, metric__classes=10.0, metric__confidence=0.9)
    assert {tag: m.better for tag, m in measured(there).items()} == {
        "metric/class_kl": "low", "metric/classes": "high", "metric/confidence": "real"
    }  # fmt: skip


def test_a_class_that_is_not_trusted_gives_no_direction() -> None:
    there = rows("mine", metric__mine=0.1, metric__mmd=0.2, metric__mmd_error=0.1)
    assert measured(there) == {"metric/mine": Measure("metric/mine"), "metric/mmd": Measure("metric/mmd")}


def test_words() -> None:
    assert str(Measure("metric/modes", "high")) == "modes (higher is better)"
    assert str(Measure("loss/generator")) == "loss/generator"
    assert Measure("m", "high").sign == -1.0
