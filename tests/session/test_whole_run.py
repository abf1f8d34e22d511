"""What is said of a run is said of all of it: its time and speed over every process, its pictures from step 0 on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gan_cli.training import checkpoint


def summary(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "summary.json").read_text()))


def said_speed(screen: str) -> float:
    """What the closing block calls the speed."""
    (speed,) = re.findall(r"^  speed +([\d.]+) samples/s$", screen, re.MULTILINE)
    return float(speed)


def test_time_and_speed_are_those_of_all_processes(gan: Any, here: Path) -> None:
    batch = 8
    first = summary(here)["seconds"]
    state = checkpoint.load(here, 4)
    assert 0 < state["seconds"] <= first
    checkpoint.save(here, 4, {**state, "seconds": 100.0}, keep=2)
    result = gan("train", f"run={here}", "trainer.steps=6")
    assert result.code == 0, result.err
    seconds = summary(here)["seconds"]
    assert 100 < seconds < 160
    assert f"done  dcgan-digits, step 6 of 6, 1 min {round(seconds) - 60} s" in result.err
    assert said_speed(result.err) == pytest.approx(6 * batch / seconds, rel=0.03)  # of six steps, not of the last two
    assert checkpoint.load(here, 6)["seconds"] > 100


def test_the_speed_of_a_run_whose_first_part_was_not_timed_is_that_of_the_rest(gan: Any, here: Path) -> None:
    state = checkpoint.load(here, 4)
    del state["seconds"]
    checkpoint.save(here, 4, state, keep=2)
    result = gan("train", f"run={here}", "trainer.steps=6")
    assert result.code == 0, result.err
    assert said_speed(result.err) == pytest.approx(2 * 8 / summary(here)["seconds"], rel=0.03)


def test_the_closing_block_ends_with_the_picture_and_the_next_command(gan: Any, here: Path) -> None:
    result = gan("train", "run=here", "trainer.steps=6")
    last = [line.split(maxsplit=1) for line in result.err.splitlines()[-4:]]
    assert last == [
        ["run", "here"], ["look", "tensorboard --logdir here"], ["picture", "here/samples/step_00000006.png"],
        ["sample", "gan sample run=here"],
    ]  # fmt: skip
    assert gan(*last[-1][1].split()[1:]).code == 0


def test_a_run_has_a_picture_of_step_0_and_its_film_begins_with_it(gan: Any, here: Path) -> None:
    pictures = sorted(path.name for path in (here / "samples").glob("step_*.png"))
    assert pictures == ["step_00000000.png", "step_00000004.png"]
    noise, trained = (Image.open(here / "samples" / name) for name in pictures)
    assert noise.size == trained.size and noise.tobytes() != trained.tobytes()
    result = gan("sample", "run=here", "film=true")
    assert result.code == 0, result.err
    assert "2 pictures of steps 0 to 4" in result.out


@pytest.mark.parametrize(
    "data", [("data=ring", "model=mlp"), ("data=fake", "data.shape=[1,64]"), ("data=fake", "data.shape=[1,8,8,8]")]
)
def test_all_kinds_of_data_have_one(gan: Any, tmp_path: Path, data: tuple[str, ...]) -> None:
    small = ("generator.base_channels=4", "discriminator.base_channels=4", "trainer.batch_size=8", "runtime.threads=1")
    result = gan("train", *data, *small, "metric=[]", "telemetry.num_samples=4", "trainer.steps=1", "run=r")
    assert result.code == 0, result.err
    assert (tmp_path / "r/samples/step_00000000.png").is_file()
