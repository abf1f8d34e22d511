"""Means, spreads and majorities over seeds, by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gan_cli.comparison.groups import Group, Spread, by_verdict, groups, spread
from gan_cli.comparison.rows import Row

ROW = Row(
    folder=Path("a"), sweep=None, begun=True, settings={}, typed={}, swept=frozenset(), status="done", reason="",
    step=100, verdict="balanced", doubt=False, values={"m": 1.0}, ratio=0.5, seconds=2.0,
)  # fmt: skip


def row(value: float | None = 1.0, status: str = "done", **more: Any) -> Row:
    return replace(ROW, values={} if value is None else {"m": value}, status=status, **more)


def group(*rows: Row) -> Group:
    return Group({}, rows)


def test_spread_is_the_sample_standard_deviation() -> None:
    assert spread([2.0, 4.0, 9.0]) == Spread(5.0, pytest.approx(math.sqrt((9 + 1 + 16) / 2)), 3)
    assert spread([2.0]) == Spread(2.0, None, 1)
    assert spread([2.0, None, math.nan, math.inf, 4.0]) == Spread(3.0, pytest.approx(math.sqrt(2)), 2)
    assert spread([None, math.nan]) is None


def test_failed_runs_do_not_count() -> None:
    found = group(row(1.0), row(3.0, "stopped"), row(100.0, "diverged", verdict="diverged"), row(None, "failed"))
    assert found.value("m") == Spread(2.0, pytest.approx(math.sqrt(2)), 2)
    assert (found.failed, found.preliminary) == (2, False)
    assert found.verdicts == {"balanced": 2, "diverged": 1}


def test_runs_underway_stand_in_until_one_has_ended() -> None:
    underway = [row(5.0, "running"), row(7.0, "interrupted"), row(None, "running"), row(100.0, "killed")]
    found = group(*underway)
    assert found.preliminary and found.value("m") == Spread(6.0, pytest.approx(math.sqrt(2)), 2)
    ended = group(*underway, row(1.0))
    assert not ended.preliminary and ended.value("m") == Spread(1.0, None, 1)


def test_the_majority_names_the_verdict_and_a_tie_the_worse_one() -> None:
    balanced, collapsed = row(), row(verdict="mode_collapse")
    assert group(balanced, balanced, collapsed).state == "balanced"
    assert group(balanced, collapsed).state == "mode_collapse"
    assert group(row(verdict=None)).state is None
    assert group(row(None, "diverged", verdict=None)).state == "diverged"


def test_most_must_doubt() -> None:
    sure, doubting = row(), row(doubt=True)
    assert group(doubting, doubting, sure).doubt
    assert not group(doubting, sure).doubt
    assert not group(sure, sure, row(verdict="mode_collapse", doubt=True)).doubt


def test_accuracy_goes_by_the_tag_that_has_a_meaning() -> None:
    at_cut = replace(ROW, values={"accuracy/discriminator": 0.6, "accuracy/pairwise": 0.9})
    over_pairs = replace(ROW, values={"accuracy/pairwise": 0.8})
    assert group(at_cut).accuracy == Spread(0.6, None, 1) and not group(at_cut).pairwise
    assert group(over_pairs).accuracy == Spread(0.8, None, 1) and group(over_pairs).pairwise
    assert group(row()).accuracy is None


def test_rows_of_equal_settings_come_together() -> None:
    rows = [replace(ROW, settings={"a": a, "seed": s}) for a in (1, 1.0, 2) for s in (0, 1)]
    assert [len(each.rows) for each in groups(rows, ["a"])] == [4, 2]
    assert [each.at for each in groups(rows, ["a"])] == [{"a": 1}, {"a": 2}]
    assert [len(each.rows) for each in groups(rows, ["a"], apart=True)] == [1] * 6
    assert [len(each.rows) for each in groups(rows, [])] == [6]


def test_quality_by_verdict() -> None:
    rows = [row(9.0, verdict="mode_collapse"), row(1.0), row(3.0), row(50.0, "running"), row(None)]
    assert by_verdict(rows, "m") == {
        "balanced": Spread(2.0, pytest.approx(math.sqrt(2)), 2), "mode_collapse": Spread(9.0, None, 1)
    }  # fmt: skip
    assert list(by_verdict(rows, "m")) == ["balanced", "mode_collapse"]


def test_reasons_of_what_is_not_done() -> None:
    found = group(row(reason="fine"), row(None, "failed", reason="disk"), row(None, "killed", reason="disk"))
    assert found.reasons == ["disk"]
    assert found.status_counts == {"done": 1, "failed": 1, "killed": 1}
