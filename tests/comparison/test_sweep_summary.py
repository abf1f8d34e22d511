"""The card of a sweep: it names the best setting, in the order of the figure, whatever the runs have come to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_folders import swept_run, write_run, write_sweep

from gan_cli.comparison.compare import comparisons
from gan_cli.comparison.sweep_summary import short_names, summary
from gan_cli.comparison.varying import Axis
from gan_cli.telemetry.card import GOOD, WRONG
from gan_cli.telemetry.sweep_card import HEIGHT, WIDTH, Line, SweepSummary, draw_summary

ENERGY = {1: 0.5, 2: 0.1, 3: 0.3}


def shown(folder: Path, points: list[dict[str, Any]], **asked: Any) -> SweepSummary:
    (found,) = comparisons([write_sweep(folder, points)], **asked)
    return summary(found)


def depths(folder: Path, **more: Any) -> list[dict[str, Any]]:
    return [
        swept_run(folder, {"discriminator.depth": depth, "seed": seed}, energy=energy + 0.01 * seed, **more)
        for depth, energy in ENERGY.items()
        for seed in (0, 1)
    ]


def test_the_best_setting_stands_in_words_and_the_others_in_order(tmp_path: Path) -> None:
    found = shown(tmp_path, depths(tmp_path))
    assert found.title == "Best: D depth 2"
    assert found.result.startswith("energy_distance 0.1050 ± 0.0071 (lower is better); balanced")
    assert found.overrides == "discriminator.depth=2"
    assert found.progress == "6 of 6 runs done"
    assert [line.cells[0] for line in found.lines] == ["2", "3", "1"]
    assert found.columns == ["D depth", "energy_distance", "D right", "verdict"]


def test_whatever_a_table_is_sorted_by_the_card_puts_the_best_first(tmp_path: Path) -> None:
    found = shown(tmp_path, depths(tmp_path), sort="discriminator.depth")
    assert [line.cells[0] for line in found.lines] == ["2", "3", "1"]


def test_a_figure_that_should_be_high(tmp_path: Path) -> None:
    found = shown(tmp_path, depths(tmp_path), by="energy_distance", better="high")
    assert found.title == "Best: D depth 1"
    assert "higher is better" in found.result


def test_runs_that_failed_or_wait_stand_behind_the_others(tmp_path: Path) -> None:
    failed = swept_run(tmp_path, {"discriminator.depth": 4, "seed": 0}, status="failed", energy=None, verdict=None)
    waiting = {
        "folder": "discriminator.depth=5,seed=0",
        "overrides": ["discriminator.depth=5", "seed=0"],
        "status": "waiting",
    }
    found = shown(tmp_path, [waiting, failed, *depths(tmp_path)])
    assert [(line.cells[0], line.cells[-1]) for line in found.lines][3:] == [("4", "1 of 1 failed"), ("5", "waiting")]
    assert found.progress == "6 of 8 runs done"


def test_seeds_alone(tmp_path: Path) -> None:
    found = shown(tmp_path, [swept_run(tmp_path, {"seed": seed}, energy=0.1) for seed in range(3)])
    assert found.title == "Only the seed differs"
    assert len(found.lines) == 1


def test_nothing_measured(tmp_path: Path) -> None:
    points = [swept_run(tmp_path, {"loss.smoothing": s}, energy=None, accuracy=None, verdict=None) for s in (0, 0.1)]
    found = shown(tmp_path, points)
    assert found.title == "No best setting yet"
    assert draw_summary(found).shape == (HEIGHT, WIDTH, 3)


def test_names_are_short_where_they_stay_apart() -> None:
    names = ["discriminator.depth", "generator.depth", "optim.generator.lr", "loss", "balance.r1.gamma"]
    assert short_names([Axis(name, (1, 2)) for name in names]) == ["D depth", "G depth", "G lr", "loss", "gamma"]
    alike = ["balance.r1.gamma", "balance.r2.gamma"]
    assert short_names([Axis(name, (1, 2)) for name in alike]) == alike


def test_samples_of_the_best_and_of_the_worst(tmp_path: Path) -> None:
    found = shown(tmp_path, depths(tmp_path, pictured=True))
    assert [caption for caption, _ in found.pictures] == ["best", "worst"]


@pytest.mark.parametrize("count", [1, 7, 200])
@pytest.mark.parametrize("keys", [0, 2, 9])
def test_any_number_of_settings_has_a_place(count: int, keys: int) -> None:
    columns = [*(f"a very long name {k}" for k in range(keys)), "figure", "D right", "verdict"]
    lines = [Line(["0.0001"] * (keys + 2) + ["discriminator dominates? 2/3"], "discriminator_dominates")] * (count - 1)
    lines.append(Line(["1"] * (keys + 2) + ["balanced"], "balanced"))
    wide = np.zeros((30, 90, 3), dtype=np.uint8)
    card = draw_summary(
        SweepSummary(
            "Best " * 50,
            "told " * 50,
            "typed " * 50,
            "name " * 50,
            "9 of 9",
            columns,
            lines,
            "what " * 50,
            [("best", wide)],
        )
    )
    assert card.shape == (HEIGHT, WIDTH, 3)
    assert (card[:100, -8:] == card[1, 1]).all(), "the margin stays free"
    colours = {tuple(bytes.fromhex(colour[1:])) for colour in (GOOD, *([WRONG] if count > 1 else []))}
    there = {tuple(map(int, pixel)) for pixel in card.reshape(-1, 3)}
    assert colours <= there, "the last line is always shown"


def test_single_runs_have_one_too(tmp_path: Path) -> None:
    write_run(tmp_path / "a", {"discriminator.depth": 1}, energy=0.2)
    write_run(tmp_path / "b", {"discriminator.depth": 2}, energy=0.1)
    (found,) = comparisons([tmp_path])
    assert summary(found).title == "Best: D depth 2"
