"""The sides of a benchmark take turns, and what was measured of them is told."""

from __future__ import annotations

import json
import re

import pytest
from loops import IMAGES

from gan_cli.benchmark.base import Candidate, StepTimes
from gan_cli.benchmark.benchmark import Side, ratios
from gan_cli.benchmark.document import document
from gan_cli.benchmark.figures import Figures
from gan_cli.benchmark.screen import in_thousands, number, round_line, summary, table
from gan_cli.telemetry.terminal import result_console

TIMES = StepTimes(0.001, 0.02, 0.03, 0.004, {"reading": 0.2})
FIGURES = Figures(TIMES, False, 50, 2**30, 1e9, 5.0, 4e10, "float32", 2, "CPU, AVX2", "2.6")


def side(label: str, *speeds: float, recorded: bool = False) -> Side:
    figures = Figures.of({**FIGURES.plain(), "recorded": recorded})
    return Side(Candidate(label, "ours", {"seed": 0}), speeds, figures)


def test_a_speed_gives_the_time_and_the_rate_of_a_step() -> None:
    found = side("ours", 400.0, 500.0, 900.0)
    assert (found.speed, found.step) == (500.0, 0.1)
    assert found.rate == pytest.approx(2e10) and found.share == pytest.approx(0.5)


def test_the_summary_gives_medians_and_range() -> None:
    sides = [side("ours", 200.0, 300.0, 250.0), side("plain loop", 100.0, 100.0, 100.0)]
    assert ratios(sides) == [2.0, 3.0, 2.5]
    assert summary(sides) == (
        "ours 250 samples/s, plain loop 100 samples/s: 2.50 times (from 2.00 to 3.00 over 3 rounds)"
    )
    assert summary(sides[:1]) == "ours 250 samples/s (from 200 to 300 over 3 rounds)"


def test_a_round_is_told_with_the_ratio_if_there_are_two() -> None:
    assert round_line(1, ["ours", "plain loop"], [30.0, 20.0]) == (
        "round 1: ours 30, plain loop 20 samples/s, 1.50 times"
    )
    assert round_line(2, ["ours"], [1234.5]) == "round 2: ours 1,234 samples/s"


def test_the_table_has_a_column_for_each_side(capsys) -> None:
    console = result_console()
    console.width = 80
    for part in table([side("as typed", 500.0), side("balance=[ema,r1] data.size=32", 250.0, recorded=True)]):
        console.print(part)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    rows = {re.split(r"\s{2,}", line.strip())[0]: re.split(r"\s{2,}", line.strip())[1:] for line in lines}
    assert rows["samples per second"] == ["500", "250"]
    assert rows["ms per step"] == ["100.0", "200.0"]
    assert rows["data"] == ["1.00", "1.00"] and rows["generator"] == ["30.0", "30.0"]
    assert rows["share of matrix rate"] == ["50 % of 40 G", "25 % of 40 G"]
    text = " ".join(lines)
    assert "balance=[ema,r1] data.size=32: steps are replayed" in text and "as typed: steps" not in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.012345, "0.0123"), (12.345, "12.3"), (1234.5, "1,234"), (99.99, "100")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(12.0, "12 "), (1234.0, "1.23 k"), (5e9, "5 G"), (7.654e14, "765 T")])
def test_large_numbers_have_a_letter(value: float, text: str) -> None:
    assert in_thousands(value) == text


def test_the_document_has_everything() -> None:
    sides = [side("ours", 200.0, 300.0), side("plain loop", 100.0, 100.0)]
    found = json.loads(json.dumps(document(sides)))
    assert found["ratio"] == {"median": 2.5, "lowest": 2.0, "highest": 3.0, "rounds": [2.0, 3.0]}
    assert found["rounds"] == [{"ours": 200.0, "other": 100.0}, {"ours": 300.0, "other": 100.0}]
    ours = found["sides"]["ours"]
    assert (ours["samples_per_second"], ours["settings"], ours["times"]["readings"]) == (250.0, {"seed": 0}, 0.004)
    alone = document(sides[:1])
    assert alone["ratio"] is None and alone["rounds"] == [{"ours": 200.0}, {"ours": 300.0}]


def test_the_verb_compares_settings_and_leaves_nothing(gan, tmp_path) -> None:
    typed = ("data=digits", "benchmark.rounds=2", "benchmark.steps=2", "telemetry.every=1", "trainer.batch_size=8")
    small = ("generator.base_channels=4", "discriminator.base_channels=4", "telemetry.sinks={}", "metric=[]")
    result = gan("benchmark", *typed, *small, "vs=trainer.batch_size=4,balance=[ema,r1]")
    assert result.code == 0, result.err
    assert "round 1: as typed " in result.out and " times (from " in result.out
    assert "trainer.batch_size=4 balance=[ema,r1]" in result.out
    assert "batches of 8" in result.out
    assert not list(tmp_path.iterdir())


def test_the_verb_compares_with_the_plain_loop_and_writes_one_document(gan) -> None:
    typed = ("benchmark.rounds=3", "benchmark.steps=2", "benchmark.workers=0", "telemetry.sinks={}", "--json")
    result = gan("benchmark", *IMAGES, *typed)
    assert result.code == 0, result.err
    found = json.loads(result.out)
    ours, plain = (found["sides"][name] for name in ("ours", "other"))
    assert found["vs"] == "plain loop"
    assert len(found["rounds"]) == len(found["ratio"]["rounds"]) == 2, "the first round is a warm-up"
    assert (ours["batch_size"], plain["batch_size"], plain["dtype"]) == (8, 8, "float32")
    assert ours["times"]["of_readings"].keys() == {"reading", "pictures", "checkpoint", "metrics"}
    assert ours["host_waits"] < 1 < plain["host_waits"] == 5
    assert min(ours["peak_memory"], plain["peak_memory"]) > 2**26
    assert ours["multiply_adds"] < plain["multiply_adds"], "only the plain loop computes D's gradients in G's update"
    assert ours["settings"]["data"]["shape"] == [1, 8, 8]
