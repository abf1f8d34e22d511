"""What there is of a kind, found in configs/ as the program finds it: a new one is tested with the others."""

from __future__ import annotations

from typing import Any

import yaml

from gan_cli.config.folders import config_dir, groups
from gan_cli.config.targets import resolve
from gan_cli.game import Loss


def _classes(group: str) -> list[type[Any]]:
    """The classes that the choices of a group name, each once."""
    loaded = (yaml.safe_load(path.read_text("utf-8")) for path in groups([config_dir()])[group].values())
    nodes = (node for choice in loaded for node in ([choice] if "_target_" in choice else choice.values()))
    return list(dict.fromkeys(resolve(node["_target_"]) for node in nodes))


LOSSES: list[Loss] = [loss() for loss in _classes("loss")]
OPTIMIZERS = _classes("optim")
