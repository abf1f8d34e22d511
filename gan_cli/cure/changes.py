"""Settings and commands of a run with further overrides.

The settings of the run are not composed again from what was typed: its folder may be older than this program or from
another author. Only the settings of techniques that an override adds are composed, from this program's own choices.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from gan_cli.config.check import Node
from gan_cli.config.compose import TECHNIQUES
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.recompose import recomposed
from gan_cli.config.runs import CIRCUMSTANCES, typed_values
from gan_cli.errors import spell

_SCHEMA = "gan_cli.session.experiment.experiment"
_RECIPES = ("model", "experiment")
"""Groups whose choices may set the settings of techniques."""


def changed(config: Node, overrides: Sequence[str], typed: Sequence[str]) -> Node:
    """Return the settings of a run with overrides.

    Args:
        config: the settings.
        overrides: `key=value` for settings that the run has, or `balance=[...]`.
        typed: the overrides of the run; recipes among them set the settings of techniques that are added.

    Raises:
        UserError: a technique does not exist.
    """
    found = copy.deepcopy(config)
    for key, value in typed_values(overrides).items():
        if key == TECHNIQUES:
            found[TECHNIQUES] = _techniques(config[TECHNIQUES], _names(value), typed)
            continue
        node: Any = found
        *path, name = key.split(".")
        for part in path:
            node = node[part]
        node[name] = value
    return found


def merged(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Return the overrides of both: lists of techniques are united; of other settings that both set, `first` counts."""
    values = typed_values(first)
    for key, value in typed_values(second).items():
        if key == TECHNIQUES and key in values:
            values[key] = f"[{','.join(dict.fromkeys([*_names(values[key]), *_names(value)]))}]"
        values.setdefault(key, value)
    return tuple(f"{key}={spell(value)}" for key, value in values.items())


def command(typed: Sequence[str], overrides: Sequence[str]) -> tuple[str, ...]:
    """Return the overrides of a run with further ones, without those that the latter replace and without its folder.

    Settings of techniques that the latter take away are left out too.
    """
    replaced = {_key(override) for override in overrides} | CIRCUMSTANCES
    listed = typed_values(overrides).get(TECHNIQUES)
    here = None if listed is None else _names(listed)

    def is_kept(key: str) -> bool:
        group, *technique = key.split(".")[:2]
        gone = here is not None and group == TECHNIQUES and technique and technique[0] not in here
        return key not in replaced and not gone and not key.startswith("hydra")

    return (*(override for override in typed if is_kept(_key(override))), *overrides)


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def _names(listed: Any) -> list[str]:
    return [name for part in str(listed).strip("[]").split(",") if (name := part.strip())]


def _techniques(present: Node, names: Sequence[str], typed: Sequence[str]) -> Node:
    """Return the settings of techniques by name: those that the run has, and our own for those that it lacks."""
    added = [name for name in names if name not in present]
    if not added:
        return {name: present[name] for name in names}
    known = groups([config_dir()])
    recipes = [f"{key}={value}" for key, value in typed_values(typed).items() if value in known.get(key, ())]
    recipes = [recipe for recipe in recipes if recipe.partition("=")[0] in _RECIPES]
    composed = recomposed("train", _SCHEMA, recipes, [f"{TECHNIQUES}=[{','.join(added)}]"], [])
    return {name: present[name] if name in present else composed[TECHNIQUES][name] for name in names}
