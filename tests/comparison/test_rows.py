"""A run as a row, in every state that a folder can be in."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from run_folders import dead_pid, swept_run, write_run, write_sweep

from gan_cli.comparison.find_runs import places
from gan_cli.comparison.rows import Row, read_row


def rows(folder: Path) -> list[Row]:
    return [read_row(place) for place in places([folder])]


def row(folder: Path) -> Row:
    (only,) = rows(folder)
    return only


def test_a_finished_run(tmp_path: Path) -> None:
    found = row(write_run(tmp_path / "a", {"seed": 3, "generator.depth": 4}, doubt="still far"))
    assert (found.status, found.step, found.seed, found.verdict, found.doubt) == ("done", 100, 3, "balanced", True)
    assert found.settings["generator.depth"] == 4 and "run" not in found.settings
    assert found.values["metric/energy_distance"] == 0.1
    assert (found.ratio, found.seconds, found.accuracy_tag) == (0.5, 10.0, "accuracy/discriminator")


def test_a_running_run_shows_the_last_value_of_everything(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", status="running", energy=0.4)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 150, "metric/energy_distance": 0.2}\n{"step": 200, "metric/ener')
    found = row(folder)
    assert (found.status, found.verdict) == ("running", "balanced")
    assert found.values == {"metric/energy_distance": 0.2, "accuracy/discriminator": 0.8, "loss/generator": 2.0}
    assert (found.ratio, found.seconds) == (None, None)


def test_a_run_that_goes_on_is_not_judged_by_its_old_end(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", energy=0.9)
    running = json.loads((folder / "status.json").read_text()) | {"status": "running", "step": 150}
    (folder / "status.json").write_text(json.dumps(running))
    (folder / "metrics.jsonl").write_text('{"step": 150, "metric/energy_distance": 0.2}\n')
    found = row(folder)
    assert (found.status, found.step, found.values) == ("running", 150, {"metric/energy_distance": 0.2})


def test_a_loss_without_a_cut_has_its_accuracy_over_pairs(tmp_path: Path) -> None:
    found = row(write_run(tmp_path / "a", accuracy=None, values={"accuracy/pairwise": 0.7}))
    assert found.accuracy_tag == "accuracy/pairwise"


def test_values_that_json_lacks(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", status="running", energy="nan", values={"x": "inf", "y": "words", "z": True})
    found = row(folder)
    assert math.isnan(found.values["metric/energy_distance"]) and found.values["x"] == math.inf
    assert not {"y", "z"} & set(found.values)


def test_a_process_that_is_gone(tmp_path: Path) -> None:
    found = row(write_run(tmp_path / "a", status="running", pid=dead_pid()))
    assert (found.status, found.reason) == ("killed", "its process is gone")


def test_a_process_of_another_host_is_believed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", status="running", pid=dead_pid())
    (folder / "status.json").write_text(json.dumps({"status": "running", "pid": 1, "host": "elsewhere"}))
    assert row(folder).status == "running"


def test_points_that_never_began(tmp_path: Path) -> None:
    sweep = tmp_path / "sweep"
    points = [
        swept_run(sweep, {"generator.depth": 1}),
        {"folder": "a", "overrides": ["generator.depth=2", "seed=1"], "status": "waiting"},
        {"folder": "b", "overrides": ["generator.depth=3"], "status": "failed", "reason": "out of memory"},
    ]
    first, waiting, failed = rows(write_sweep(sweep, points))
    assert first.swept == {"generator.depth"} and first.typed["data"] == "digits"
    assert (waiting.status, waiting.typed, waiting.seed) == ("waiting", {"generator.depth": 2, "seed": 1}, 1)
    assert not waiting.begun and waiting.values == {}
    assert (failed.status, failed.reason) == ("failed", "out of memory")


def test_a_sweep_knows_how_its_run_died(tmp_path: Path) -> None:
    sweep = tmp_path / "sweep"
    point = swept_run(sweep, {"seed": 0}, status="running", pid=dead_pid())
    (found,) = rows(write_sweep(sweep, [{**point, "status": "killed", "reason": "signal 9"}]))
    assert (found.status, found.reason) == ("killed", "signal 9")


def test_a_run_knows_better_than_its_sweep_how_it_ended(tmp_path: Path) -> None:
    sweep = tmp_path / "sweep"
    point = swept_run(sweep, {"seed": 0}, status="diverged", message="G diverged at step 3")
    (found,) = rows(write_sweep(sweep, [{**point, "status": "running"}]))
    assert (found.status, found.reason) == ("diverged", "G diverged at step 3")


def test_what_an_earlier_command_left_waits_to_be_repeated(tmp_path: Path) -> None:
    point = swept_run(tmp_path, {"seed": 0}, status="failed", message="no space left")
    (found,) = rows(write_sweep(tmp_path, [{**point, "status": "waiting"}]))
    assert (found.status, found.reason) == ("waiting", "")


@pytest.mark.parametrize(("pid", "status"), [(None, "running"), ("dead", "killed")])
def test_a_point_that_is_about_to_begin(tmp_path: Path, pid: str | None, status: str) -> None:
    more = {"pid": dead_pid()} if pid else {}
    point = {"folder": "a", "overrides": ["seed=1"], "status": "running"}
    (found,) = rows(write_sweep(tmp_path / "sweep", [point], status="running", **more))
    assert found.status == status


@pytest.mark.parametrize("text", ["a: [1", "- a list", "x: !!python/object/apply:os.system [true]"])
def test_settings_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    folder = write_run(tmp_path / "a")
    (folder / "config.yaml").write_text(text)
    found = row(folder)
    assert found.status == "failed" and "config.yaml" in found.reason and found.settings == {}


@pytest.mark.parametrize("name", ["status.json", "summary.json", "metrics.jsonl", "overrides.txt"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b"\xff\xfe",
        b'{"metrics": 3, "capacity": [], "step": "x", "verdict": {"state": ["x"]}, "status": ["y"]}',
    ],
)
def test_a_damaged_file_makes_a_poorer_row(tmp_path: Path, name: str, content: bytes) -> None:
    folder = write_run(tmp_path / "a")
    (folder / name).write_bytes(content)
    found = row(folder)
    assert found.begun and isinstance(found.status, str)


def test_a_folder_with_settings_alone(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    for name in ("status.json", "summary.json", "metrics.jsonl"):
        (folder / name).unlink()
    assert (row(folder).status, row(folder).values) == ("unknown", {})


@pytest.mark.parametrize("text", ["a: &a [*a]", "1: {2: 3}", "[" * 5000, "seed: 0x" + "f" * 9000, "x" * 2**21, "\0"])
def test_a_config_that_cannot_be_read_is_a_row_of_its_own(tmp_path: Path, text: str) -> None:
    write_run(tmp_path / "a", {"seed": 1}, energy=0.3)
    (write_run(tmp_path / "b") / "config.yaml").write_text(text)
    sound, odd = rows(tmp_path)
    assert (sound.status, sound.values["metric/energy_distance"]) == ("done", 0.3)
    assert odd.status == "failed" and odd.reason.startswith("config.yaml cannot be read as plain YAML (")
