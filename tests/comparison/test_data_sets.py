"""Runs on different data are never ranked in one list."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from run_folders import swept_run, write_run, write_sweep
from test_groups import ROW

from gan_cli.comparison.compare import comparisons
from gan_cli.comparison.data_sets import UNKNOWN, by_data
from gan_cli.comparison.document import csv_text, document
from gan_cli.comparison.request import Request, deliver
from gan_cli.comparison.rows import Row
from gan_cli.comparison.table import markdown
from gan_cli.config.folders import config_dir
from gan_cli.errors import SettingError

MNIST = {"data._target_": "gan_cli.data.mnist.MNIST"}
PHOTOS = {"data._target_": "gan_cli.data.folder.Folder", "data.size": 64}


def row(settings: dict[str, Any], typed: dict[str, Any] | None = None) -> Row:
    return replace(ROW, settings=settings, typed=typed or {})


def names(*rows: Row) -> dict[str, int]:
    return {name: len(members) for name, members in by_data(rows).items()}


DIGITS = {"data._target_": "gan_cli.data.digits.Digits"}
RING = {"data._target_": "gan_cli.data.ring.Ring"}
OWN = {"data._target_": "mine.Pairs"}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (MNIST, MNIST, {"data=mnist": 2}),
        (MNIST, DIGITS, {"data=mnist": 1, "data=digits": 1}),
        (
            {**MNIST, "data.size": 28},
            {**MNIST, "data.size": 32},
            {"data=mnist data.size=28": 1, "data=mnist data.size=32": 1},
        ),
        (
            {**MNIST, "data.classes": [3, 8]},
            {**MNIST, "data.classes": None},
            {"data=mnist data.classes=[3,8]": 1, "data=mnist data.classes=null": 1},
        ),
        # where a fetched set lies, how much of it is taken and which draw of it change nothing
        (
            {**MNIST, "data.root": "/a", "data.limit": 100},
            {**MNIST, "data.root": None, "data.holdout": 0.2},
            {"data=mnist": 2},
        ),
        ({"data.modes": 8, **RING, "data.seed": 1}, {"data.modes": 8.0, **RING, "data.seed": 2}, {"data=ring": 2}),
        (
            {**PHOTOS, "data.root": "/cats"},
            {**PHOTOS, "data.root": "/dogs"},
            {"data=folder data.root=/cats": 1, "data=folder data.root=/dogs": 1},
        ),
        ({**PHOTOS, "data.root": "/cats"}, {**PHOTOS, "data.root": "/cats"}, {"data=folder": 2}),
        (
            {"data._target_": "gan_cli.data.sounds.Sounds", "data.root": "/cats"},
            {"data._target_": "gan_cli.data.sounds.Sounds", "data.root": "/birds"},
            {"data=sounds data.root=/cats": 1, "data=sounds data.root=/birds": 1},
        ),
        (
            {**OWN, "data.root": "/a"},
            {**OWN, "data.root": "/b"},
            {"data=Pairs data.root=/a": 1, "data=Pairs data.root=/b": 1},
        ),
        # a setting that came later than a run, two classes of one name, numbers that differ late
        (MNIST, {**MNIST, "data.classes": None}, {"data=mnist": 2}),
        (MNIST, {**MNIST, "data.classes": [3]}, {"data=mnist": 1, "data=mnist data.classes=[3]": 1}),
        (OWN, {"data._target_": "theirs.Pairs"}, {"data=mine.Pairs": 1, "data=theirs.Pairs": 1}),
        (
            {**RING, "data.sigma": 0.0100001},
            {**RING, "data.sigma": 0.0100002},
            {"data=ring data.sigma=0.0100001": 1, "data=ring data.sigma=0.0100002": 1},
        ),
    ],
)
def test_what_the_data_are(one: dict[str, Any], other: dict[str, Any], found: dict[str, int]) -> None:
    assert names(row(one), row(other)) == found


@pytest.mark.parametrize("path", sorted((config_dir() / "data").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_choice_is_named_as_it_is_typed_and_own_data_by_their_folder(path: Path) -> None:
    text = path.read_text()
    target = yaml.safe_load(text)["_target_"]
    one, other = (row({"data._target_": target, "data.root": root}) for root in ("/a", "/b"))
    if "It must be given" in text:
        assert names(one, other) == {f"data={path.stem} data.root=/a": 1, f"data={path.stem} data.root=/b": 1}
    else:
        assert names(one, other) == {f"data={path.stem}": 2}


def test_runs_without_settings_join_the_set_that_they_can_only_belong_to() -> None:
    assert names(row(MNIST), row({})) == {"data=mnist": 2}
    assert names(row(MNIST), row(DIGITS), row({})) == {"data=mnist": 1, "data=digits": 1, UNKNOWN: 1}
    assert names(row(MNIST), row({"data": "mnist"}), row(DIGITS), row({}, {"data": "digits"})) == {
        "data=mnist": 2, "data=digits": 2,
    }  # fmt: skip
    assert names(row({}, {"data": "ring"})) == {"data=ring": 1}


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """MNIST with worse figures than digits; both over two depths."""
    for depth in (1, 2):
        for name, energy, data in (("digits", 0.01, {}), ("mnist", 0.3, MNIST)):
            settings = {"generator.depth": depth, **data}
            write_run(tmp_path / name / str(depth), settings, [f"generator.depth={depth}"], energy=energy * depth)
    return tmp_path


def test_a_list_for_each_data_set_with_a_best_of_its_own(two: Path) -> None:
    lists = comparisons([two])
    assert [found.data for found in lists] == ["data=digits", "data=mnist"]
    for found, name in zip(lists, ("digits", "mnist"), strict=True):
        assert [axis.key for axis in found.axes] == ["generator.depth"]
        assert found.best is not None and found.best[1].folder == two / name / "1"
        assert {row.folder.parent.name for row in found.rows} == {name}


def test_the_files_keep_data_sets_apart(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lists, sets = comparisons([two]), ("digits", "mnist")
    lines = list(csv.DictReader(io.StringIO(csv_text(lists))))
    assert [line["data"] for line in lines] == ["data=digits"] * 2 + ["data=mnist"] * 2
    assert [line["folders"] for line in lines] == [str(two / name / depth) for name in sets for depth in "12"]
    told = json.loads(json.dumps(document(lists)))
    assert [each["best_run"] for each in told["lists"]] == [str(two / name / "1") for name in sets]
    assert [group["data"] for group in told["groups"]] == [run["data"] for run in told["runs"]]
    sections = markdown(lists).split("## ")[1:]
    assert [section.splitlines()[0] for section in sections] == ["data=digits", "data=mnist"]
    written = deliver(Request(runs=["x"], figure="out/map.png"), lists)
    assert {path.name for path in written} == {f"map-{name}.{kind}" for name in sets for kind in ("png", "pdf")}


def test_what_is_asked_for_needs_to_be_known_of_one_data_set(two: Path) -> None:
    write_run(two / "ring", RING, energy=None, values={"balance/distance": 0.2})
    lists = comparisons([two], by="energy_distance", sort="generator.depth")
    decide = ["metric/energy_distance", "metric/energy_distance", "balance/distance"]
    assert [found.by and found.by.tag for found in lists] == decide
    with pytest.raises(SettingError, match="no run has it"):
        comparisons([two], by="fid")
    with pytest.raises(SettingError, match="nothing to sort by"):
        comparisons([two], sort="colour")


def test_points_of_a_sweep_over_data_that_have_not_begun(tmp_path: Path) -> None:
    points = [
        swept_run(tmp_path, {"seed": 0, **MNIST}),
        {"folder": "a", "overrides": ["data=mnist", "seed=1"], "status": "waiting"},
    ]
    (found,) = comparisons([write_sweep(tmp_path, points)])
    assert [row.status for row in found.rows] == ["done", "waiting"]
