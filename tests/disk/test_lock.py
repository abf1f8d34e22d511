"""Processes wait for each other at a lock file."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from gan_cli.disk.lock import in_turn


def test_the_file_is_locked_inside_and_free_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.lock"
    with in_turn(path), path.open("a") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_place_that_cannot_be_written_to_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with in_turn(tmp_path / "file" / "a.lock"):
        pass
