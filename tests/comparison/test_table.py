"""From folders to a table, a CSV file, Markdown and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from run_folders import swept_run, write_run, write_sweep

from gan_cli.comparison.compare import Comparison, comparisons
from gan_cli.comparison.document import csv_text, document
from gan_cli.comparison.request import Request, refuse
from gan_cli.comparison.table import columns, findings, heading, markdown
from gan_cli.errors import SettingError, UserError

DEPTHS = (1, 2, 10)


def compare(*folders: list[Path], **asked: Any) -> Comparison:
    """Of runs on one data set."""
    (found,) = comparisons(*folders, **asked)
    return found


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Depths of G with three seeds each: of 2 one diverged, of 10 nothing has begun but a failure."""
    folder = tmp_path / "sweep"
    points = [
        swept_run(folder, {"generator.depth": 1, "seed": s}, energy=e, accuracy=0.9, verdict="mode_collapse")
        for s, e in enumerate((0.5, 0.6, 0.7))
    ]
    points += [swept_run(folder, {"generator.depth": 2, "seed": s}, energy=0.1 + 0.2 * s) for s in (0, 1)]
    points += [
        swept_run(folder, {"generator.depth": 2, "seed": 2}, status="diverged", verdict="diverged", energy="nan"),
        {"folder": "a", "overrides": ["generator.depth=10", "seed=0"], "status": "failed", "reason": "no | memory"},
        {"folder": "b", "overrides": ["generator.depth=10", "seed=1"], "status": "waiting"},
    ]
    return write_sweep(folder, points)


def test_groups_stand_in_order_best_first(sweep: Path) -> None:
    found = compare([sweep])
    assert [group.at for group in found.groups] == [{"generator.depth": depth} for depth in (2, 1, 10)]
    assert found.by is not None and found.by.name == "energy_distance"
    first = found.groups[0].value(found.by.tag)
    assert first is not None and (first.mean, first.n) == (pytest.approx(0.2), 2)
    assert first.std == pytest.approx(math.sqrt(0.02))
    assert {state: s.n for state, s in found.verdicts.items()} == {"balanced": 2, "mode_collapse": 3}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("generator.depth", [1, 2, 10]),
        ("accuracy", [2, 1, 10]),
        ("energy_distance", [2, 1, 10]),
        ("metric/energy_distance", [2, 1, 10]),
        ("seconds", [1, 2, 10]),
        ("capacity", [1, 2, 10]),
    ],
)
def test_other_orders(sweep: Path, sort: str, order: list[int]) -> None:
    assert [group.at["generator.depth"] for group in compare([sweep], sort=sort).groups] == order


def test_nothing_to_sort_by(sweep: Path) -> None:
    with pytest.raises(SettingError, match="sort=colour: nothing to sort by; there are generator.depth, accuracy"):
        compare([sweep], sort="colour")


def test_a_metric_that_grows_is_best_on_top(tmp_path: Path) -> None:
    modes = {"metric.measures.modes._target_": "gan_cli.metrics.modes.Modes"}
    for depth in (1, 2, 3):
        values = {"metric/modes": 8.0 - (depth - 2) ** 2}
        write_run(tmp_path / str(depth), {"generator.depth": depth, **modes}, [f"x.y={depth}"], values=values)
    found = compare([tmp_path], by="modes")
    assert [group.at["x.y"] for group in found.groups] == [2, 1, 3]
    assert [measure.name for measure in found.measures] == ["modes", "energy_distance"]


def test_the_table(sweep: Path) -> None:
    found = compare([sweep])
    cells = {column.title: column.cells for column in columns(found)}
    assert cells["generator.depth"] == ["2", "1", "10"]
    assert cells["runs"] == ["2 of 3", "3", "0 of 2"]
    assert cells["energy_distance"] == ["0.200 ± 0.141", "0.600 ± 0.100", ""]
    assert cells["verdict"] == ["balanced 2/3", "mode collapse", ""]
    assert cells["D's accuracy"] == ["80 ± 0 %", "90 ± 0 %", ""]
    assert cells["D/G"] == ["0.5", "0.5", ""] and cells["time"] == ["10 s", "10 s", ""]
    assert cells["status"] == ["2 done, 1 diverged", "done", "1 failed, 1 waiting: no | memory"]
    assert heading(found) == "data=digits: 8 runs of 3 settings: 5 done, 1 diverged, 1 failed, 1 waiting"
    assert dict(findings(found))["by verdict"] == "balanced 0.200 ± 0.141 (2), mode collapse 0.600 ± 0.100 (3)"


