"""`gan compare`: folders typed bare, answers written whole, mistakes refused in a line."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from run_folders import dead_pid, swept_run, write_run, write_sweep

from gan_cli.arguments import split_arguments
from gan_cli.errors import UserError


def a_map(folder: Path, **more: object) -> Path:
    points = [
        swept_run(folder, {"generator.depth": g, "discriminator.depth": d, "seed": s}, energy=0.1 * g + s, **more)
        for g in (1, 2) for d in (1, 2) for s in (0, 1)
    ]  # fmt: skip
    return write_sweep(folder, points)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_sweep_in_one_line(gan, tmp_path):
    a_map(tmp_path / "sweep")
    result = gan("compare", "sweep", "csv=out/t.csv", "figure=map.png", "markdown=t.md", "json=t.json")
    assert result.code == 0, result.err
    assert result.out.startswith("data=digits: 8 runs of 4 settings: 8 done")
    assert "0.600 ± 0.707" in result.out and "energy_distance (lower is better)" in result.out
    assert files(tmp_path) == {"sweep", "out", "map.png", "map.pdf", "t.md", "t.json"}
    assert len(list(csv.DictReader(Path("out/t.csv").read_text().splitlines()))) == 4
    assert len(json.loads(Path("t.json").read_text())["runs"]) == 8
    with Image.open("map.png") as picture:
        assert min(picture.size) > 500
    assert Path("map.pdf").read_bytes().startswith(b"%PDF")


def test_real_runs(gan, here, tmp_path):
    """A run of the program itself, beside one of other settings."""
    result = gan("compare", "here", "json=t.json")
    assert result.code == 0, result.err
    assert "1 run of 1 setting: 1 done" in result.out and "energy_distance" in result.out
    (run,) = json.loads(Path("t.json").read_text())["runs"]
    assert run["capacity_ratio"] > 0 and run["step"] == 4 and run["values"]["accuracy/discriminator"] is not None


WEIRD = [
    "discriminator.depth=2,seed=1", "it's", 'say "x"', "a b", "[brackets]", "{braces}", "back\\slash", "end\\",
    "ünïcode", "${seed}", "a,b", "null", "3", "(x)", "a:b", "'quoted'", "50%", "#hash", "~tilde/in", "x/y=z",
]  # fmt: skip


@pytest.mark.parametrize("name", WEIRD)
def test_folders_with_any_name(gan, name):
    folder = Path("top") / name
    write_run(folder)
    result = gan("compare", str(folder), "json=t.json")
    assert result.code == 0, result.err
    assert [run["folder"] for run in json.loads(Path("t.json").read_text())["runs"]] == [str(folder)]


def test_several_folders_and_a_list(gan):
    for name in ("a=1", "b"):
        write_run(Path(name), {"generator.depth": len(name)})
    for typed in (("a=1", "b"), ("runs=['a=1',b]",), ("a=1", "by=balance/distance", "b")):
        result = gan("compare", *typed)
        assert (result.code == 0) == (typed[-1] != "b" or len(typed) == 2), result.err
    assert "no run has it" in result.err


def test_while_a_sweep_runs(gan, tmp_path):
    points = [
        swept_run(tmp_path / "s", {"generator.depth": 1}),
        swept_run(tmp_path / "s", {"generator.depth": 2}, status="running", energy=0.4),
        swept_run(tmp_path / "s", {"generator.depth": 3}, status="running", pid=dead_pid()),
        {"folder": "x", "overrides": ["generator.depth=4"], "status": "waiting"},
    ]
    write_sweep(tmp_path / "s", points, status="running")
    result = gan("compare", "s", "figure=curve.pdf")
    assert result.code == 0, result.err
    assert "1 done, 1 running, 1 killed, 1 waiting" in result.out
    assert "0.400 so far" in result.out and "killed: its process is gone" in result.out
    assert {"curve.png", "curve.pdf"} <= files(tmp_path)


def test_the_map_in_tensorboard(gan, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    sweep = a_map(tmp_path / "sweep", pictured=True)
    theirs = sweep / "events.out.tfevents.1.host"
    theirs.write_bytes(b"")
    for _ in range(2):  # the second takes the place of the first
        assert gan("compare", "sweep", "tensorboard=sweep", "thumbnails=true").code == 0
    (event,) = sweep.glob("*.balance_map")
    assert theirs.exists()
    shown = EventAccumulator(str(event)).Reload()
    (picture,) = shown.Images("0 which setting is best/map")
    assert picture.step == 8 and picture.width > 500
    (card,) = shown.Images("0 which setting is best/card")
    assert (card.step, card.width, card.height) == (8, 960, 456)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ((), "name run folders, or the folder of a sweep: gan compare outputs/sweep/"),
        (("nowhere",), "nowhere: no such folder; name run folders, or the folder of a sweep"),
        (("some/where=1",), "some/where=1: no such folder"),
        (("",), "'': an empty word is no folder"),
        (("empty",), "empty: holds no runs; name run folders"),
        (("here", "figure=x.txt"), "figure=x.txt: must end in .png or .pdf"),
        (("here", "figure=map.png"), "figure=map.png: there is nothing to map: the runs differ in nothing but"),
        (("here", "tensorboard=here"), "tensorboard=here: is a run"),
        (("here", "csv=empty"), "csv=empty: is a folder"),
        (("here", "csv=here/config.yaml/t.csv"), "csv=here/config.yaml/t.csv: "),
        (("here", "by=fid"), "by=fid: no run has it"),
        (("here", "sort=colour", "csv=t.csv"), "sort=colour: nothing to sort by"),
        (("here", "thumbnails=true"), "thumbnails=true: needs a picture"),
        (("here", "thumbnials=true"), "thumbnials=true: no such setting; did you mean thumbnails?"),
        (("here", "csv=1,2"), "csv=1,2: "),
        (("here", "runs=[here]"), "here: type all folders bare or all of them in runs=[...]"),
        (("runs=here",), "runs=here: "),
    ],
)
def test_mistakes(gan, refused, tmp_path, typed, message):
    write_run(tmp_path / "here")
    (tmp_path / "empty").mkdir()
    if message.startswith("csv=1,2"):
        assert gan("compare", *typed).code == 0 and Path("1,2").is_file()  # a name like any other
        return
    assert refused("compare", *typed).startswith(f"gan compare: {message}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(refused, tmp_path):
    write_run(tmp_path / "here")
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "you may not write to" in refused("compare", "here", "csv=locked/t.csv")


@pytest.mark.parametrize("verb", ["train", "evaluate", "sample"])
def test_other_verbs_take_no_bare_folders(refused, tmp_path, verb):
    write_run(tmp_path / "here")
    assert refused(verb, "here").startswith(f"gan {verb}: here: not a setting; ")


def test_bare_folders_become_one_override():
    typed = split_arguments(["a", "b c", "seed=1", "-m", "d"], "runs")
    assert typed.overrides == ("runs=['a','b c','d']", "seed=1") and typed.multirun
    with pytest.raises(UserError, match="a: not a setting"):
        split_arguments(["a"])


def test_an_override_is_no_folder(tmp_path, monkeypatch):
    """But in front of the overrides an existing folder is one, whatever its name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "by=x").mkdir()
    assert split_arguments(["by=x"], "runs").overrides == ("runs=['by=x']",)
    assert split_arguments(["sort=y", "by=x"], "runs").overrides == ("sort=y", "by=x")
    assert split_arguments(["hydra/launcher=joblib"], "runs").overrides == ("hydra/launcher=joblib",)
    with pytest.raises(UserError, match="~: not a setting"):
        split_arguments(["~"], "runs")


def test_help_says_what_can_be_typed(gan):
    out = gan("compare", "--help").out
    assert "usage: gan compare [folders] [setting=value] [flags]" in out
    assert re.search(r"^  thumbnails=false ", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "answers"),
    [("gan compare outputs thu", ["thumbnails="]), ("gan compare a/b=c so", ["sort="]), ("gan compare csv=", [])],
)
def test_completion_behind_folders(gan, monkeypatch, line, answers):
    monkeypatch.setenv("COMP_LINE", line)
    assert gan("-sc", "query=bash").out.split() == answers


@pytest.mark.parametrize("columns", [80, 120])
def test_fits_the_terminal(gan, monkeypatch, tmp_path, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    a_map(tmp_path / "sweep")
    lines = gan("compare", "sweep").out.splitlines()
    own = [line for line in lines if "sweep/" not in line]  # only a terminal may break a path
    assert max(map(len, own)) <= columns and not [line for line in lines if "…" in line]
