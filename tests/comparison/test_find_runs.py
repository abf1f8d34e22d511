"""Which runs stand behind the folders that are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_folders import swept_run, write_run, write_sweep

from gan_cli.comparison.find_runs import places
from gan_cli.errors import UserError


def names(*folders: Path) -> list[str]:
    return [place.folder.name for place in places(folders)]


def test_a_run_folder_stands_for_itself(tmp_path: Path) -> None:
    (place,) = places([write_run(tmp_path / "a")])
    assert (place.folder, place.sweep, place.status) == (tmp_path / "a", None, None)


def test_a_sweep_stands_for_its_points_in_their_order(tmp_path: Path) -> None:
    """Those without a folder too, and runs that the sweep does not know behind them."""
    sweep = tmp_path / "sweep"
    points = [swept_run(sweep, {"seed": seed}) for seed in (10, 2)]
    points.append({"folder": "seed=7", "overrides": ["seed=7"], "status": "waiting"})
    write_run(sweep / "older")
    found = places([write_sweep(sweep, points)])
    assert [place.folder.name for place in found] == ["seed=10", "seed=2", "seed=7", "older"]
    assert [place.status for place in found] == ["done", "done", "waiting", None]
    assert {place.sweep for place in found} == {sweep}
    assert found[2].overrides == ("seed=7",)


def test_runs_below_a_plain_folder_are_found_two_before_ten(tmp_path: Path) -> None:
    for name in ("dcgan/10", "dcgan/2", "wgan/deep/er/3", ".hidden/4"):
        write_run(tmp_path / name)
    write_run(tmp_path / "dcgan/2/sampled/inner")  # inside a run: not another one
    assert names(tmp_path) == ["2", "10", "3"]


def test_a_sweep_below_a_plain_folder(tmp_path: Path) -> None:
    sweep = tmp_path / "outputs" / "one"
    write_sweep(sweep, [swept_run(sweep, {"seed": 0}), {"folder": "seed=1", "overrides": ["seed=1"]}])
    assert names(tmp_path) == ["seed=0", "seed=1"]


def test_no_run_is_counted_twice(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a" / "b")
    assert names(tmp_path, run, tmp_path / "a" / ".." / "a") == ["b"]


@pytest.mark.parametrize("points", [None, 3, ["seed=0"], [{"folder": "../elsewhere"}, {"folder": 5}, {}, 7]])
def test_a_damaged_sweep_is_what_its_folders_are(tmp_path: Path, points: object) -> None:
    sweep = tmp_path / "sweep"
    write_run(sweep / "seed=0")
    write_run(tmp_path / "elsewhere")
    write_sweep(sweep, points)
    assert names(sweep) == ["seed=0"]


def test_what_holds_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    write_sweep(tmp_path / "nothing", [])
    for name, words in {
        "nowhere": "no such folder", "file": "a file, not a folder", "empty": "holds no runs", "nothing": "no runs"
    }.items():  # fmt: skip
        with pytest.raises(UserError, match=f"{name}: .*{words}"):
            places([tmp_path / name])
