"""Check typed overrides before Hydra uses them: unknown choices, null for a group, Hydra's own settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException

from gan_cli.arguments import Arguments
from gan_cli.config.axis import fault
from gan_cli.config.check import NEARLY, UNKNOWN
from gan_cli.config.compose import BY_NAME
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.hydras_own import ACTS_ON_SWEEPS, OF_SWEEPS, refused_of_hydra
from gan_cli.config.schema import did_you_mean
from gan_cli.errors import Problem, brief, spell
from gan_cli.synonyms import of_choice

Groups = Mapping[str, Mapping[str, Path]]
"""Choices of each group with their files."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Like SafeLoader, but nine times as fast: the user waits while this is read."""

OFF = "none"
"""In a group that has a choice of this name, null means this choice."""


@dataclass(frozen=True)
class Vocabulary:
    """The groups and choices of a verb.

    Attributes:
        known: every group with its choices, including the user's own.
        defaults: the default choice of each group that the verb chooses from.
    """

    known: Groups
    defaults: Mapping[str, str | list[str] | None]

    @classmethod
    def of(cls, verb: str, folders: Sequence[Path]) -> Vocabulary:
        """Read the vocabulary from the YAML files."""
        return cls(groups([*folders, config_dir()]), _defaults(verb))

    @property
    def own(self) -> Groups:
        """The groups that the verb chooses from."""
        return {group: choices for group, choices in self.known.items() if group in self.defaults}

    def chosen(self, parsed: Iterable[Override]) -> Iterator[tuple[str, str]]:
        """Yield group and choice of all that a command uses: the typed choices, and the defaults elsewhere."""
        typed = {each.key_or_group: values_of(each) for each in parsed if each.key_or_group in self.defaults}
        for group, values in ({group: [choice] for group, choice in self.defaults.items()} | typed).items():
            for value in values:
                yield from (
                    (group, str(choice)) for choice in (value if isinstance(value, list) else [value]) if choice
                )

    def has(self, group: str, choice: str) -> bool:
        """Whether a group has a choice, which may be in a subfolder: `data=mine/faces`."""
        place, _, name = f"{group}/{choice}".rpartition("/")
        return name in self.known.get(place, {})


