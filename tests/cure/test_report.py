"""The table of a cure and the words below it, at any width, and as data."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cure_runs import sick, write
from rich.console import Console

from gan_cli.comparison.find_runs import RunLocation
from gan_cli.comparison.rows import read_row
from gan_cli.cure.attempts import Attempt, rounds
from gan_cli.cure.cure import Cure
from gan_cli.cure.document import document
from gan_cli.cure.report import findings, lines
from gan_cli.cure.screen import show
from gan_cli.cure.standing import Standing, Tried
from gan_cli.disk.json_text import json_text


def result(attempt: Attempt, **more: Any) -> Tried:
    write(attempt.folder, attempt.point.overrides, **more)
    return Tried(attempt, read_row(RunLocation(attempt.folder)))


def values(energy: float) -> dict[str, float]:
    return {"metric/energy_distance": energy, "balance/distance": energy}


@pytest.fixture
def cured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cure:
    monkeypatch.chdir(tmp_path)
    run = sick(tmp_path / "run")
    first, second, third = next(rounds(run))
    tried = [
        result(first, verdict="balanced", values=values(0.0123)),
        result(second, status="stopped", step=50, values={"balance/distance": 2.0}, message="given up: mode collapse"),
        result(third, status="failed", verdict=None, values={}, message="no memory left"),
    ]
    return Cure(run, Standing(run.row, tried), 0.00321)


def test_the_rows(cured: Cure) -> None:
    assert [(line.verdict, line.figure, line.steps, line.time, line.best) for line in lines(cured)] == [
        ("mode collapse", "1.000", "100", "9 s", False),
        ("balanced", "0.01230", "100", "9 s", True),
        ("mode collapse", "", "50 of 100", "9 s", False),
        ("failed", "", "100", "9 s", False),
        ("", "0.003210", "", "", False),
    ]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_screen_fits(cured: Cure, columns: int) -> None:
    file = io.StringIO()
    show(cured, Console(file=file, width=columns, color_system=None))
    table, _, below = file.getvalue().partition("\n\n")
    assert max(map(len, table.splitlines())) <= columns
    for word in ("the run itself", "generator.norm=batch", "optim.discriminator.lr=5e-05", "failed", "real data"):
        assert word in table
    assert "no memory left" in " ".join(table.split()) and "given up: mode collapse" in table
    told = [line for line in below.splitlines() if "gan train" not in line]
    assert max(map(len, told)) <= columns


def test_what_is_said_of_a_cure(cured: Cure) -> None:
    said = dict(findings(cured))
    assert said["cured"] == "generator.norm=batch: balanced, energy_distance 0.01230 instead of 1.000"
    assert said["command"].startswith("gan train data=ring data.num_samples=200 model=mlp 'generator.widths=[4]'")
    assert said["command"].endswith("trainer.batch_size=8 generator.norm=batch")
    assert said["go on"] == "gan train run=run/cure/generator.norm=batch trainer.steps=200"


def test_what_is_said_of_a_doubtful_one_and_of_help_without_a_cure(cured: Cure) -> None:
    first = cured.standing.tried[0]
    assert first.row is not None
    for change, label, words in (
        ({"doubt": True}, "probably cured", ": balanced?, "),
        ({"verdict": "oscillating"}, "better", ", not yet balanced"),
        ({"verdict": "oscillating", "doubt": True}, "better", ": oscillating?, "),
    ):
        tried = [Tried(first.attempt, replace(first.row, **change)), *cured.standing.tried[1:]]  # type: ignore[arg-type]
        said = dict(findings(replace(cured, standing=replace(cured.standing, tried=tried))))
        assert words in said[label]
        assert ("cure again" in said) == (change == {"verdict": "oscillating"}) and "go on" in said


def test_what_is_said_if_nothing_helped(cured: Cure) -> None:
    said = findings(replace(cured, standing=replace(cured.standing, tried=cured.standing.tried[1:])))
    assert [label for label, _ in said] == ["not cured"]
    assert "balance=[ema,packing]; optim.generator.lr=5e-05 optim.discriminator.lr=5e-05" in said[0][1]


def test_the_document(cured: Cure) -> None:
    found = json.loads(json_text(document(cured)))
    assert (found["compared_by"], found["better"], found["real_data"]) == ("metric/energy_distance", "low", 0.00321)
    assert found["sick"]["verdict"] == "mode_collapse" and found["sick"]["figure"] == 1.0
    assert [each["helped"] for each in found["attempts"]] == [True, False, False]
    assert [each["status"] for each in found["attempts"]] == ["done", "stopped", "failed"]
    assert found["best"]["overrides"] == ["generator.norm=batch"] and found["best"]["figure"] == 0.0123
    assert found["best"]["command"] == dict(findings(cured))["command"]
