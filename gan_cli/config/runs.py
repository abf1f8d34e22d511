"""A run folder's settings: written as plain YAML, read without trust, compared with those of the current command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from gan_cli.config.check import CLASS, Node, check
from gan_cli.config.compose import TECHNIQUES
from gan_cli.config.moved import with_new_paths
from gan_cli.config.plain_yaml import MOST_BYTES, plain_yaml
from gan_cli.config.run_folders import CONFIG, PLACE, is_run, newest_run
from gan_cli.config.targets import resolver
from gan_cli.disk.reading import read_bytes, read_lines
from gan_cli.disk.writing import replace_file
from gan_cli.errors import Problem, UserError, spell
from gan_cli.own_code import is_own_path
from gan_cli.quoting import command_on

OVERRIDES = "overrides.txt"
TRUST = "trust"
"""Whether a run folder may name classes that are not ours. Never saved, because the user must decide it each time."""

CURE = "cure"
"""Whether a run that ends sick is followed by its cure."""

CIRCUMSTANCES = frozenset({PLACE, "sweep_name", "workers", TRUST, CURE})
"""Settings that are not part of a run's identity: its folder, its sweep, what comes after it, workers, and trust."""


def save_run(folder: Path, config: Node, overrides: list[str]) -> None:
    """Write the settings into a run folder, completely or not at all. The overrides of the first start are kept."""
    settings = {key: value for key, value in config.items() if key not in CIRCUMSTANCES}
    if not is_run(folder):
        replace_file(folder / OVERRIDES, [f"{line}\n".encode() for line in overrides])
    replace_file(folder / CONFIG, [to_yaml(settings).encode()])


def typed_in(folder: Path) -> list[str]:
    """The overrides that were typed when the run started, one per line; empty if they are not known."""
    return read_lines(folder / OVERRIDES)


def to_yaml(config: Node) -> str:
    """Settings as YAML text."""
    text: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return text


def read_settings(folder: Path) -> Node:
    """The settings of a run folder as plain data. Nothing in them is trusted, built or interpolated.

    Raises:
        UserError: not a run folder, or its config.yaml is not a plain mapping.
    """
    if not is_run(folder):
        raise no_run(folder)
    try:
        loaded: Any = plain_yaml(read_bytes(folder / CONFIG, most=MOST_BYTES + 1))
    except ValueError as error:
        raise UserError(f"run={folder}: {CONFIG} cannot be read as plain YAML ({error})") from error
    if not isinstance(loaded, dict):
        raise UserError(f"run={folder}: {CONFIG} holds no settings")
    return {**with_new_paths(loaded), PLACE: str(folder)}


def no_run(folder: Path) -> UserError:
    """The error for a folder that is no run folder; it names the newest run inside, if there is one."""
    inside = newest_run(folder)
    hint = f"it holds runs, the newest is run={inside}" if inside else "name a folder that `gan train` made"
    return UserError(f"run={folder}: not a run folder (it has no {CONFIG}); {hint}")


def load_run(folder: Path, root: Callable[..., Any], *, trust: bool = False) -> Node:
    """Return the checked settings of a run folder. They name only classes that are safe in a file of unknown origin.

    Args:
        folder: the run folder.
        root: the callable whose keyword arguments are its top-level keys.
        trust: let it name any class, because the user trusts its author.

    Raises:
        UserError: not a run folder, wrong settings, or a class that is not trusted.
    """
    settings = read_settings(folder)
    try:
        check(settings, root, resolver=resolver(trust=trust))
    except UserError as error:
        raise UserError(f"run={folder}: {CONFIG} in it is refused: {error}") from error
    return settings


def own_classes(config: Mapping[str, Any]) -> dict[str, str]:
    """Keys of the nodes whose classes are the user's own, with the paths of these classes."""
    named = ((key, value) for key, value in flatten(config) if key.rpartition(".")[2] == CLASS)
    return {key.removesuffix(f".{CLASS}"): str(path) for key, path in named if is_own_path(str(path))}


def trust_needed(config: Mapping[str, Any]) -> str:
    """Return `trust=true` if commands on this run need it, because it has own classes; else an empty string."""
    return f"{TRUST}=true" if own_classes(config) else ""


def on_run(verb: str, folder: Path, config: Node) -> str:
    """The command that applies a verb to a run."""
    return command_on(verb, str(folder), trust_needed(config))


_ENDS = frozenset({"start", "end", "steps"})
_RAMP = _ENDS | {"shape", "after"}
"""The settings of a value that changes over a run; it must have those of `_ENDS`."""


def differences(saved: Node, asked: Node) -> list[Problem]:
    """Saved settings of a run that differ from the current ones, and added techniques and settings of ramps.

    Other settings that the run lacks do not count: it may be older than they are.
    """
    old, new = dict(flatten(saved)), dict(flatten(asked))
    keys = [key for key in old if key not in CIRCUMSTANCES and old[key] != new.get(key)]
    changed = [Problem(key, new.get(key, "(nothing)"), f"the run has {old[key]}") for key in keys]
    theirs, ours = (node if isinstance(node := config.get(TECHNIQUES), dict) else {} for config in (saved, asked))
    listed = [Problem(f"{TECHNIQUES}.{name}", "(any)", "the run has none") for name in ours if name not in theirs]
    return [*changed, *listed, *_added_to_ramps("", saved, asked)]


def _added_to_ramps(prefix: str, saved: Node, asked: Node) -> Iterator[Problem]:
    """Yield the settings of ramps that the run has without them."""
    for key, before in saved.items():
        now, name = asked.get(key), f"{prefix}{key}"
        if not isinstance(before, dict) or not isinstance(now, dict):
            continue
        if _ENDS <= before.keys() <= _RAMP:
            added = sorted(now.keys() - before.keys())
            yield from (Problem(f"{name}.{each}", now[each], "the run has none") for each in added)
        yield from _added_to_ramps(f"{name}.", before, now)


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Full key and value of every setting."""
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


MOST_LINES = 1_000
LONGEST = 10_000
"""Most characters of an override that is read: nested brackets in a longer one could exhaust the parser."""


def typed_values(lines: Iterable[str]) -> dict[str, Any]:
    """Key and plain value of each override, such as 0.0001 for `1e-4`; the last override of a key counts.

    A list becomes text as the user types it, so that it is one value. Overrides that cannot be read are left out.
    """
    return dict(pair for line in islice(lines, MOST_LINES) if (pair := _read(line.strip())) is not None)


@cache
def _read(line: str) -> tuple[str, Any] | None:
    if len(line) > LONGEST:
        return None
    try:
        override = OverridesParser.create().parse_override(line)
        value = None if override.is_sweep_override() else override.value()
    except (HydraException, ValueError, RecursionError):
        return None
    if override.is_sweep_override() or not override.key_or_group:
        return None
    return override.key_or_group, spell(value) if isinstance(value, (list, dict)) else value
