"""When Hydra refuses a command, find everything that is wrong with it, not only the first thing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from gan_cli.arguments import Arguments
from gan_cli.config.check import UNKNOWN, check_each
from gan_cli.config.compose import check_sweep, compose_full, plain
from gan_cli.config.overrides import Groups, Vocabulary, parse, swept, unknown_to_hydra, wrong_words
from gan_cli.config.own_files import refuse_broken
from gan_cli.config.run_folders import is_run
from gan_cli.config.runs import OVERRIDES, flatten, read_settings
from gan_cli.config.targets import resolve
from gan_cli.errors import Problem, SettingError, UserError

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")

_REFUSALS = (HydraException, OmegaConfBaseException)


def refused(verb: str, schema: str, typed: Arguments, words: Vocabulary) -> UserError | None:
    """Return everything that is wrong with a command if its words alone show that it cannot work; else None."""
    parsed, problems = parse(typed.overrides)
    if problems or any(problem for override in parsed for problem in wrong_words(override, words, typed)):
        return explain(verb, schema, typed, None)
    try:
        refuse_broken(words.chosen(parsed), words.known, typed.folders)
    except UserError as error:
        return error
    return None


def explain(verb: str, schema: str, typed: Arguments, error: Exception | None) -> UserError | None:
    """Return what the user should know of a failed command; None if nothing is wrong with it, so that the bug is ours.

    Args:
        verb: the primary config.
        schema: dotted path of the callable whose signature is the root's schema.
        typed: flags and overrides.
        error: the exception, if one was raised; used only if we find nothing better.
    """
    words = Vocabulary.of(verb, typed.folders)
    parsed, problems = parse(typed.overrides)
    for override in parsed:
        problems += wrong_words(override, words, typed)
        problems += unknown_to_hydra(override, words.known) if isinstance(error, HydraException) else []
    for override in _sound(parsed, problems):
        problems += [] if typed.multirun else _several_values(override)
    problems += list(_left_out(verb, _sound(parsed, problems), words.own, typed.folders))
    sound = _sound(parsed, problems)
    problems += _of_sweep(verb, sound, typed) if typed.multirun else []
    try:
        points = [plain(compose_full(verb, point, typed.folders)) for point in _points(sound, words.known)]
        check_each(points, resolve(schema), words=words.own)
    except SettingError as found:
        problems += found.problems
    except _REFUSALS as other:
        error = other
    if problems:
        return SettingError.of([_known_to_run(problem, parsed) for problem in problems])
    if isinstance(error, OmegaConfBaseException) and error.full_key:
        return SettingError(error.full_key, _typed_value(error.full_key, parsed), _lines(error)[0])
    return UserError("\n".join(_lines(error)[:3])) if isinstance(error, _REFUSALS) else None


def _of_sweep(verb: str, sound: Sequence[Override], typed: Arguments) -> Sequence[Problem]:
    """Return the settings that the classes of the sweeper and the launcher do not accept."""
    own = [str(override.input_line) for override in sound if override.key_or_group.startswith("hydra")]
    try:
        check_sweep(compose_full(verb, own, typed.folders))
    except SettingError as error:
        return error.problems
    except _REFUSALS:
        pass  # reported elsewhere
    return ()


def _known_to_run(problem: Problem, parsed: Sequence[Override]) -> Problem:
    """Explain better an unknown setting that the resumed run has, but not the choices of this command."""
    run = next((Path(str(override.value())) for override in parsed if override.key_or_group == "run"), None)
    if run is None or not problem.remedy.startswith(UNKNOWN) or not is_run(run):
        return problem
    with contextlib.suppress(UserError):
        if problem.setting.lstrip("/") in dict(flatten(read_settings(run))):
            remedy = f"run={run} has it, but not what else was typed; type all of {run / OVERRIDES} before it"
            return Problem(problem.setting, problem.value, remedy)
    return problem


def _sound(parsed: Sequence[Override], problems: Sequence[Problem]) -> list[Override]:
    """The overrides without a problem so far."""
    wrong = {problem.setting for problem in problems}
    return [override for override in parsed if override.key_or_group not in wrong]


def _left_out(verb: str, sound: Sequence[Override], own: Groups, folders: Sequence[Path]) -> Iterator[Problem]:
    """Yield settings of parts that no group chooses. Groups that are axes of a sweep are skipped."""
    choices = [override for override in sound if override.key_or_group in own]
    axes = {override.key_or_group for override in choices if override.is_sweep_override()}
    typed = [str(override.input_line) for override in choices if override.key_or_group not in axes]
    try:
        chosen = plain(compose_full(verb, typed, folders))
    except _REFUSALS:
        return
    for override in sound:
        if override.key_or_group.partition(".")[0] not in axes:
            yield from _unchosen(override, own, chosen)


def _unchosen(override: Override, known: Groups, chosen: Mapping[str, object]) -> Iterator[Problem]:
    """Yield a setting of an empty group (`data.root`), or of a choice that a list leaves out (`balance.r1.gamma`).

    Args:
        override: the typed override.
        known: choices of each group of the verb.
        chosen: the config composed from the choices of groups alone.
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
    """Yield an override with several values in a command without -m."""
    if override.is_sweep_override():
        key, _, value = str(override.input_line).partition("=")
        if _THOUSANDS.fullmatch(value):
            yield Problem(key, value, f"several values; a number has no commas: {key}={value.replace(',', '')}")
            return
        listed = f", or write one list: {key}=[{value}]" if override.value_type is ValueType.SIMPLE_CHOICE_SWEEP else ""
        yield Problem(override.key_or_group, value, f"several values; add -m to try each of them{listed}")


def _points(overrides: Sequence[Override], known: Groups) -> Iterator[list[str]]:
    """Yield as few points of a sweep as contain each of its values; a plain command gives one point."""
    values = [_forced(override, known) for override in overrides]
    for index in range(max(map(len, values), default=1)):
        yield [each[min(index, len(each) - 1)] for each in values if each]


def _forced(override: Override, known: Groups) -> list[str]:
    """Return an override per value that Hydra accepts even for an unknown key, so that our own check sees it."""
    if override.is_delete():
        return [str(override.input_line)]
    key = override.get_key_element()
    values = swept(override) if override.is_sweep_override() else [override.get_value_element_as_str()]
    is_group = override.key_or_group in known or override.key_or_group.startswith("hydra")
    return [f"{key if is_group else '++' + key.lstrip('+')}={value}" for value in values]


def _typed_value(key: str, overrides: Sequence[Override]) -> str:
    values = [str(override.input_line).partition("=")[2] for override in overrides if override.key_or_group == key]
    return values[-1] if values else "(nothing)"


def _lines(error: Exception) -> list[str]:
    said = str(error) or str(error.__cause__ or "")
    return [line.strip() for line in said.splitlines() if line.strip()] or [type(error).__name__]
