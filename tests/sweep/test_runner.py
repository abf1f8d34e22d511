"""Campaigns with an engine of our own in place of Hydra's: what it does to the runs' folders is what counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gan_cli.errors import UserError
from gan_cli.session.folder import Lock
from gan_cli.session.status import write_status
from gan_cli.sweep.axes import Point, point_of
from gan_cli.sweep.runner import Campaign

POINTS = [point_of([f"seed={seed}"], ["data=ring"]) for seed in range(4)]


def end(folder: Path, status: str, message: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_status(folder, status, 7, message=message)


def die(folder: Path) -> None:
    """What the folder of a run looks like after its process was killed."""
    end(folder, "running")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    said = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps({**said, "pid": dead.pid}))


def campaign(folder: Path, launch: Callable[[Sequence[Point]], None]) -> Campaign:
    return Campaign(folder, launch, serial=True, total=3)


def test_rows_status_and_exit_code(tmp_path: Path) -> None:
    outcomes = {"seed=0": "done", "seed=1": "stopped", "seed=2": "diverged", "seed=3": "failed"}

    def launch(points: Sequence[Point]) -> None:
        for point in points:
            end(tmp_path / "s" / point.folder, outcomes[point.folder], "because")

    with campaign(tmp_path / "s", launch) as sweep:
        rows = sweep.run(POINTS)
    assert [(row.folder, row.status, row.reason) for row in rows] == [
        ("seed=0", "done", ""),
        ("seed=1", "stopped", "because"),
        ("seed=2", "diverged", "because"),
        ("seed=3", "failed", "because"),
    ]
    assert sweep.exit_code == 1
    said = json.loads((tmp_path / "s" / "status.json").read_text())
    assert (said["kind"], said["status"]) == ("sweep", "done")
    assert said["counts"] == {"done": 2, "running": 0, "failed": 2, "waiting": 0}
    assert said["points"][3] == {"folder": "seed=3", "overrides": ["seed=3"], "status": "failed", "reason": "because"}


def test_the_dead_are_started_once_more_alone_and_the_waiting_first(tmp_path: Path) -> None:
    launched: list[list[str]] = []

    def launch(points: Sequence[Point]) -> None:
        launched.append([point.folder for point in points])
        for point in points[:2] if len(launched) == 1 else points:
            if len(launched) == 1 or point.folder == "seed=0":
                die(tmp_path / point.folder)
            else:
                end(tmp_path / point.folder, "done")
        if len(launched) == 1:
            raise RuntimeError("a worker was killed")

    with campaign(tmp_path, launch) as sweep:
        rows = sweep.run(POINTS)
    assert launched == [["seed=0", "seed=1", "seed=2", "seed=3"], ["seed=2", "seed=3"], ["seed=0"], ["seed=1"]]
    assert [row.status for row in rows] == ["killed", "done", "done", "done"]
    assert "killed" in rows[0].reason and sweep.exit_code == 1


def test_a_job_that_somebody_ended_is_started_once_more(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    launched: list[list[str]] = []

    def launch(points: Sequence[Point]) -> None:
        launched.append([point.folder for point in points])
        for point in points:
            often = {"seed=0": 1, "seed=1": 9}.get(point.folder, 0)
            again = sum(point.folder in each for each in launched)
            end(tmp_path / point.folder, "interrupted" if again <= often else "done")

    with campaign(tmp_path, launch) as sweep:
        rows = sweep.run(POINTS)
    assert launched == [["seed=0", "seed=1", "seed=2", "seed=3"], ["seed=0"], ["seed=1"]]
    assert [row.status for row in rows] == ["done", "interrupted", "done", "done"]
    assert sweep.exit_code == 1 and "a signal ended it" in rows[1].reason
    assert json.loads((tmp_path / "status.json").read_text())["status"] == "interrupted"
    assert "seed=0: a signal ended it; once more, alone" in capfd.readouterr().err


def test_a_point_that_never_ran_is_no_success(tmp_path: Path) -> None:
    with campaign(tmp_path, lambda points: None) as sweep:
        rows = sweep.run(POINTS)
    assert {row.status for row in rows} == {"waiting"} and sweep.exit_code == 1


def test_an_engine_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    def launch(points: Sequence[Point]) -> None:
        raise RuntimeError("no cluster here")

    with pytest.raises(RuntimeError, match="no cluster here"), campaign(tmp_path, launch) as sweep:
        sweep.run(POINTS)
    assert json.loads((tmp_path / "status.json").read_text())["status"] == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_the_jobs_end_and_begins_no_new_one(tmp_path: Path, number: signal.Signals) -> None:
    def launch(points: Sequence[Point]) -> None:
        end(tmp_path / points[0].folder, "done")
        os.kill(os.getpid(), number)
        end(tmp_path / points[1].folder, "interrupted")

    before = signal.getsignal(number)
    with campaign(tmp_path, launch) as sweep:
        rows = sweep.run(POINTS)
    assert [row.status for row in rows] == ["done", "interrupted", "waiting", "waiting"]
    assert sweep.exit_code == 128 + number
    assert json.loads((tmp_path / "status.json").read_text())["status"] == "interrupted"
    assert signal.getsignal(number) is before


def test_a_signal_that_a_job_in_this_process_took_ends_the_sweep(tmp_path: Path) -> None:
    def launch(points: Sequence[Point]) -> None:
        end(tmp_path / points[0].folder, "interrupted")
        raise SystemExit(143)

    with campaign(tmp_path, launch) as sweep:
        sweep.run(POINTS)
    assert sweep.exit_code == 143


def test_what_an_earlier_command_left_is_waiting_until_it_is_taken_up(tmp_path: Path) -> None:
    end(tmp_path / "seed=0", "done")
    end(tmp_path / "seed=1", "failed", "of yesterday")
    os.utime(tmp_path / "seed=1" / "status.json", (1e9, 1e9))
    seen: list[str] = []

    def launch(points: Sequence[Point]) -> None:
        seen.extend(row.status for row in sweep.state.rows())
        for point in points:
            end(tmp_path / point.folder, "done")

    with campaign(tmp_path, launch) as sweep:
        sweep.run(POINTS[1:2], among=POINTS[:2])
    assert seen == ["done", "waiting"] and sweep.exit_code == 0


def test_points_of_earlier_commands_keep_their_rows(tmp_path: Path) -> None:
    def launch(points: Sequence[Point]) -> None:
        for point in points:
            end(tmp_path / point.folder, "done")

    for points in (POINTS[:2], POINTS[2:]):
        with campaign(tmp_path, launch) as sweep:
            sweep.run(points)
    said = json.loads((tmp_path / "status.json").read_text())
    assert [row["folder"] for row in said["points"]] == ["seed=0", "seed=1", "seed=2", "seed=3"]
    assert said["counts"]["done"] == 2


def test_two_commands_cannot_run_one_sweep(tmp_path: Path) -> None:
    with (
        Lock(tmp_path),
        pytest.raises(UserError, match="is writing to this folder"),
        campaign(tmp_path, lambda points: None),
    ):
        pass
