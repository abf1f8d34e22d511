"""When Hydra refuses a command, find everything that is wrong with it, not only the first thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, OverrideParseException

from gan_cli.config.check import check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.schema import did_you_mean
from gan_cli.config.targets import resolve
from gan_cli.errors import Problem, SettingError, UserError


def explain(
    verb: str, schema: str, overrides: Sequence[str], folders: Sequence[Path], error: HydraException
) -> UserError:
    """What a person should know of a failed command.

    Args:
        verb: the primary config.
        schema: dotted path of the callable whose signature is the root's schema.
        overrides: as typed.
        folders: the person's own config folders.
        error: what Hydra said; used only where we find nothing better.
    """
    try:
        parsed = [OverridesParser.create().parse_override(text) for text in overrides]
    except OverrideParseException as unreadable:
        return UserError(f"{unreadable.override}: cannot be read; overrides look like group=choice or setting=value")
    known = groups([*folders, config_dir()])
    problems = [problem for override in parsed for problem in _wrong_choices(override, known)]
    wrong = {problem.setting for problem in problems}
    sound = [_forced(override, known) for override in parsed if override.key_or_group not in wrong]
    try:
        check(plain(compose_full(verb, sound, folders)), resolve(schema))
    except SettingError as found:
        problems += found.problems
    except HydraException as other:
        error = other
    return SettingError.of(problems) if problems else _in_short(error)


def _wrong_choices(override: Override, known: dict[str, dict[str, Path]]) -> Iterator[Problem]:
    """Choices of a group that do not exist."""
    group = override.key_or_group
    if group not in known or override.is_delete():
        return
    for choice in _choices(override):
        if choice not in ("null", "None") and choice not in known[group]:
            words = f"no such choice{did_you_mean(choice, known[group])}"
            yield Problem(group, choice, f"{words} (there are {', '.join(known[group])})")


def _choices(override: Override) -> list[str]:
    if override.is_sweep_override():
        return list(override.sweep_string_iterator())
    value = override.value()
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _forced(override: Override, known: dict[str, dict[str, Path]]) -> str:
    """An override that Hydra takes even for a key that it does not know, so that our own check sees it."""
    key = override.get_key_element()
    if override.is_delete():
        return str(override.input_line)
    value = (
        next(iter(override.sweep_string_iterator()))
        if override.is_sweep_override()
        else override.get_value_element_as_str()
    )
    is_group = override.key_or_group in known or override.key_or_group.startswith("hydra")
    return f"{key if is_group else '++' + key.lstrip('+')}={value}"


def _in_short(error: Exception) -> UserError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return UserError("\n".join(lines[:3]) or type(error).__name__)
