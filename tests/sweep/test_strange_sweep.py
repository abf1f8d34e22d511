"""A stranger's sweep folder with links where a sweep writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SMALL

SWEEP = ("train", "-m", *SMALL, "metric=[]", "seed=0,1", "hydra.sweep.dir=s")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret").write_text("mine")
    return tmp_path / "home" / "secret"


@pytest.mark.parametrize("name", [".lock", "status.json", "comparison.csv", "map.png"])
def test_a_sweep_folder_with_links_is_refused(gan, tmp_path: Path, secret: Path, name: str) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / name).symlink_to(secret)
    result = gan(*SWEEP)
    assert result.code == 2, result.err
    assert f"{name}: a link is in the place of a file" in result.err
    assert secret.read_text() == "mine"
    assert [path.name for path in (tmp_path / "s").iterdir()] == [name]


@pytest.mark.parametrize("planted", ["train.log", ".stop", "status.json", "checkpoints", ""])
def test_no_point_writes_through_a_link(gan, tmp_path: Path, secret: Path, planted: str) -> None:
    point = tmp_path / "s" / "seed=1"
    (point if planted else point.parent).mkdir(parents=True)
    (point / planted).symlink_to(secret.parent if planted in ("", "checkpoints") else secret)
    result = gan(*SWEEP)
    assert result.code in (1, 2), result.err
    assert "Traceback" not in result.err
    assert secret.read_text() == "mine"
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]


def test_a_comparison_writes_through_no_link(gan, here: Path, tmp_path: Path, secret: Path) -> None:
    (tmp_path / "s").mkdir()
    here.rename(tmp_path / "s" / "run")
    (tmp_path / "s" / "table.csv").symlink_to(secret)
    (tmp_path / "s" / "all.json").symlink_to(secret.with_name("new"))
    result = gan("compare", "s", "csv=s/table.csv", "json=s/all.json")
    assert result.code == 0, result.err
    assert secret.read_text() == "mine"
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]
    assert not (tmp_path / "s" / "table.csv").is_symlink()
