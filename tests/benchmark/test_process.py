"""The process of one side: its environment, its answers, and how its end is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from loops import IMAGES, settings

from gan_cli.benchmark.answers import open_loop, reply
from gan_cli.benchmark.base import Candidate
from gan_cli.benchmark.plain_loop import PlainLoop
from gan_cli.benchmark.process import LoopProcess
from gan_cli.errors import AccidentError, UserError

ENVIRONMENT = {**os.environ, "GOMP_SPINCOUNT": "no number, which makes libgomp complain"}


@pytest.mark.parametrize(("loop", "has_ours"), [("plain", False), ("ours", True)])
def test_only_our_side_has_our_environment(tmp_path: Path, loop, has_ours: bool) -> None:
    candidate = Candidate("a side", loop, settings(*IMAGES))
    with LoopProcess(candidate, tmp_path, workers=0, environment=ENVIRONMENT) as process:
        place, seen = Path(f"/proc/{process._process.pid}/environ"), b""
        while not seen and process._process.poll() is None:  # it is empty while the new program is loaded
            seen = place.read_bytes()
        process._process.kill()
    assert (b"GOMP_SPINCOUNT" in seen) is has_ours


def test_a_side_that_is_killed_is_named(tmp_path: Path) -> None:
    candidate = Candidate("plain loop", "plain", settings(*IMAGES))
    with LoopProcess(candidate, tmp_path, workers=0, environment=os.environ) as process:
        process._process.kill()
        with pytest.raises(AccidentError, match=r"^plain loop: its process was ended by SIGKILL; out of memory\?$"):
            process.run(1)


def test_an_error_of_a_side_is_told_with_its_name_and_its_exit_code(tmp_path: Path) -> None:
    config = settings(*IMAGES)
    del config["data"]["_target_"]
    candidate = Candidate("balance=[r1]", "ours", config)
    with (
        pytest.raises(UserError, match=r"^balance=\[r1\]: unexpected error: KeyError: '_target_'\n") as caught,
        LoopProcess(candidate, tmp_path, workers=0, environment=os.environ) as process,
    ):
        process.wait_until_ready()
    assert caught.value.exit_code == 1
    assert "Traceback" in str(caught.value.__cause__)


def test_an_answer_is_a_time_or_the_figures(tmp_path: Path) -> None:
    opening = {"loop": "plain", "config": settings(*IMAGES), "folder": str(tmp_path), "workers": 0, "search": []}
    loop = open_loop(opening)
    assert isinstance(loop, PlainLoop)
    assert reply(loop, {"run": 1}) > 0
    assert reply(loop, {"measure": 1})["batch_size"] == 8
