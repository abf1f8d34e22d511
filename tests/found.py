"""What there is of a kind, found in configs/ as the program finds it: a new one is tested with the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from gan_cli.config.folders import config_dir, fitting, groups
from gan_cli.config.targets import resolve
from gan_cli.game import Loss


def _classes(group: str) -> list[type[Any]]:
    """The classes that the choices of a group name, each once."""
    loaded = (yaml.safe_load(path.read_text("utf-8")) for path in groups([config_dir()])[group].values())
    nodes = (node for choice in loaded for node in ([choice] if "_target_" in choice else choice.values()))
    return list(dict.fromkeys(resolve(node["_target_"]) for node in nodes))


_FEW = {"colours": ("data.limit=48",), "chirps": ("data.num_samples=48",), "solids": ("data.num_samples=48",)}


_LABELLED = ("data=fake", "data.shape=[1,8,8]", "data.num_samples=48", "data.num_classes=3")


def data_of(recipe: str) -> tuple[str, ...]:
    """Data for a recipe that takes only one kind, or labels: a few samples of those that it names."""
    name = fitting(groups([config_dir()])["model"][recipe], "data")
    if name is not None:
        return (f"data={name}", *_FEW[name])
    return _LABELLED if takes_labels(recipe) else ()


def takes_labels(recipe: str) -> bool:
    """Whether a recipe is for data with labels only."""
    return "override /condition" in groups([config_dir()])["model"][recipe].read_text("utf-8")


def command(usual: Sequence[str], typed: Sequence[str]) -> tuple[str, ...]:
    """Overrides after usual ones, whose data give way if the former choose data."""
    chooses = any(word.startswith("data=") for word in typed)
    return (*(word for word in usual if not (chooses and word.startswith("data"))), *typed)


LOSSES: list[Loss] = [loss() for loss in _classes("loss")]
OPTIMIZERS = _classes("optim")
