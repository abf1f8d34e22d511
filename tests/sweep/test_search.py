from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import SMALL

from gan_cli.sweep.search import Search

optuna = pytest.importorskip("optuna")

SWEEP = Path("outputs/sweep/dcgan-digits/s")
SEARCH = (
    *(argument for argument in SMALL if not argument.startswith("trainer.steps")),
    *("trainer.steps=4", "hydra/sweeper=tpe", "hydra.sweeper.startup=2", "sweep_name=s"),
    *("hydra.sweeper.objective=balance/distance", "metric=[]"),
    *("optim.discriminator.lr=tag(log,interval(1e-4,1e-2))", "discriminator.norm=none,batch"),
)


def trials(folder: Path = SWEEP) -> list[optuna.trial.FrozenTrial]:
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(folder / "journal.log")))
    return optuna.load_study(study_name="gan", storage=storage).trials


def summary(number: int) -> dict[str, float]:
    values: dict[str, float] = json.loads((SWEEP / f"trial_{number:03d}" / "summary.json").read_text())["metrics"]
    return values


def test_a_search_and_its_continuation(gan) -> None:
    first = gan("train", "-m", *SEARCH, "hydra.sweeper.trials=3")
    assert first.code == 0, first.err
    assert [trial.state.name for trial in trials()] == ["COMPLETE"] * 3
    assert [trial.value for trial in trials()] == [summary(number)["balance/distance"] for number in range(3)]
    best = min(trials(), key=lambda trial: trial.value or 0.0)
    block = first.err.partition("\ns: ")[2]
    assert f"  best run      {SWEEP}/trial_{best.number:03d}\n" in block
    assert block.count("  best ") == 2 and block.count("  best run ") == 1  # the winner is told once
    assert not re.search(r"\d*\.0*[1-9]\d{4}", block), "few digits"
    second = gan("train", "-m", *SEARCH, "hydra.sweeper.trials=4")
    assert second.code == 0 and "s: 4 done" in second.err
    assert [trial.number for trial in trials()] == [0, 1, 2, 3]
    assert len({trial.params["optim.discriminator.lr"] for trial in trials()}) == 4


def test_a_trial_that_was_left_unfinished_is_finished_first(gan, monkeypatch) -> None:
    import gan_cli.sweep.runner as campaign

    run = campaign.Campaign.run

    def killed(self, points, **more):  # type: ignore[no-untyped-def]
        if points and points[0].folder == "trial_001":
            raise KeyboardInterrupt
        return run(self, points, **more)

    monkeypatch.setattr(campaign.Campaign, "run", killed)
    assert gan("train", "-m", *SEARCH, "hydra.sweeper.trials=3").code == 130
    before = [(trial.state.name, trial.params) for trial in trials()]
    assert [state for state, _ in before] == ["COMPLETE", "RUNNING"]
    monkeypatch.setattr(campaign.Campaign, "run", run)
    assert gan("train", "-m", *SEARCH, "hydra.sweeper.trials=3").code == 0
    assert [trial.state.name for trial in trials()] == ["COMPLETE"] * 3
    assert trials()[1].params == before[1][1]


def test_a_trial_that_diverges_is_told_as_failed(gan) -> None:
    typed = [argument for argument in SEARCH if not argument.startswith("optim.discriminator.lr")]
    result = gan("train", "-m", *typed, "optim.discriminator.lr=1e20,2e20", "hydra.sweeper.trials=2")
    assert result.code == 1, result.err
    assert [trial.state.name for trial in trials()] == ["FAIL"] * 2


def test_several_objectives_give_a_front(gan) -> None:
    typed = [argument for argument in SEARCH if not argument.startswith("hydra.sweeper.objective")]
    objectives = "hydra.sweeper.objective=[balance/distance,accuracy/discriminator]"
    result = gan("train", "-m", *typed, objectives, "hydra.sweeper.direction=minimize", "hydra.sweeper.trials=3")
    assert result.code == 0, result.err
    assert all(len(trial.values) == 2 for trial in trials())
    assert "unbeaten" in result.err and "accuracy/discriminator" in result.err


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("optim.discriminator.lr=interval(-1,1)", "optim.discriminator.lr=-1"),
        ("generator.depth=int(interval(1,9))", "generator.depth=9"),
        ("hydra.sweeper.trials=0", "hydra.sweeper.trials=0: must be >= 1"),
        ("hydra.sweeper.startup=many", "hydra.sweeper.startup=many: must be a whole number"),
        ("hydra.sweeper.direction=[minimize,maximize]", "hydra.sweeper.direction=[minimize,maximize]: one for each"),
    ],
)
def test_mistakes(refused, typed: str, message: str) -> None:
    assert message in refused("train", "-m", *SEARCH, typed)


def test_an_objective_that_no_run_measures_is_refused_first(refused) -> None:
    typed = [argument for argument in SEARCH if not argument.startswith("hydra.sweeper.objective")]
    message = refused("train", "-m", *typed, "hydra.sweeper.objective=metric/fid", "hydra.sweeper.trials=3")
    assert "hydra.sweeper.objective=metric/fid: a run does not measure it" in message


def test_another_search_under_the_same_name_is_refused(gan) -> None:
    assert gan("train", "-m", *SEARCH, "hydra.sweeper.trials=1").code == 0
    again = gan("train", "-m", *SEARCH[:-1], "hydra.sweeper.trials=2")
    assert again.code == 2 and "the journal in it is of another search" in again.err
    for axis in ("discriminator.norm=none,batch,layer", "optim.discriminator.lr=interval(1e-4,1e-2)"):
        key = axis.partition("=")[0]
        kept = [argument for argument in SEARCH if not argument.startswith(key)]
        other = gan("train", "-m", *kept, axis, "hydra.sweeper.trials=2")
        assert other.code == 2 and f"with other values or another scale of {key}; name" in other.err
    assert len(trials()) == 1, "nothing was begun"


def test_a_trial_whose_values_were_never_drawn_is_ended(gan) -> None:
    assert gan("train", "-m", *SEARCH, "hydra.sweeper.trials=1").code == 0
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(SWEEP / "journal.log")))
    optuna.load_study(study_name="gan", storage=storage).ask()
    again = gan("train", "-m", *SEARCH, "hydra.sweeper.trials=3")
    assert again.code == 0, again.err
    assert [trial.state.name for trial in trials()] == ["COMPLETE", "FAIL", "COMPLETE"]


def test_half_drawn_trials_alone_do_not_make_it_another_search(tmp_path: Path) -> None:
    kinds = optuna.distributions
    rate, norms = kinds.FloatDistribution(1e-4, 1e-2), kinds.CategoricalDistribution(["none", "batch"])
    space: Any = SimpleNamespace(distributions={"optim.generator.lr": rate, "generator.norm": norms})
    more: Any = {"startup": 2, "seed": 0, "at_once": 1, "pruning": False}
    Search(tmp_path, space, ["minimize"], **more)._study.ask({"optim.generator.lr": rate})
    for _ in range(2):  # the second time it has failed already
        search = Search(tmp_path, space, ["minimize"], **more)
        assert search.running() == {} and [trial.state.name for trial in search._study.trials] == ["FAIL"]
