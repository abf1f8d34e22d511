"""What counts as help, which attempt is the best, and by which figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gan_cli.comparison.rows import Row
from gan_cli.cure.attempts import Attempt
from gan_cli.cure.standing import Standing, Tried
from gan_cli.sweep.axes import point_of

FRECHET = {"metric.measures.frechet_classifier._target_": "gan_cli.metrics.frechet_classifier.FrechetClassifier"}
ENERGY = {"metric.measures.energy_distance._target_": "gan_cli.metrics.energy_distance.EnergyDistance"}
RECALL = {"metric.measures.precision_recall._target_": "gan_cli.metrics.precision_recall.PrecisionRecall"}


def row(verdict: str = "mode_collapse", value: float | None = 1.0, **more: Any) -> Row:
    values = {} if value is None else {"balance/distance": value}
    known: dict[str, Any] = {"doubt": False, "status": "done", "reason": "", "values": values, "settings": {}}
    known |= {"folder": Path("x"), "sweep": None, "begun": True, "typed": {}, "swept": frozenset(), "step": 9}
    return Row(**{**known, "verdict": verdict, "ratio": 1.0, "seconds": 1.0, **more})


def tried(name: str, *arguments: Any, **more: Any) -> Tried:
    return Tried(Attempt((name,), point_of([name], []), {"run": name}), row(*arguments, **more))


def ranked(*attempts: Tried, sick: Row | None = None) -> list[str]:
    return [each.attempt.name for each in Standing(sick or row(), attempts).helpful]


def test_balanced_without_doubt_then_balanced_then_nearer() -> None:
    attempts = (
        tried("near", "mode_collapse", 0.1),
        tried("nearer", "mode_collapse", 0.05),
        tried("doubted", "balanced", 0.5, doubt=True),
        tried("far but balanced", "balanced", 0.9),
        tried("balanced", "balanced", 0.2),
    )
    assert ranked(*attempts) == ["balanced", "far but balanced", "doubted", "nearer", "near"]


@pytest.mark.parametrize(
    ("attempt", "helped"),
    [
        (("mode_collapse", 0.89), True),
        (("mode_collapse", 0.91), False),
        (("mode_collapse", 2.0), False),
        (("balanced", 2.0), True),
        (("oscillating", None), False),
        (("diverged", 0.1, {"status": "diverged"}), False),
        (("balanced", 0.1, {"status": "failed"}), False),
        (("balanced", 0.1, {"status": "interrupted"}), False),
        (("mode_collapse", 0.1, {"status": "stopped", "reason": "given up: mode collapse"}), False),
        (("balanced", 0.1, {"status": "stopped", "reason": "not improved in 3 measurements"}), True),
    ],
)
def test_what_helps(attempt: Any, helped: bool) -> None:
    verdict, value, *more = attempt
    one = tried("one", verdict, value, **(more[0] if more else {}))
    assert Standing(row(), [one]).helped(one) == helped


def test_after_a_divergence_any_other_end_helps() -> None:
    sick = row("diverged", 0.01, status="diverged")
    one, two = tried("one", "mode_collapse", 3.0), tried("two", "diverged", 0.1, status="diverged")
    assert ranked(one, two, sick=sick) == ["one"]
    assert Standing(sick, [one]).figure(sick) is None


def test_nothing_helped() -> None:
    standing = Standing(row(), [tried("one", "mode_collapse", 1.0)])
    assert standing.helpful == [] and standing.best is None


def test_a_refused_attempt_and_one_that_has_not_started() -> None:
    attempt = Attempt(("a=1",), point_of(["a=1"], []), {"run": "x"}, "does not fit")
    refused = Tried(attempt)
    assert (refused.status, refused.reason) == ("refused", "does not fit")
    assert not Standing(row(), [refused]).helped(refused)


def test_the_first_metric_that_all_have_decides() -> None:
    def measured(frechet: float | None, energy: float, settings: dict[str, str]) -> Row:
        values = {"metric/energy_distance": energy, "balance/distance": 1.0}
        values |= {} if frechet is None else {"metric/frechet_classifier": frechet}
        return row(settings=settings, values=values)

    both = {**FRECHET, **ENERGY}
    one = Tried(tried("one").attempt, measured(0.5, 9.0, both))
    standing = Standing(measured(1.0, 1.0, both), [one])
    assert standing.by is not None and standing.by.name == "frechet_classifier" and standing.helped(one)
    standing = Standing(measured(None, 1.0, both), [one])  # the sick run could not measure it
    assert standing.by is not None and standing.by.name == "energy_distance" and not standing.helped(one)
    given_up = tried("two", status="stopped", reason="given up: mode collapse")  # which has no metric
    standing = Standing(measured(1.0, 1.0, both), [one, given_up])
    assert standing.by is not None and standing.by.name == "frechet_classifier"
    assert standing.figure(given_up.row) is None


def test_a_figure_that_is_best_when_high() -> None:
    def recalled(value: float) -> Row:
        return row(settings=RECALL, values={"metric/recall": value, "metric/precision": 0.5, "balance/distance": 1.0})

    sick = recalled(0.4)
    high, low = Tried(tried("high").attempt, recalled(0.6)), Tried(tried("low").attempt, recalled(0.2))
    standing = Standing(sick, [low, high])
    assert standing.by is not None
    if standing.by.name == "recall":
        assert standing.best is high and not standing.helped(low)
    none = Tried(tried("none").attempt, recalled(0.0))
    assert not Standing(recalled(0.0), [none]).helped(none), "none is no more than none"
    better = Standing(sick, [high])
    assert better.by is not None and better.by.better == "high"


def test_without_any_figure_the_verdict_decides() -> None:
    one = tried("one", "balanced", None)
    standing = Standing(row(value=None), [one])
    assert standing.by is None and standing.best is one and standing.figure(one.row) is None