def test_runs_apart(sweep: Path) -> None:
    found = compare([sweep], apart=True)
    cells = {column.title: column.cells for column in columns(found)}
    assert len(cells["seed"]) == 8 and cells["energy_distance"][0] == "0.100"
    assert heading(found).startswith("data=digits: 8 runs: ")


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_can_be_read_back(sweep: Path) -> None:
    found = compare([sweep])
    lines = read(csv_text([found]))
    for line, group in zip(lines, found.groups, strict=True):
        assert float(line["generator.depth"]) == group.at["generator.depth"]
        value = group.value("metric/energy_distance")
        if value is None:
            assert (line["energy_distance_mean"], line["energy_distance_n"]) == ("", "0")
        else:
            assert (float(line["energy_distance_mean"]), float(line["energy_distance_std"])) == (value.mean, value.std)
    assert [line["runs"] for line in lines] == ["3", "3", "2"]
    assert [(line["done"], line["diverged"], line["waiting"]) for line in lines] == [
        ("2", "1", "0"), ("3", "0", "0"), ("0", "0", "1")
    ]  # fmt: skip
    assert lines[2]["reasons"] == "no | memory" and lines[0]["verdicts"] == "balanced:2 diverged:1"
    assert (lines[0]["verdict"], lines[0]["verdict_runs"], lines[2]["verdict"]) == ("balanced", "2", "")


@pytest.mark.parametrize("name", ["a,b", 'say "x"', "two\nlines", "ünïcode", "=1+1"])
def test_csv_holds_any_value(tmp_path: Path, name: str) -> None:
    for place, value in enumerate((name, "other")):
        write_run(tmp_path / str(place), {"name": value, "loss.kind": value}, ["loss.kind=x"])
    (line, _) = read(csv_text([compare([tmp_path], sort="loss.kind")]))
    assert line["loss.kind"] == name


def test_markdown_is_a_table_whatever_it_holds(sweep: Path) -> None:
    lines = markdown([compare([sweep])]).splitlines()
    bars = {line.replace("\\|", "").count("|") for line in lines[:5]}
    assert len(bars) == 1 and lines[1].startswith("| ---: | ---: |")
    assert "1 failed, 1 waiting: no \\| memory" in lines[4]
    assert "sample standard deviation" in "\n".join(lines[5:])


def strict(text: str) -> Any:
    def refuse_constant(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse_constant)


def test_json_holds_groups_and_single_runs(sweep: Path) -> None:
    found = strict(json.dumps(document([compare([sweep])]), allow_nan=False))
    assert found["lists"][0]["axes"] == [{"setting": "generator.depth", "values": [1, 2, 10], "tied": []}]
    assert found["lists"][0]["by"] == {"tag": "metric/energy_distance", "better": "low"}
    assert found["groups"][1]["metrics"]["metric/energy_distance"] == {
        "mean": pytest.approx(0.6), "std": pytest.approx(0.1), "n": 3
    }  # fmt: skip
    assert [run["status"] for run in found["runs"]] == ["done"] * 5 + ["diverged", "failed", "waiting"]
    assert found["runs"][5]["values"]["metric/energy_distance"] is None  # nan
    assert found["lists"][0]["importance"] is None


def test_settings_that_json_lacks(tmp_path: Path) -> None:
    for place, text in enumerate((".inf", "'2026-11-22'", "[1, 2]")):
        folder = write_run(tmp_path / str(place), typed=["x.y=1"])
        with (folder / "config.yaml").open("a") as file:
            file.write(f"x:\n  y: {text}\n")
    found = strict(json.dumps(document([compare([tmp_path])]), allow_nan=False))
    assert {str(group["settings"]["x.y"]) for group in found["groups"]} == {"inf", "2026-11-22", "[1,2]"}


def test_two_axes_say_what_matters(tmp_path: Path) -> None:
    points = [
        swept_run(tmp_path, {"generator.depth": g, "discriminator.depth": d}, energy=0.1 * g)
        for g in (1, 2) for d in (1, 2)
    ]  # fmt: skip
    said = dict(findings(compare([write_sweep(tmp_path, points)])))["what matters"]
    assert said.startswith("generator.depth 100 %, ") and "functional ANOVA" in said


def request(**more: Any) -> Request:
    nothing = dict.fromkeys(("by", "sort", "csv", "markdown", "json", "figure", "tensorboard"))
    return Request(**{**nothing, "runs": ["x"], "apart": False, "thumbnails": False, **more})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"runs": []}, "name run folders, or the folder of a sweep"),
        ({"figure": "map.txt"}, "figure=map.txt: must end in .png or .pdf"),
        ({"figure": "map"}, "must end in .png or .pdf"),
        ({"csv": "folder"}, "csv=folder: is a folder; name a file"),
        ({"csv": "t.x", "json": "./t.x"}, "json=t.x: is asked for twice"),
        ({"markdown": "file/t.md"}, "is a file, not a folder"),
        ({"thumbnails": True}, "thumbnails=true: needs a picture"),
        ({"tensorboard": "run"}, "tensorboard=run: is a run, which has events of its own"),
        ({"tensorboard": "file"}, "is a file, not a folder"),
        ({"figure": "map.txt", "csv": "folder"}, "2 settings are wrong"),
    ],
)
def test_what_cannot_be_answered_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    write_run(tmp_path / "run")
    with pytest.raises(UserError, match=words):
        refuse(request(**asked))
