"""The recipe that fits a data set, and the data that fit a recipe, for commands that choose one of the two.

A data set that the default recipe does not fit names another one in its YAML file: `# model: mlp`. A recipe for one
kind of data names a data set: `# data: chirps`.
"""

from __future__ import annotations

from dataclasses import replace

from gan_cli.arguments import Arguments
from gan_cli.config.folders import fitting
from gan_cli.config.overrides import Vocabulary, parse, values_of

_DATA, _RECIPE = "data", "model"
_NETWORKS = frozenset({_RECIPE, "experiment", "sweep", "generator", "discriminator"})
"""Groups with which a command chooses networks itself."""
_CHOSEN = {_RECIPE: _NETWORKS, _DATA: frozenset({_DATA, "experiment", "sweep"})}
"""What is added only to commands that choose none of these groups."""


def fitted(typed: Arguments, words: Vocabulary) -> Arguments:
    """Add the recipe that fits the data of a command, or the data that fit its recipe, if it chooses only one of them.

    Several choices of a sweep must name the same; else nothing is added.
    """
    if not {_DATA, _RECIPE} <= set(words.defaults):
        return typed
    parsed, _ = parse(typed.overrides)
    typed_groups = {each.key_or_group for each in parsed}
    for added, asked in ((_RECIPE, _DATA), (_DATA, _RECIPE)):
        if asked in typed_groups and typed_groups.isdisjoint(_CHOSEN[added]):
            choices = (choice for each in parsed if each.key_or_group == asked for choice in values_of(each))
            wanted = {_named(added, asked, choice, words) for choice in choices}
            if len(wanted) == 1 and (name := wanted.pop()) is not None:
                return replace(typed, overrides=(*typed.overrides, f"{added}={name}"))
    return typed


def _named(added: str, asked: str, choice: object, words: Vocabulary) -> str | None:
    """Return the choice of one group that the file of a choice of another one names; None if it names none."""
    path = words.known[asked].get(str(choice))
    return None if path is None else fitting(path, added)
