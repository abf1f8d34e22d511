"""What a search improves: named figures, or the metric that ranks its runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gan_cli.config.compose import compose_full, plain
from gan_cli.errors import SettingError
from gan_cli.sweep.objective import Objectives, candidates, refuse_unmeasured

RANKING: Any = {"metric/frechet": "minimize", "metric/recall": "maximize", "metric/energy": "minimize"}


def ended(folder: Path, status: str = "done", **values: Any) -> Path:
    folder.mkdir(exist_ok=True)
    metrics = {tag.replace("__", "/"): value for tag, value in values.items()}
    (folder / "summary.json").write_text(json.dumps({"status": status, "metrics": metrics}))
    return folder


def test_the_first_metric_that_a_run_measured_ranks_the_whole_search(tmp_path: Path) -> None:
    aim = Objectives(None, None, RANKING)
    assert (aim.tags, aim.directions) == ([], ["minimize"])
    assert aim.values(ended(tmp_path / "a", metric__energy=3.0, metric__recall=0.25)) == [-0.25], "larger is better"
    assert aim.tags == ["metric/recall"]
    assert aim.values(ended(tmp_path / "b", metric__frechet=1.0, metric__recall=0.5)) == [-0.5], "it stays the same"
    with pytest.raises(SettingError, match="metric/recall: a run does not measure it; there are metric/energy"):
        aim.values(ended(tmp_path / "c", metric__energy=3.0))


def test_a_search_goes_on_with_the_metric_that_it_began_with(tmp_path: Path) -> None:
    failed = ended(tmp_path / "a", status="failed", metric__frechet=1.0)
    aim = Objectives(None, None, RANKING)
    aim.settle([failed, ended(tmp_path / "b", metric__energy=3.0), ended(tmp_path / "c", metric__frechet=2.0)])
    assert aim.tags == ["metric/energy"]
    assert aim.values(failed) is None


def test_a_run_without_any_of_them_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="a run does not measure it; there are balance/distance"):
        Objectives(None, None, RANKING).values(ended(tmp_path / "a", balance__distance=1.0))


@pytest.mark.parametrize(
    ("directions", "expected"), [(None, ["maximize", "minimize"]), (["minimize", "minimize"], ["minimize", "minimize"])]
)
def test_named_objectives_keep_their_values(tmp_path: Path, directions: Any, expected: list[str]) -> None:
    aim = Objectives(["metric/recall", "balance/distance"], directions, RANKING)
    assert aim.directions == expected
    assert aim.values(ended(tmp_path / "a", metric__recall=0.25, balance__distance=2.0)) == [0.25, 2.0]
    assert aim.values(ended(tmp_path / "b", metric__recall="nan", balance__distance=2.0)) is None


def test_a_run_that_still_runs_tells_its_latest_value(tmp_path: Path) -> None:
    lines = [{"step": 1, "metric/recall": 0.1}, {"step": 2, "metric/recall": 0.2}, {"step": 3, "loss/generator": 1.0}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert Objectives(None, None, RANKING).latest(tmp_path) == (2, -0.2)
    assert Objectives(["metric/recall"], None, RANKING).latest(tmp_path) == (2, 0.2)
    assert Objectives(["metric/frechet"], None, RANKING).latest(tmp_path) is None


def test_the_candidates_are_those_of_the_settings() -> None:
    found = candidates(plain(compose_full("train", ["metric=[modes,frechet_view]"])))
    assert list(found.items()) == [
        ("metric/modes", "maximize"), ("metric/high_quality", "maximize"), ("metric/reverse_kl", "minimize"),
        ("metric/frechet_view", "minimize"),
    ]  # fmt: skip


@pytest.mark.parametrize("tag", ["encoder/reconstruction", "class_distance/3", "class_accuracy/3", "floor/distance"])
def test_gauges_of_codes_and_classes_may_be_searched_by(tag: str) -> None:
    settings = plain(compose_full("train", []))
    refuse_unmeasured([tag], settings)
    with pytest.raises(SettingError, match="a run does not measure it"):
        refuse_unmeasured([f"no_{tag}"], settings)
