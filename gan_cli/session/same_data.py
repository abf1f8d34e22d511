"""The data of a run: make the path of its folder absolute, and notice if the files change after the run started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gan_cli.config.check import Node
from gan_cli.data.base import Split
from gan_cli.disk.reading import read_json
from gan_cli.errors import UserError
from gan_cli.session.folder import write_json

DATA = "data.json"
"""File that describes a run's data at its start, for sources whose files may change."""

ROOT = "data.root"


def with_absolute_root(config: Node) -> Node:
    """Return the settings with an absolute `data.root`, so that the run finds it when resumed from another folder."""
    data = config.get("data")
    root = data.get("root") if isinstance(data, dict) else None
    if not isinstance(root, str) or not root or "://" in root:
        return config
    home = os.path.expanduser(root)
    if home.startswith("~"):  # there is no such user
        return config
    try:
        return {**config, "data": {**config["data"], "root": os.path.abspath(home)}}
    except OSError:  # the current folder was deleted
        return config


def may_change_root(config: Node) -> bool:
    """Whether `data.root` may change on resume. It may for our own sources, as the program then compares the data."""
    return str(config["data"].get("_target_")).startswith("gan_cli.")


@contextmanager
def hint_if_data_moved(config: Node) -> Iterator[None]:
    """If a resumed run does not find its data folder, add a remedy to the error in case the folder was moved.

    Raises:
        UserError: the error of the block, with the remedy.
    """
    try:
        yield
    except UserError as error:
        root = config["data"].get("root")
        if not isinstance(root, str) or os.path.lexists(root) or root not in str(error):
            raise
        raise UserError(
            f"{error}\nIf it was moved, a link in its place will do: ln -s <where it is now> {root}"
        ) from error


def confirm(folder: Path, split: Split) -> None:
    """Refuse to resume a run with other data than at its start, because the order of the samples would differ.

    Raises:
        UserError: names or sizes of the files differ from those at the start.
    """
    words = changed(folder, split)
    if words:
        same_count = _count(read_json(folder / DATA)) == _count(_facts(split))
        anyway = f", or delete {folder / DATA} to go on all the same" if same_count else ""
        raise UserError(f"run={folder}: {words}.\nRestore them, begin a new run{anyway}.")


def changed(folder: Path, split: Split) -> str:
    """Describe how the data differ from those at the start of the run; empty if they are the same or not known."""
    before, now = read_json(folder / DATA), _facts(split)
    if now is None or not before.get("identity") or before["identity"] == now["identity"]:
        return ""
    then, since = _count(before), _count(now)
    told = f"{then} then, {since} now" if then != since else f"{since} as before"
    return f"the files in {ROOT} are not those of the start of the run (by name and size; {told})"


def record(folder: Path, split: Split) -> None:
    """Write a description of the data into the run folder, for `confirm`."""
    facts = _facts(split)
    if facts is not None:
        write_json(folder / DATA, facts)


def _count(facts: Mapping[str, Any] | None) -> int:
    counts = [(facts or {}).get(part) for part in ("train", "held_out")]
    return sum(count for count in counts if isinstance(count, int))


def _facts(split: Split) -> dict[str, Any] | None:
    if split.identity is None:
        return None
    held = 0 if split.holdout is None else len(split.holdout)
    return {"identity": split.identity, "train": len(split.train), "held_out": held}
