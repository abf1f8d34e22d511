"""Which remedies are tried alone and together, with which settings and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from cure_runs import SMALL, sick

from gan_cli.config.runs import flatten
from gan_cli.cure.attempts import Attempt, rounds, together
from gan_cli.cure.sick_run import SickRun


def singles(run: SickRun) -> list[Attempt]:
    """The attempts of the first round."""
    return next(rounds(run))


def names(tmp_path: Path, *typed: str, verdict: str) -> list[str]:
    return [each.name for each in singles(sick(tmp_path / "run", (*SMALL, *typed), verdict=verdict))]


def test_the_first_three_remedies_in_the_order_of_the_advice(tmp_path: Path) -> None:
    assert names(tmp_path, verdict="mode_collapse") == [
        "generator.norm=batch",
        "balance=[ema,packing]",
        "optim.generator.lr=5e-05 optim.discriminator.lr=5e-05",
    ]


def test_the_rest_of_the_advice_comes_after_them(tmp_path: Path) -> None:
    first, *others = rounds(sick(tmp_path / "run", verdict="mode_collapse"))
    assert len(first) == 3
    assert [each.name for each in others[0]] == [
        "balance=[ema,minibatch_stddev]",
        "discriminator.dropout=0.3",
        "balance=[ema,instance_noise]",
    ]


def test_an_attempt_is_the_same_command_and_seed_with_one_change(tmp_path: Path) -> None:
    run = sick(tmp_path / "run", (*SMALL, "seed=7"))
    first = singles(run)[0]
    before, after = dict(flatten(run.config)), dict(flatten(first.config))
    assert {key for key in before if before[key] != after[key]} == {"run", "generator.norm"}
    assert after["seed"] == 7 and first.folder == tmp_path / "run" / "cure" / "generator.norm=batch"
    kept = [override for override in SMALL if override != "generator.norm=none"]
    assert first.point.overrides == (*kept, "seed=7", "generator.norm=batch")
    assert first.point.swept == ("generator.norm=batch",)


def test_settings_that_do_not_fit_are_refused_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_cli.cure.sick_run.advise", lambda config, verdict, most: ("balance=[began]", "seed=1"))
    began, seed = singles(sick(tmp_path / "run"))
    assert "began" in began.refusal and "\n" not in began.refusal and seed.refusal == ""


def test_the_best_with_the_next_that_adds_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remedies = (
        "optim.generator.lr=0.01 optim.discriminator.lr=0.01",
        "optim.discriminator.lr=0.03",
        "'balance=[ema,instance_noise]'",
    )
    monkeypatch.setattr("gan_cli.cure.sick_run.advise", lambda config, verdict, most: remedies)
    run = sick(tmp_path / "run")
    both, one, noise = singles(run)
    found = together(run, [both, one, noise])  # the second says nothing that the first does not say otherwise
    assert found is not None
    assert found.overrides == ("optim.generator.lr=0.01", "optim.discriminator.lr=0.01", "balance=[ema,instance_noise]")
    other = together(run, [one, both])
    assert other is not None and other.overrides == ("optim.discriminator.lr=0.03", "optim.generator.lr=0.01")
    assert together(run, [both, one]) is None
    assert together(run, [noise]) is None and together(run, []) is None


def test_techniques_of_two_are_united(tmp_path: Path) -> None:
    run = sick(tmp_path / "run")
    packing, spread = (
        each for few in rounds(run) for each in few if "balance=[" in each.name and "noise" not in each.name
    )
    found = together(run, [spread, packing])
    assert found is not None and found.overrides == ("balance=[ema,minibatch_stddev,packing]",)
    assert list(found.config["balance"]) == ["ema", "minibatch_stddev", "packing"]
