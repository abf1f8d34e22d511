"""The verdict of a run on its way to a person: on screen, in files, in TensorBoard; once for each change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.verdict import Evidence, Verdict
from gan_cli.telemetry.tags import shown_as

SMALL = (
    "data=fake",
    "data.shape=[1,8,8]",
    "data.num_samples=64",
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "trainer.batch_size=8",
    "runtime.threads=1",
    "telemetry.every=2",
    "telemetry.samples_every=100",
    "telemetry.num_samples=4",
)
WON = Verdict("discriminator_dominates", 4, (Evidence("balance/distance", 0.6154, ">=", 0.2),), "it is early")


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A diagnosis that knows in advance: warming up until to step 2, D wins from 4 on, balanced from 12 on."""

    def read(self: Diagnosis, step: int, *_: object) -> Verdict:
        told = {True: Verdict("warming_up", 0), step >= 4: WON, step >= 12: Verdict("balanced", 12)}
        self._verdict = told[True]
        return self._verdict

    monkeypatch.setattr(Diagnosis, "read", read)


def told(folder: Path) -> list[tuple[int, str]]:
    """Step and first line of every text under `balance/verdict`."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    texts = events.Tensors(shown_as("balance/verdict"))
    return [(text.step, text.tensor_proto.string_val[0].decode().splitlines()[0]) for text in texts]


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


@pytest.mark.usefixtures("scripted")
def test_the_verdict_is_told_once_for_each_change_and_not_again_after_a_resume(gan: Any, tmp_path: Path) -> None:
    changes = [(2, "## warming up: too early for a verdict"), (4, "## the discriminator dominates (?)")]
    assert gan("train", "trainer.steps=8", *SMALL, "run=here").code == 0
    assert told(tmp_path / "here") == changes
    assert gan("train", "trainer.steps=10", "run=here").code == 0
    assert told(tmp_path / "here") == changes
    assert gan("train", "trainer.steps=14", "run=here").code == 0
    assert told(tmp_path / "here") == [*changes, (12, "## balanced")]


@pytest.mark.usefixtures("scripted")
def test_the_verdict_is_on_screen_and_in_the_files(gan: Any, tmp_path: Path) -> None:
    result = gan("train", "trainer.steps=6", *SMALL, "run=here")
    assert result.code == 0, result.err
    assert re.search(r"step 2/6  loss .*  warming up: too early", result.err)
    closing = [re.sub(" +", " ", line.strip()) for line in result.err.partition("\ndone ")[2].splitlines()]
    at = next(number for number, line in enumerate(closing) if line.startswith("verdict"))
    assert closing[at : at + 6] == [
        "verdict the discriminator dominates (?), since step 4",
        "because balance/distance 0.615 >= 0.2",
        "in doubt it is early",
        "try discriminator.dropout=0.3",
        "'balance=[ema,instance_noise]'",
        "'balance=[ema,r1]'",
    ]
    status, summary = (read(tmp_path / "here" / name) for name in ("status.json", "summary.json"))
    assert status["verdict"] == summary["verdict"] == WON.as_dict()
    assert summary["advice"] == ["discriminator.dropout=0.3", "'balance=[ema,instance_noise]'", "'balance=[ema,r1]'"]


def test_a_run_that_diverged_says_so_and_what_to_try(gan: Any, tmp_path: Path) -> None:
    result = gan(
        "train", *SMALL, "loss=wasserstein", "optim=sgd", "optim.generator.lr=1e5", "optim.discriminator.lr=1e5",
        "trainer.steps=50", "run=here",
    )  # fmt: skip
    assert result.code == 1, result.err
    summary = read(tmp_path / "here/summary.json")
    assert (summary["status"], summary["verdict"]["state"]) == ("diverged", "diverged")
    # a critic that nothing bounds, and rates that are far too high
    assert summary["advice"][:2] == [
        "'balance=[ema,weight_clip]'", "optim.generator.lr=0.0002 optim.discriminator.lr=0.0002",
    ]  # fmt: skip
    assert told(tmp_path / "here")[-1] == (summary["step"], "## diverged")


def test_the_same_verdicts_with_and_without_a_break(gan: Any, tmp_path: Path) -> None:
    """The machine behind it goes on where it was: window, patience, evidence."""
    # a longer run has a longer first part, in which it is not judged
    bounds = ("diagnosis.warm_up=2", "diagnosis.early=0", "diagnosis.window=3", "diagnosis.far=0.01",
              "diagnosis.blind=0.9")  # fmt: skip
    assert gan("train", "trainer.steps=24", *SMALL, *bounds, "run=whole").code == 0
    for steps in (8, 14, 24):  # at readings: the last step of a run always has one
        assert gan("train", f"trainer.steps={steps}", *SMALL, *bounds, "run=parts").code == 0
    summaries = [read(tmp_path / name / "summary.json") for name in ("whole", "parts")]
    assert summaries[0]["verdict"] == summaries[1]["verdict"]
    assert summaries[0]["verdict"]["state"] != "warming_up"
    assert told(tmp_path / "whole") == told(tmp_path / "parts")
