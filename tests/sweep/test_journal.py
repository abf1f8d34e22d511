"""The journal of a search after a kill, a damaged disk or a stranger."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gan_cli.errors import UserError
from gan_cli.sweep.search import ready

pytest.importorskip("optuna")

from gan_cli.sweep.axes import read_axes  # noqa: E402
from gan_cli.sweep.search import Search  # noqa: E402
from gan_cli.sweep.space import Space  # noqa: E402

LINES = [b'{"op_code":0,"a":1}', b'{"op_code":4,"b":2}']


def journal(folder: Path, content: bytes) -> Path:
    (folder / "journal.log").write_bytes(content)
    return folder / "journal.log"


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = journal(tmp_path, b"\n".join([*LINES, b'{"op_code":4,"b"']))
    ready(tmp_path)
    assert path.read_bytes() == b"\n".join([*LINES, b""])


def test_a_whole_last_line_without_its_end_is_ended(tmp_path: Path) -> None:
    path = journal(tmp_path, b"\n".join(LINES))
    ready(tmp_path)
    assert path.read_bytes() == b"\n".join([*LINES, b""])


@pytest.mark.parametrize("line", [b"", b"\0\0\0", b"[1]", b'{"op_code":'])
def test_a_line_in_the_middle_is_named(tmp_path: Path, line: bytes) -> None:
    before = journal(tmp_path, b"\n".join([LINES[0], line, LINES[1], b""])).read_bytes()
    with pytest.raises(UserError, match="journal.log in it is damaged .line 2 of it cannot be read"):
        ready(tmp_path)
    assert (tmp_path / "journal.log").read_bytes() == before


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/null"), lambda path: path.mkdir()])
def test_what_is_no_file_is_refused(tmp_path: Path, make) -> None:
    make(tmp_path / "journal.log")
    with pytest.raises(UserError, match="is in the place of a file"):
        ready(tmp_path)


def search(folder: Path) -> Search:
    space = Space(read_axes({}, ["optim.generator.lr=interval(1e-4,1e-2)"]).swept)
    return Search(folder, space, ["minimize"], startup=1, seed=0, at_once=1, pruning=False)


@pytest.mark.parametrize("entry", [{"op_code": 99}, {"op_code": 4}, {"op_code": 6, "trial_id": 7}, {}])
def test_entries_that_optuna_cannot_make_sense_of_are_named(tmp_path: Path, entry: dict[str, int]) -> None:
    journal(tmp_path, json.dumps(entry).encode() + b"\n")
    with pytest.raises(UserError, match="journal.log in it is damaged"):
        search(tmp_path)
