"""The data of a run: the same folder from anywhere, and noticed when its files are no longer those of the beginning."""

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
"""What a run's data were when it began, for sources whose files may change."""

ROOT = "data.root"


def placed(config: Node) -> Node:
    """The settings with `data.root` in full, so that it means the same folder wherever the run goes on."""
    data = config.get("data")
    root = data.get("root") if isinstance(data, dict) else None
    if not isinstance(root, str) or not root or "://" in root:
        return config
    home = os.path.expanduser(root)
    if home.startswith("~"):  # of nobody
        return config
    try:
        return {**config, "data": {**config["data"], "root": os.path.abspath(home)}}
    except OSError:  # the current folder is gone
        return config


def may_lie_elsewhere(config: Node) -> bool:
    """Whether another `data.root` can hold the same data, which the program then makes sure of."""
    return str(config["data"].get("_target_")).startswith("gan_cli.")


@contextmanager
def missed(config: Node) -> Iterator[None]:
    """Where a run that goes on does not find its folder of data, say what helps if it was moved.

    Raises:
        UserError: that of the body, with the remedy.
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
    """Make sure that a run goes on with the data that it began with; the order of the samples would differ.

    Raises:
        UserError: names or sizes of the files differ from those of the beginning.
    """
    words = changed(folder, split)
    if words:
        same_count = _count(read_json(folder / DATA)) == _count(_facts(split))
        anyway = f", or delete {folder / DATA} to go on all the same" if same_count else ""
        raise UserError(f"run={folder}: {words}.\nRestore them, begin a new run{anyway}.")


def changed(folder: Path, split: Split) -> str:
    """Whether the data are no longer those that a run began with, in words; empty if they are, or nobody knows."""
    before, now = read_json(folder / DATA), _facts(split)
    if now is None or not before.get("identity") or before["identity"] == now["identity"]:
        return ""
    then, since = _count(before), _count(now)
    told = f"{then} then, {since} now" if then != since else f"{since} as before"
    return f"the files in {ROOT} are not those that it began with (by name and size; {told})"


def record(folder: Path, split: Split) -> None:
    """Write down what the data are, for `confirm`."""
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
