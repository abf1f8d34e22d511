"""`gan cure`: what a person types and reads, with real trainings of a few steps."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SMALL, Gan

from gan_cli.session.folder import read_status

QUICK = (
    *SMALL,
    "trainer.steps=6",
    "metric=[energy_distance]",
    "runtime.device=cpu",
    "runtime.threads=1",
    "telemetry.sinks.tensorboard=null",
)
AT_ONCE = ("diagnosis.warm_up=1", "diagnosis.window=1", "diagnosis.early=0", "diagnosis.patience=1")
"""A verdict at the first reading."""
ALWAYS_BALANCED = (
    *AT_ONCE,
    *(f"diagnosis.{bound}=1e6" for bound in ("far", "lost", "apart", "missing", "unlike", "swinging", "exploded")),
)
NEVER_BALANCED = (
    *AT_ONCE, "diagnosis.narrow=1e6", "diagnosis.apart=1e-6", "diagnosis.far=1e-6", "diagnosis.unsure=1e-6"
)  # fmt: skip

Refused = Callable[..., str]


def say(folder: Path, verdict: str | None, *, doubt: str = "") -> None:
    """Put another verdict into the files of a run."""
    said = None if verdict is None else {"state": verdict, "since": 2, "evidence": [], "doubt": doubt}
    for name in ("status.json", "summary.json"):
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": said}))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps, in which all that comes is called balanced."""
    from gan_cli.cli import main

    folder = tmp_path_factory.mktemp("ended") / "run"
    main(["train", *QUICK, *ALWAYS_BALANCED, f"run={folder}"])
    return folder


@pytest.fixture
def sick(ended: Path, tmp_path: Path) -> Path:
    """A copy of it whose files speak of mode collapse."""
    shutil.copytree(ended, tmp_path / "sick")
    say(tmp_path / "sick", "mode_collapse")
    return tmp_path / "sick"


def when(folder: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("cure/*/summary.json")}


