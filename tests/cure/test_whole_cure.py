"""A cure with a trainer of our own in place of processes: what is trained, in which order, and what a signal does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cure_runs import sick, write

from gan_cli.cure import cure as module
from gan_cli.cure.attempts import Attempt
from gan_cli.cure.cure import cure
from gan_cli.cure.hopeless import GiveUp
from gan_cli.cure.sick_run import open_sick_run
from gan_cli.errors import UserError
from gan_cli.sweep.status import Row

GOOD = {"verdict": "balanced", "values": {"metric/energy_distance": 0.1, "balance/distance": 0.1}}
BETTER = {"verdict": "balanced", "values": {"metric/energy_distance": 0.05, "balance/distance": 0.05}}
SICK = {"verdict": "mode_collapse", "values": {"metric/energy_distance": 1.0, "balance/distance": 1.0}}
FAILED = {"verdict": None, "status": "failed", "message": "no memory left", "values": {}}

NORM, PACKING, SLOW = FIRST = (
    "generator.norm=batch",
    "balance=[ema,packing]",
    "optim.generator.lr=5e-05 optim.discriminator.lr=5e-05",
)
LATER = ("balance=[ema,minibatch_stddev]", "discriminator.dropout=0.3", "balance=[ema,instance_noise]")
BOTH = f"{SLOW} {PACKING}"

Trainer = Callable[..., list[list[str]]]


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """Answers for each attempt what becomes of it; gives the batches of attempts that it was asked to train."""

    def install(outcomes: dict[str, dict[str, Any]], steps: int = 100) -> list[list[str]]:
        asked: list[list[str]] = []

        def train(folder: Path, attempts: Sequence[Attempt], give_up: GiveUp, workers: object) -> tuple[list[Row], int]:
            asked.append([each.name for each in attempts])
            assert (give_up.state, give_up.steps, workers) == ("mode_collapse", steps, 2)
            for each in attempts:
                write(each.folder, each.point.overrides, **outcomes[each.name])
            return [Row(each.point.folder, each.overrides, "done") for each in attempts], 0

        monkeypatch.setattr(module, "train", train)
        return asked

    return install


def test_each_alone_then_the_best_two_together(tmp_path: Path, trainer: Trainer) -> None:
    asked = trainer({NORM: SICK, PACKING: GOOD, SLOW: BETTER, BOTH: GOOD})
    found = cure(sick(tmp_path / "run"), workers=2)
    assert asked == [[NORM, PACKING, SLOW], [BOTH]]
    assert found.standing.best is not None and found.standing.best.attempt.name == SLOW
    assert found.floor is not None and found.floor < 0.5  # the ring against itself


def test_the_next_three_if_none_helped(tmp_path: Path, trainer: Trainer) -> None:
    outcomes = dict.fromkeys((*FIRST, *LATER), SICK)
    asked = trainer({**outcomes, LATER[1]: GOOD})
    found = cure(sick(tmp_path / "run"), workers=2)
    assert asked == [[*FIRST], [*LATER]]
    assert found.standing.best is not None and found.standing.best.attempt.name == LATER[1]
    asked = trainer(outcomes)
    assert cure(sick(tmp_path / "other"), workers=2).standing.best is None and asked == [[*FIRST], [*LATER]]


def test_no_pair_if_only_one_helped(tmp_path: Path, trainer: Trainer) -> None:
    asked = trainer({NORM: SICK, PACKING: GOOD, SLOW: FAILED})
    found = cure(sick(tmp_path / "run"), workers=2)
    assert asked == [[NORM, PACKING, SLOW]]
    assert [each.status for each in found.standing.tried] == ["done", "done", "failed"]
    assert found.standing.tried[2].reason == "no memory left"


def test_what_is_finished_is_not_repeated(tmp_path: Path, trainer: Trainer) -> None:
    run = sick(tmp_path / "run")
    trainer({NORM: SICK, PACKING: GOOD, SLOW: FAILED})
    cure(run, workers=2)
    again = trainer({SLOW: BETTER, BOTH: GOOD})  # what failed is tried once more, and now there is a pair
    cure(run, workers=2)
    assert again == [[SLOW], [BOTH]]
    once_more = trainer({})
    found = cure(run, workers=2)
    assert once_more == [] and len(found.standing.tried) == 4


def test_a_diverged_attempt_is_a_result(tmp_path: Path, trainer: Trainer) -> None:
    run = sick(tmp_path / "run")
    outcomes = dict.fromkeys((*FIRST, *LATER), SICK)
    trainer({**outcomes, NORM: {**SICK, "status": "diverged", "verdict": "diverged"}})
    cure(run, workers=2)
    again = trainer({})
    cure(run, workers=2)
    assert again == []


def test_a_longer_run_has_longer_attempts(tmp_path: Path, trainer: Trainer) -> None:
    trainer({NORM: GOOD, PACKING: {**SICK, "status": "stopped", "step": 50}, SLOW: SICK})
    run = sick(tmp_path / "run")
    cure(run, workers=2)
    longer = trainer({NORM: GOOD, PACKING: SICK, SLOW: SICK}, steps=200)
    cure(replace(run, config={**run.config, "trainer": {**run.config["trainer"], "steps": 200}}), workers=2)
    assert longer == [[NORM, PACKING, SLOW]]


def test_a_signal_ends_it_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "train", lambda *arguments: ([], 130))
    with pytest.raises(SystemExit) as ended:
        cure(sick(tmp_path / "run"))
    assert ended.value.code == 130 and "the same command goes on" in caplog.text


def test_a_refused_attempt_lets_the_others_go_on(
    tmp_path: Path, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_cli.cure.sick_run.advise", lambda config, verdict, most: ("balance=[began]", NORM))
    asked = trainer({NORM: GOOD})
    found = cure(sick(tmp_path / "run"), workers=2)
    assert asked == [[NORM]] and [each.status for each in found.standing.tried] == ["refused", "done"]


@pytest.mark.parametrize(
    ("advice", "message"), [((), "no advice is left"), (("balance=[began]",), "no advice can be tried")]
)
def test_nothing_to_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, advice: tuple[str, ...], message: str) -> None:
    monkeypatch.setattr("gan_cli.cure.sick_run.advise", lambda config, verdict, most: advice)
    with pytest.raises(UserError, match=message) as refused:
        cure(sick(tmp_path / "run"))
    assert len(str(refused.value).splitlines()) <= 3
    assert not (tmp_path / "run" / "cure").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"verdict": None, "status": "interrupted"}, "interrupted, and it has no verdict yet; `gan train run="),
        ({"verdict": "warming_up"}, "trainer.steps=400` adds some"),
        ({"verdict": "nonsense"}, "too few readings"),
    ],
)
def test_a_run_without_a_verdict(tmp_path: Path, more: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match="run=") as refused:
        open_sick_run(write(tmp_path / "run", **more), trust=False)
    assert message in str(refused.value)
