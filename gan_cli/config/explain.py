"""When Hydra refuses a command, find everything that is wrong with it, not only the first thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from gan_cli.arguments import Arguments
from gan_cli.config.check import check_each
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.schema import did_you_mean
from gan_cli.config.targets import resolve
from gan_cli.errors import Problem, SettingError, UserError

Groups = Mapping[str, Mapping[str, Path]]
"""Choices of each group with their files."""

_REFUSALS = (HydraException, OmegaConfBaseException)


def explain(verb: str, schema: str, typed: Arguments, error: Exception) -> UserError | None:
    """What a person should know of a failed command; None when nothing is wrong with it, so that the fault is ours.

    Args:
        verb: the primary config.
        schema: dotted path of the callable whose signature is the root's schema.
        typed: flags and overrides.
        error: what was raised; used only where we find nothing better.
    """
    parsed, problems = _parse(typed.overrides)
    known = groups([*typed.folders, config_dir()])
    own = _groups_of(verb, known, typed.folders)
    for override in parsed:
        problems += _wrong_choices(override, known, own)
        problems += [] if typed.multirun else _several_values(override)
    problems += list(_left_out(verb, _sound(parsed, problems), own, typed.folders))
    try:
        points = [plain(compose_full(verb, point, typed.folders)) for point in _points(_sound(parsed, problems), known)]
        check_each(points, resolve(schema))
    except SettingError as found:
        problems += found.problems
    except _REFUSALS as other:
        error = other
    if problems:
        return SettingError.of(problems)
    if isinstance(error, OmegaConfBaseException) and error.full_key:
        return SettingError(error.full_key, _typed_value(error.full_key, parsed), _lines(error)[0])
    return UserError("\n".join(_lines(error)[:3])) if isinstance(error, _REFUSALS) else None


def _parse(overrides: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """The overrides that can be read, and what to do about the others."""
    parsed, problems = [], []
    for text in overrides:
        try:
            parsed.append(OverridesParser.create().parse_override(text))
        except HydraException:
            key, _, value = text.partition("=")
            remedy = f"cannot be read; close each bracket, or put the value in quotes: '{key}=\"...\"'"
            problems.append(Problem(key, value, remedy))
    return parsed, problems


def _sound(parsed: Sequence[Override], problems: Sequence[Problem]) -> list[Override]:
    """The overrides that nothing is said against so far."""
    wrong = {problem.setting for problem in problems}
    return [override for override in parsed if override.key_or_group not in wrong]


def _groups_of(verb: str, known: Groups, folders: Sequence[Path]) -> Groups:
    """Those of the known groups that the verb chooses from."""
    try:
        config = compose_full(verb, [], folders)
    except _REFUSALS:
        return known
    chosen = {*config, *config.hydra.runtime.choices}
    return {group: choices for group, choices in known.items() if group in chosen or group.startswith("hydra")}


def _wrong_choices(override: Override, known: Groups, own: Groups) -> Iterator[Problem]:
    """Choices that do not exist, of a group that may not be there for this verb."""
    group = override.key_or_group
    if group not in known or override.is_delete():
        return
    for choice in _choices(override):
        if group not in own and not override.is_add():
            yield Problem(group, choice, "no such setting; --cfg job shows all settings")
        elif choice not in ("null", "None") and choice not in known[group]:
            words = f"no such choice{did_you_mean(choice, known[group])}"
            yield Problem(group, choice, f"{words} (there are {', '.join(known[group])})")


def _left_out(verb: str, sound: Sequence[Override], own: Groups, folders: Sequence[Path]) -> Iterator[Problem]:
    """Settings of what no group chooses; groups that a sweep goes through may choose anything."""
    choices = [override for override in sound if override.key_or_group in own]
    swept = {override.key_or_group for override in choices if override.is_sweep_override()}
    typed = [str(override.input_line) for override in choices if override.key_or_group not in swept]
    try:
        chosen = plain(compose_full(verb, typed, folders))
    except _REFUSALS:
        return
    for override in sound:
        if override.key_or_group.partition(".")[0] not in swept:
            yield from _unchosen(override, own, chosen)


def _unchosen(override: Override, known: Groups, chosen: Mapping[str, object]) -> Iterator[Problem]:
    """A setting of a group that was left empty (`data.root`), or of what a list leaves out (`balance.r1.gamma`).

    Args:
        override: what was typed.
        known: choices of each group of the verb.
        chosen: the config with its groups chosen, before any setting.
    """
    group, _, name = override.key_or_group.partition(".")
    node, first = chosen.get(group), name.partition(".")[0]
    if group not in known or not name or not isinstance(node, dict) or {first, "_target_"} & set(node):
        return
    value = str(override.input_line).partition("=")[2]
    if first in known[group]:
        listed = ",".join([*node, first])
        yield Problem(override.key_or_group, value, f"{group} does not list {first}; add '{group}=[{listed}]'")
    elif not node:
        yield Problem(override.key_or_group, value, f"needs a choice of its group; add {group}=<choice>")


def _several_values(override: Override) -> Iterator[Problem]:
    """Values of a sweep where no sweep was asked for."""
    if override.is_sweep_override():
        key, _, value = str(override.input_line).partition("=")
        listed = f", or write one list: {key}=[{value}]" if override.value_type is ValueType.SIMPLE_CHOICE_SWEEP else ""
        yield Problem(override.key_or_group, value, f"several values; add -m to try each of them{listed}")


def _choices(override: Override) -> Iterator[str]:
    """The choices that are typed for a group, one by one, whether as a word, a list, or values of a sweep."""
    values = [override.value()]
    if override.is_sweep_override():
        values = [OverridesParser.create().parse_override(f"x={text}").value() for text in _swept(override)]
    for value in values:
        yield from map(str, value if isinstance(value, list) else [value])


def _swept(override: Override) -> list[str]:
    """The values that a sweep goes through; none where only the sweeper knows them."""
    kinds = (ValueType.SIMPLE_CHOICE_SWEEP, ValueType.CHOICE_SWEEP, ValueType.RANGE_SWEEP)
    return list(override.sweep_string_iterator()) if override.value_type in kinds else []


def _points(overrides: Sequence[Override], known: Groups) -> Iterator[list[str]]:
    """As few points of a sweep as hold each of its values once; the one point of a plain command."""
    values = [_forced(override, known) for override in overrides]
    for index in range(max(map(len, values), default=1)):
        yield [each[min(index, len(each) - 1)] for each in values if each]


def _forced(override: Override, known: Groups) -> list[str]:
    """An override, for each value, that Hydra takes even for a key it does not know, so that our own check sees it."""
    if override.is_delete():
        return [str(override.input_line)]
    key = override.get_key_element()
    values = _swept(override) if override.is_sweep_override() else [override.get_value_element_as_str()]
    is_group = override.key_or_group in known or override.key_or_group.startswith("hydra")
    return [f"{key if is_group else '++' + key.lstrip('+')}={value}" for value in values]


def _typed_value(key: str, overrides: Sequence[Override]) -> str:
    values = [str(override.input_line).partition("=")[2] for override in overrides if override.key_or_group == key]
    return values[-1] if values else "(nothing)"


def _lines(error: Exception) -> list[str]:
    return [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
