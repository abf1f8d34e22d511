"""The recipe that fits a data set, for commands that choose data and no networks.

A data set that the default recipe does not fit names another one in its YAML file: `# recipe: mlp`.
"""

from __future__ import annotations

from dataclasses import replace

from gan_cli.arguments import Arguments
from gan_cli.config.folders import fitting_recipe
from gan_cli.config.overrides import Vocabulary, parse, values_of

_DATA, _RECIPE = "data", "model"
_NETWORKS = frozenset({_RECIPE, "experiment", "sweep", "generator", "discriminator"})
"""Groups with which a command chooses networks itself."""


def fitted(typed: Arguments, words: Vocabulary) -> Arguments:
    """Add the recipe that fits the data of a command, if it chooses data and neither a recipe nor networks.

    Several data sets of a sweep must name the same recipe; else nothing is added.
    """
    if not {_DATA, _RECIPE} <= set(words.defaults):
        return typed
    parsed, _ = parse(typed.overrides)
    if not _NETWORKS.isdisjoint(each.key_or_group for each in parsed):
        return typed
    wanted = {_recipe_of(choice, words) for each in parsed if each.key_or_group == _DATA for choice in values_of(each)}
    recipe = wanted.pop() if len(wanted) == 1 else None
    return typed if recipe is None else replace(typed, overrides=(*typed.overrides, f"{_RECIPE}={recipe}"))


def _recipe_of(choice: object, words: Vocabulary) -> str | None:
    """Return the recipe that the file of a data set names; None if it names none."""
    path = words.known[_DATA].get(str(choice))
    return None if path is None else fitting_recipe(path)
