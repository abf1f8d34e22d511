"""A stranger's run folder with links where the program writes and reads: refused, what is behind them untouched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_cli.errors import UserError
from gan_cli.session.folder_safety import refuse_unsafe_folder

FILES = (
    *(
        ".lock",
        ".stop",
        "config.yaml",
        "data.json",
        "metrics.jsonl",
        "overrides.txt",
        "status.json",
        "summary.json",
        "train.log",
    ),
    *("events.out.tfevents.1", "events.unfinished", "journal.log", "comparison.csv", "map.png", "map.pdf", ".slot-a-0"),
    *("samples/real.png", "samples/step_00000004.png", "checkpoints/step_00000004.pt", "checkpoints/best.pt"),
)
FOLDERS = ("samples", "checkpoints", "sampled", "evaluated", "encoded")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """What a person has beside the stranger's folder."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret").write_text("mine")
    return tmp_path / "home"


def plant(here: Path, name: str, make: Callable[[Path], None]) -> None:
    """Put something else in the place of an entry."""
    place = here / name
    place.parent.mkdir(exist_ok=True)
    if place.is_dir():
        place.rename(here / f"was-{name}")
    place.unlink(missing_ok=True)
    make(place)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_what_is_no_plain_file_is_refused(name: str, kind: str, tmp_path: Path, elsewhere: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    makers: dict[str, Callable[[Path], None]] = {
        "link": lambda place: place.symlink_to(elsewhere / "secret"),
        "dangling": lambda place: place.symlink_to(elsewhere / "new"),
        "pipe": lambda place: os.mkfifo(place),
        "folder": lambda place: place.mkdir(),
    }
    plant(here, name, makers[kind])
    what = {"link": "a link", "dangling": "a link", "pipe": "a pipe", "folder": "a folder"}[kind]
    with pytest.raises(UserError, match=f"{Path(name).name}: {what} is in the place of a file"):
        refuse_unsafe_folder(here)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_link_in_the_place_of_a_folder_is_refused(name: str, tmp_path: Path, elsewhere: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / name).symlink_to(elsewhere)
    with pytest.raises(UserError, match=f"{name}: a link is in the place of a folder"):
        refuse_unsafe_folder(here)


@pytest.mark.parametrize("name", [".lock", "train.log", "journal.log"])
def test_a_second_name_of_a_file_that_is_written_in_place_is_refused(
    name: str, tmp_path: Path, elsewhere: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    os.link(elsewhere / "secret", here / name)
    with pytest.raises(UserError, match="second name"):
        refuse_unsafe_folder(here)


def test_the_folder_itself_and_those_above_may_lie_behind_links(gan, here: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    here.rename(tmp_path / "disk" / "run")
    (tmp_path / "quick").symlink_to(tmp_path / "disk")
    (tmp_path / "mine").symlink_to(tmp_path / "quick" / "run")
    assert gan("train", "run=mine", "trainer.steps=6").code == 0
    assert gan("train", "run=quick/run", "trainer.steps=7").code == 0
    assert gan("sample", "run=mine", "num=2", "formats=[grid]").code == 0
    assert (tmp_path / "disk" / "run" / "checkpoints" / "step_00000007.pt").is_file()
    assert list((tmp_path / "disk" / "run" / "sampled").rglob("grid.png"))


@pytest.mark.parametrize("name", ["train.log", ".lock", "status.json", "config.yaml", "checkpoints/step_00000004.pt"])
@pytest.mark.parametrize("verb", ["train", "sample", "evaluate"])
def test_every_verb_refuses_before_it_writes(
    verb: str, name: str, refused, here: Path, elsewhere: Path, tmp_path: Path
) -> None:
    plant(here, name, lambda place: place.symlink_to(elsewhere / "secret"))
    before = sorted(tmp_path.rglob("*"))
    message = refused(verb, "run=here", *(["trainer.steps=6"] if verb == "train" else []))
    assert f"{Path(name).name}: a link is in the place of a file" in message
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["samples", "checkpoints", "train.log", "status.json", ".lock"])
def test_a_new_run_beside_planted_links_is_refused(name: str, refused, tmp_path: Path, elsewhere: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / name).symlink_to(elsewhere if "." not in name else elsewhere / "secret")
    assert "a link is in the place of a" in refused("train", "run=new")
