from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gan_cli.config.run_folders import newest_run
from gan_cli.config.runs import _RAMP, differences, flatten, load_run, read_settings, save_run
from gan_cli.errors import UserError
from gan_cli.schedule import Ramp


def root(*, run: str, seed: int, loss: dict[str, Any]) -> None: ...


SETTINGS = {"run": "somewhere", "seed": 3, "loss": {"_target_": "gan_cli.losses.NonSaturating", "smoothing": 1e-05}}


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    save_run(tmp_path, SETTINGS, ["seed=3"])
    assert load_run(tmp_path, root) == {**SETTINGS, "run": str(tmp_path)}
    assert (tmp_path / "overrides.txt").read_text() == "seed=3\n"


def test_a_folder_without_config_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a run folder"):
        read_settings(tmp_path)


def test_a_run_is_its_own_newest_run_whatever_lies_in_it(tmp_path: Path) -> None:
    for name in ("a", "b", "a/cure/x"):
        (tmp_path / name).mkdir(parents=True)
        save_run(tmp_path / name, SETTINGS, [])
        os.utime(tmp_path / name / "config.yaml", (len(name), len(name)))
    assert newest_run(tmp_path / "a") == tmp_path / "a"
    os.utime(tmp_path / "b" / "config.yaml", (9, 9))
    assert newest_run(tmp_path) == tmp_path / "b"


@pytest.mark.parametrize("target", ["os.system", "gan_cli.config.runs.Path", "gan_cli.cli.os.system"])
def test_a_config_that_names_other_classes_is_refused(tmp_path: Path, target: str) -> None:
    save_run(tmp_path, {**SETTINGS, "loss": {"_target_": target}}, [])
    with pytest.raises(UserError, match="not trusted"):
        load_run(tmp_path, root)


def test_python_tags_and_interpolations_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("seed: !!python/object/apply:os.system ['touch owned']\n")
    with pytest.raises(UserError, match="cannot be read as plain YAML"):
        read_settings(tmp_path)
    (tmp_path / "config.yaml").write_text("seed: ${oc.env:HOME}\n")
    assert read_settings(tmp_path)["seed"] == "${oc.env:HOME}"


def test_differences_name_setting_and_both_values() -> None:
    asked = {"run": "elsewhere", "seed": 4, "loss": {**SETTINGS["loss"], "new": 1}}  # type: ignore[dict-item]
    found = differences(SETTINGS, asked)
    assert [(p.setting, p.value, p.remedy) for p in found] == [("seed", 4, "the run has 3")]


def test_what_is_added_to_a_list_or_a_ramp_is_a_difference() -> None:
    ramp = {"start": 1, "end": 0, "steps": 9}
    saved = {"balance": {"ema": {"decay": 0.9}, "r1": {"gamma": ramp}}, "trainer": {"steps": 3}}
    asked = {
        "balance": {"ema": {"decay": 0.9}, "r1": {"gamma": {**ramp, "after": 5}}, "freeze": {"start": 0}},
        "trainer": {"steps": 3, "invented_later": 1},
    }
    assert [problem.setting for problem in differences(saved, asked)] == ["balance.freeze", "balance.r1.gamma.after"]
    assert differences({**saved, "balance": None}, saved)[-1].setting == "balance.r1", "a folder may hold anything"
    assert differences(saved, saved) == [] and set(Ramp.__annotations__) == _RAMP


def test_flatten() -> None:
    assert dict(flatten({"a": {"b": 1, "c": {}}, "d": [2]})) == {"a.b": 1, "a.c": {}, "d": [2]}


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "1: 2", "seed: " + "9" * 5000, "[" * 5000, "x" * 2**21, "a: 2001-01-01"]
)
def test_a_config_that_is_no_plain_data_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UserError, match="config.yaml cannot be read as plain YAML") as caught:
        read_settings(tmp_path)
    assert len(str(caught.value).splitlines()) == 1