def parse(overrides: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """Return the overrides that can be read, and a problem for each of the others."""
    parsed, problems = [], []
    for text in overrides:
        try:
            parsed.append(OverridesParser.create().parse_override(text))
        except HydraException:
            key, _, value = text.partition("=")
            remedy = f"cannot be read; close each bracket, or put the value in quotes: '{brief(key)}=\"...\"'"
            problems.append(Problem(key, value, remedy))
    return parsed, problems


def obeyed(typed: Arguments, words: Vocabulary) -> Arguments:
    """Replace null for a group, which Hydra does not understand, by an equivalent if the group can be left out."""
    return replace(typed, overrides=tuple(_said_otherwise(text, words) for text in typed.overrides))


def _said_otherwise(text: str, words: Vocabulary) -> str:
    key, equals, value = text.partition("=")
    group = key.removeprefix("~")
    if group not in words.defaults or not (value.lower() == "null" if group == key else not equals):
        return text
    default = words.defaults[group]
    if isinstance(default, list):
        return f"{group}=[]"
    if default is None:
        return f"~{group}"
    return f"{group}={OFF}" if words.has(group, OFF) else text


def wrong_words(override: Override, words: Vocabulary, typed: Arguments) -> Iterator[Problem]:
    """Yield what is wrong with one override alone, independent of the others."""
    group = override.key_or_group
    if (
        override.is_delete()
        and "." in group
        and not group.startswith("hydra")
        and group.rpartition(".")[0] not in BY_NAME
    ):
        yield Problem(group, "(nothing)", f"must be given: {group}=...; a setting cannot be removed with ~")
    elif said := fault(override):
        yield Problem(group, _typed(override), said)
    elif group.startswith("hydra"):
        yield from refused_of_hydra(override, typed)
    elif group in OF_SWEEPS and not (typed.multirun or typed.flags or _acts_alone(group, words, typed)):
        yield Problem(group, _typed(override), ACTS_ON_SWEEPS)
    elif group in words.known and override.is_delete():
        if override.value() not in (None, ""):
            yield Problem(group, _typed(override), f"a group is removed without a value: ~{group}")
    elif group in words.known and not isinstance(override.value(), dict):
        yield from _of_group(override, words)


def _acts_alone(setting: str, words: Vocabulary, typed: Arguments) -> bool:
    """Whether a setting of sweeps acts on this command: `gan cure` and `cure=true` have several attempts at a time."""
    return setting == "workers" and (typed.cures or "sweep" not in words.defaults)


def unknown_to_hydra(override: Override, known: Groups) -> Iterator[Problem]:
    """Yield a choice, such as a launcher, that is not ours; call this after Hydra did not find it either."""
    group, choice = override.key_or_group, _typed(override)
    if "/" in group and choice not in known.get(group, {choice: None}):
        yield Problem(group, choice, f"no such choice{did_you_mean(choice, known[group])} ({_there_are(known[group])})")


def _there_are(choices: Iterable[str]) -> str:
    return f"there are {', '.join(choices)}"


def _of_group(override: Override, words: Vocabulary) -> Iterator[Problem]:
    group = override.key_or_group
    if group not in words.defaults:
        yield Problem(group, _typed(override), f"{UNKNOWN}; --cfg job shows all settings")
        return
    if override.is_add():
        yield Problem(group, _typed(override), f"choices are typed without a plus: {group}={_typed(override)}")
    for value in values_of(override):
        yield from _of_choice(group, value, words)


def _of_choice(group: str, value: Any, words: Vocabulary) -> Iterator[Problem]:
    """Check one value typed for a group: a choice, or a list of choices if the group takes several."""
    listed, choices = words.defaults[group], words.known[group]
    if isinstance(listed, str) and isinstance(value, list) and len(value) != 1:
        yield Problem(group, spell(value), f"takes one choice ({_there_are(choices)})")
        return
    for choice in value if isinstance(value, list) else [value]:
        if choice is None:
            nothing = f"{group}=[] is not one of them" if isinstance(listed, list) else "there must be one"
            yield Problem(group, spell(value), f"null is no choice; {nothing} ({_there_are(choices)})")
        elif not isinstance(choice, str) or not words.has(group, choice):
            text = spell(choice)
            yield Problem(group, text, f"no such choice{_nearest(group, text, choices)} ({_there_are(choices)})")


def _nearest(group: str, text: str, choices: Mapping[str, Path]) -> str:
    """Suggest the data of a typed folder or file, our name for a choice of others, or the most similar choice."""
    if group == "data" and os.path.isdir(os.path.expanduser(text)):
        return f"; did you mean data=folder data.root={text}?"
    if group == "data" and os.path.isfile(os.path.expanduser(text)) and text.endswith((".txt", ".csv")):
        return f"; did you mean data=text data.root={text}?"
    return did_you_mean(text, choices, NEARLY) or of_choice(group, text) or did_you_mean(text, choices)


def values_of(override: Override) -> list[Any]:
    """Return the values that are typed for a setting; several in a sweep."""
    if not override.is_sweep_override():
        return [override.value()]
    return [OverridesParser.create().parse_override(f"x={text}").value() for text in swept(override)]


def swept(override: Override) -> list[str]:
    """The values of an axis of a sweep; empty if only the sweeper knows them."""
    kinds = (ValueType.SIMPLE_CHOICE_SWEEP, ValueType.CHOICE_SWEEP, ValueType.RANGE_SWEEP)
    return list(override.sweep_string_iterator()) if override.value_type in kinds else []


def _typed(override: Override) -> str:
    return str(override.input_line).partition("=")[2]


def _defaults(verb: str) -> dict[str, str | list[str] | None]:
    """The defaults list of a primary config, and those of the primary configs that it builds on."""
    found: dict[str, str | list[str] | None] = {}
    text = (config_dir() / f"{verb}.yaml").read_text(encoding="utf-8")
    for entry in yaml.load(text, _LOADER)["defaults"]:
        if isinstance(entry, dict):
            found |= {group: choice for group, choice in entry.items() if not group.startswith("override ")}
        elif entry != "_self_":
            found |= _defaults(entry)
    return found
