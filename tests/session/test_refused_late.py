"""A command that is refused after its folder was made takes away what it made itself, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SMALL

from gan_cli.data.digits import Digits
from gan_cli.errors import UserError


@pytest.fixture
def broken_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that turn out to be damaged when they are read, after all checks."""

    def load(self):
        raise UserError("the digits are damaged")

    monkeypatch.setattr(Digits, "load", load)


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.usefixtures("broken_data")
@pytest.mark.parametrize("name", ["train.log", "overrides.txt", "status.json", ".lock"])
def test_a_file_of_the_persons_stays(gan, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / "here").mkdir(parents=True)
    (tmp_path / "mine" / "here" / name).write_text("")
    result = gan("train", *SMALL, "run=mine/here")
    assert (result.code, result.err.count("the digits are damaged")) == (2, 1)
    assert contents(tmp_path) == ["mine", "mine/here", f"mine/here/{name}"]


@pytest.mark.usefixtures("broken_data")
@pytest.mark.parametrize("there", ["", "a", "a/b", "a/b/c"])
def test_folders_that_were_there_stay_and_new_ones_go(gan, tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = contents(tmp_path)
    assert gan("train", *SMALL, "run=a/b/c").code == 2
    assert contents(tmp_path) == before


@pytest.mark.parametrize("there", ["", "fakes", "fakes/deep"])
def test_samples_that_cannot_all_be_written_leave_nothing(gan, here: Path, tmp_path: Path, monkeypatch, there) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    (tmp_path / "mine").write_text("1")
    before = contents(tmp_path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_cli.sampling.export.np.savez_compressed", full)
    result = gan("sample", "run=here", "num=2", "out=fakes/deep")
    assert result.code == 2
    assert contents(tmp_path) == before
