"""Files whole or absent, folders, links that are not followed, and what a process takes back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gan_cli.disk.place import UnsafeEntryError, current_path, fence, held
from gan_cli.disk.reading import names_in, open_plain, read_bytes, read_json
from gan_cli.disk.writing import (
    all_or_nothing,
    append_to,
    make_folder,
    remove,
    remove_unfinished,
    replace_file,
    replacing,
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("mine")
    return tmp_path / "outside"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    fence(tmp_path / "run")
    return tmp_path / "run"


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(run: Path, outside: Path) -> None:
    (run / "a").symlink_to(outside / "file")
    replace_file(run / "a", [b"new"])
    assert (run / "a").read_bytes() == b"new"
    assert not (run / "a").is_symlink()
    assert (outside / "file").read_text() == "mine"


def test_a_second_name_of_a_file_is_parted_from_it(run: Path, outside: Path) -> None:
    os.link(outside / "file", run / "a")
    replace_file(run / "a", [b"new"])
    assert (outside / "file").read_text() == "mine"


@pytest.mark.parametrize("target", ["file", "not there"])
def test_nothing_is_appended_behind_a_link(run: Path, outside: Path, target: str) -> None:
    (run / "a").symlink_to(outside / target)
    with pytest.raises(UnsafeEntryError, match="a: a link is in the place of a file"):
        append_to(run / "a")
    assert [path.name for path in outside.iterdir()] == ["file"]


def test_nothing_is_appended_to_a_second_name_or_a_pipe(run: Path, outside: Path) -> None:
    os.link(outside / "file", run / "a")
    os.mkfifo(run / "b")
    for name, words in (("a", "second name"), ("b", "a pipe is in the place")):
        with pytest.raises(UnsafeEntryError, match=words):
            append_to(run / name)


def test_no_folder_inside_a_fence_is_reached_through_a_link(run: Path, outside: Path) -> None:
    (run / "samples").symlink_to(outside)
    for act in (
        lambda: replace_file(run / "samples" / "a.png", [b""]),
        lambda: append_to(run / "samples" / "a.png"),
        lambda: make_folder(run / "samples"),
        lambda: make_folder(run / "samples" / "more"),
        lambda: remove(run / "samples" / "file"),
        lambda: open_plain(run / "samples" / "file"),
        lambda: names_in(run / "samples"),
    ):
        with pytest.raises(UnsafeEntryError, match="samples: a link is in the place of a folder"):
            act()
    assert [path.name for path in outside.iterdir()] == ["file"]


def test_links_outside_of_fences_are_a_persons_own(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "way").symlink_to(outside)
    make_folder(tmp_path / "way" / "a" / "b")
    replace_file(tmp_path / "way" / "a" / "b" / "c", [b"1"])
    assert (outside / "a" / "b" / "c").read_bytes() == b"1"


def test_deleting_takes_the_link_and_leaves_what_it_leads_to(run: Path, outside: Path) -> None:
    (run / "a").symlink_to(outside / "file")
    remove(run / "a")
    remove(run / "a")
    assert names_in(run) == []
    assert (outside / "file").exists()


def test_an_error_leaves_the_old_file_and_nothing_beside_it(run: Path) -> None:
    replace_file(run / "a", [b"old"])

    def chunks():
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device") as caught:
        replace_file(run / "a", chunks())
    assert caught.value.filename == str(run / "a")
    assert names_in(run) == ["a"]
    assert read_bytes(run / "a") == b"old"


def test_two_who_write_one_file_at_once_both_end_well(run: Path) -> None:
    with replacing(run / "a") as first, replacing(run / "a") as second:
        first.write(b"1")
        second.write(b"2")
    assert read_bytes(run / "a") == b"1"
    assert names_in(run) == ["a"]


def test_what_a_kill_left_unfinished_is_swept_up(run: Path) -> None:
    (run / ".gan-0123.partial").write_bytes(b"half")
    (run / ".mine.partial").write_bytes(b"whole")
    remove_unfinished(run)
    assert names_in(run) == [".mine.partial"]


def test_new_files_have_the_rights_that_the_person_gives_to_all_files(run: Path) -> None:
    (run / "theirs").touch()
    replace_file(run / "ours", [b""])
    assert stat.S_IMODE((run / "ours").stat().st_mode) == stat.S_IMODE((run / "theirs").stat().st_mode)


def test_a_held_folder_is_written_to_where_it_was_moved(run: Path, tmp_path: Path) -> None:
    (run / "samples").mkdir()
    with held(run):
        run.rename(tmp_path / "moved")
        run.mkdir()  # somebody else's, of the same name
        replace_file(run / "samples" / "a", [b"1"])
        assert names_in(run / "samples") == ["a"]
        assert current_path(run) == tmp_path / "moved"
    assert (tmp_path / "moved" / "samples" / "a").read_bytes() == b"1"
    assert list(run.iterdir()) == []


def test_only_what_this_process_made_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "mine").write_text("1")
    folder = tmp_path / "old" / "new" / "deep"
    with pytest.raises(ValueError, match="late"), all_or_nothing(folder):
        make_folder(folder)
        replace_file(folder / "a", [b""])
        append_to(folder / "b").close()
        raise ValueError("late")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["mine"]


def test_what_somebody_else_put_beside_it_stays(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with pytest.raises(ValueError, match="late"), all_or_nothing(folder):
        make_folder(folder)
        (folder / "theirs").write_text("1")
        replace_file(folder / "a", [b""])
        raise ValueError("late")
    assert [path.name for path in folder.iterdir()] == ["theirs"]


def test_a_file_that_was_replaced_is_not_taken_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(ValueError, match="late"), all_or_nothing(tmp_path):
        replace_file(tmp_path / "a", [b"new"])
        raise ValueError("late")
    assert (tmp_path / "a").exists()


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"\xff\xfe", b'"text"', b"[" * 100_000, b"1" * 5000, b"NaN"])
def test_json_that_is_no_object_of_ours_is_passed_over(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "status.json").write_bytes(text)
    assert read_json(tmp_path / "status.json") == {}


def test_a_pipe_makes_nobody_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "status.json")
    assert read_json(tmp_path / "status.json") == {}
    with pytest.raises(UnsafeEntryError, match="a pipe"):
        open_plain(tmp_path / "status.json", follow=True)