def test_a_cure_from_start_to_end_and_once_more(gan: Gan, sick: Path) -> None:
    result = gan("cure", "run=sick", "workers=2", "json=found/cure.json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(Path("found/cure.json").read_text())
    assert [each["overrides"] for each in found["attempts"]][:3] == [
        ["balance=[ema,packing]"],
        ["optim.generator.lr=5e-05", "optim.discriminator.lr=5e-05"],
        ["balance=[ema,minibatch_stddev]"],
    ]
    assert len(found["attempts"]) == 4 and all(each["status"] == "done" for each in found["attempts"])
    assert found["best"]["verdict"] == "balanced" and "cured" in found["in_words"][0]
    assert found["real_data"] is not None
    for words in ("the run itself", "real data", f"gan train 'run=sick/cure/{found['best']['overrides'][0]}'"):
        assert words in result.out
    for each in found["attempts"]:
        config = yaml.safe_load((Path(each["folder"]) / "config.yaml").read_text())
        assert config["seed"] == 0 and config["trainer"]["steps"] == 6 and "cure" not in config
        assert (Path(each["folder"]) / "train.log").is_file()
    before = when(sick)
    again = gan("cure", "run=sick", "workers=2", "json=again.json")
    assert again.code == 0 and when(sick) == before and len(before) == 4
    assert json.loads(Path("again.json").read_text())["best"] == found["best"]
    assert again.out.replace("again.json", "found/cure.json") == result.out
    compared = gan("compare", "sick/cure")
    assert compared.code == 0 and "minibatch_stddev" in compared.out
    the_best_goes_on_and_its_command_is_the_same_run(gan, found["best"])


def the_best_goes_on_and_its_command_is_the_same_run(gan: Gan, best: dict[str, Any]) -> None:
    command = shlex.split(best["command"])
    assert command[:2] == ["gan", "train"] and gan(*command[1:], "run=alone").code == 0
    ends = [json.loads((folder / "summary.json").read_text()) for folder in (Path("alone"), Path(best["folder"]))]
    figures = [{tag: value for tag, value in each["metrics"].items() if "time/" not in tag} for each in ends]
    assert figures[0] == figures[1]
    assert gan("train", f"run={best['folder']}", "trainer.steps=8").code == 0
    assert read_status(Path(best["folder"]))["step"] == 8


def test_train_goes_on_with_the_cure(gan: Gan, tmp_path: Path) -> None:
    result = gan("train", *QUICK, *NEVER_BALANCED, "run=here", "cure=true", "workers=2")
    assert result.code == 0, result.err
    assert "the run itself" in result.out and "not cured" in result.out
    assert len(list(Path("here/cure").glob("*/summary.json"))) == 3
    assert "cure" not in yaml.safe_load(Path("here/config.yaml").read_text())
    for summary in Path("here/cure").glob("*/summary.json"):  # sick again, and certainly so
        said = read_status(summary.parent)
        assert (said["status"], said["step"]) == ("stopped", 4) and said["message"].startswith("given up: ")
    again = gan("train", "run=here", "cure=true")
    assert again.code == 0 and "this run is finished" in again.out and "not cured" in again.out


def test_train_without_a_need_for_a_cure(gan: Gan) -> None:
    result = gan("train", *QUICK, *ALWAYS_BALANCED, "run=here", "cure=true")
    assert result.code == 0 and result.out.endswith("here: balanced; there is nothing to cure\n")
    assert not Path("here/cure").exists()


def test_a_balanced_run_needs_nothing(gan: Gan, sick: Path) -> None:
    say(sick, "balanced", doubt="balance/distance is still 0.30")
    result = gan("cure", "run=sick")
    assert (result.code, result.out) == (
        0,
        "sick: balanced, in doubt: balance/distance is still 0.30; there is nothing to cure\n",
    )
    assert not (sick / "cure").exists()


def test_a_failing_attempt_is_a_row_and_the_others_go_on(gan: Gan, sick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few samples are found when they are read, in the process that trains."""
    monkeypatch.setattr(
        "gan_cli.cure.sick_run.advise", lambda config, verdict, most: ("data.limit=1", "generator.norm=none")
    )
    result = gan("cure", "run=sick", "json=cure.json")
    assert result.code == 0, result.err
    failed, done = json.loads(Path("cure.json").read_text())["attempts"]
    assert (failed["status"], done["status"]) == ("failed", "done") and failed["reason"] in result.out
    monkeypatch.setattr("gan_cli.cure.sick_run.advise", lambda config, verdict, most: ("data.limit=1",))
    alone = gan("cure", "run=sick")
    assert alone.code == 1 and "not cured" in alone.out


def test_a_folder_of_an_attempt_that_holds_something_else(refused: Refused, sick: Path) -> None:
    place = sick / "cure" / "balance=[ema,packing]"
    place.mkdir(parents=True)
    (place / "checkpoints").write_text("in the way")
    assert "checkpoints: a file is in the place of a folder" in refused("cure", "run=sick")


def test_no_link_in_the_folder_of_attempts_is_followed(refused: Refused, sick: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (sick / "cure").symlink_to(tmp_path / "elsewhere")
    assert "cure: a link is in the place of a folder" in refused("cure", "run=sick")


def test_what_is_refused(refused: Refused, sick: Path) -> None:
    assert "run" in refused("cure")
    assert "run=nowhere: not a run folder" in refused("cure", "run=nowhere")
    assert "workers=0: must be" in refused("cure", "run=sick", "workers=0")
    assert "json=sick: is a folder" in refused("cure", "run=sick", "json=sick")
    assert "-m: gan cure answers one question at a time" in refused("cure", "run=sick", "-m")
    say(sick, None)
    assert "too few readings for a verdict; `gan train run=sick trainer.steps=24`" in refused("cure", "run=sick")


def test_a_run_of_classes_that_are_not_ours_needs_trust(refused: Refused, sick: Path) -> None:
    config = (sick / "config.yaml").read_text()
    (sick / "config.yaml").write_text(config.replace("gan_cli.losses.NonSaturating", "mine.Loss"))
    assert "trust=true if you know its author" in refused("cure", "run=sick")


def test_another_process_at_work(refused: Refused, sick: Path) -> None:
    from gan_cli.session.folder import Lock

    with Lock(sick):
        assert "is writing to this folder" in refused("cure", "run=sick")


def test_no_cure_in_a_sweep(refused: Refused) -> None:
    for axis in ("seed=1,2", "seed=1"):
        assert "cure=true: is for a single run" in refused("train", "-m", *QUICK, axis, "cure=true")
    assert "acts on a sweep only" in refused("train", *QUICK, "workers=2")
