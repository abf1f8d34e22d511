"""Help: the verbs, and for a verb its groups with their choices, the settings typed most, and examples.

All of it is read from the YAML: the first comment line of a file is its meaning, so a new file needs no entry here.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_cli.arguments import Arguments
from gan_cli.config.folders import PACKAGE, config_dir, groups, meaning
from gan_cli.errors import spell
from gan_cli.habits import folded

NARROWEST, WIDEST = 60, 110
"""Columns that help is laid out for; between them, as many as the terminal has."""

_MEMBERS = "measures"
"""Where a group that has settings of its own keeps what was chosen."""

_NAMED = 4
"""Members of a list that are named; of more, only the number."""

_USAGE = {"folders": "[folders]", "groups": "[group=choice]", None: "[setting=value] [flags]"}
"""What may stand behind a verb, by the list that a primary config must have for it."""

_CHOICE = 23  # column where the meaning of a choice begins
_SETTING = 41  # and that of a setting


_NEEDED_IN_ORDER = ("train", "sample", "evaluate", "compare", "inspect", "benchmark")
"""The verbs as a person comes to need them."""


def verbs() -> list[str]:
    """Every verb, a file in `commands`, in the order in which people need them; others behind, by name."""
    found = {path.stem for path in (PACKAGE / "commands").glob("*.py") if not path.stem.startswith("_")}
    return [*(verb for verb in _NEEDED_IN_ORDER if verb in found), *sorted(found.difference(_NEEDED_IN_ORDER))]


def overview() -> str:
    """What `gan` alone says."""
    lines = ["gan: a laboratory for the balance between a GAN's generator and discriminator", "", "verbs"]
    for verb in verbs():
        what, _, example = meaning(config_dir() / f"{verb}.yaml").partition(":  ")
        lines += [f"  {verb:<10} {what}", f"  {'':<10} $ {example}"]
    lines += [
        "",
        "gan <verb> --help     what to choose and to set",
        'gan completion        bash completion: eval "$(gan completion)"',
    ]
    return "\n".join(lines)


def own_flags(verb: str) -> list[str]:
    """The flags of one verb alone: those of its primary config's `help:flags`."""
    return [entry.split()[0] for entry in _notes(config_dir() / f"{verb}.yaml").get("flags", [])]


def bare_folders(verb: str) -> str | None:
    """The setting that folders typed without a key belong to: the one of its primary config's `help:folders`."""
    entries = _notes(config_dir() / f"{verb}.yaml").get("folders", [])
    return entries[0].split()[0] if entries else None


def meant(verb: str, word: str) -> str:
    """What a word without a key may stand for: `run=` of a folder, `group=` of a choice; empty if it is like none."""
    from gan_cli.config.runs import newest_run

    notes = _notes(config_dir() / f"{verb}.yaml")
    settings = [entry.split()[0] for entry in notes.get("settings", [])]
    place = Path(os.path.expanduser(word))
    if "run" in settings and os.path.exists(place) and (verb != "train" or newest_run(place)):
        return f"run={newest_run(place) or word}"
    if "data" in notes.get("groups", []) and os.path.isdir(place):
        return f"data=folder data.root={word}"
    known = groups([config_dir()])
    return next((f"{g}={c}" for g in notes.get("groups", []) for c in known[g] if folded(c) == folded(word)), "")


def help_of(verb: str, typed: Arguments) -> str:
    """What `gan <verb> --help` says; overrides typed before it show their effect on the defaults."""
    primary = config_dir() / f"{verb}.yaml"
    notes = _notes(primary)
    defaults = _defaults(verb, typed.overrides, typed.folders)
    words = " ".join(word for heading, word in _USAGE.items() if heading is None or heading in notes)
    parts = [f"gan {verb}: {meaning(primary).partition(':  ')[0]}", f"usage: gan {verb} {words}"]
    brief = "more" in notes and not typed.whole
    if "groups" in notes:
        listed = _names if brief else _groups
        parts.append("\n".join(["groups", *listed(notes["groups"], [*typed.folders, config_dir()], defaults)]))
    if "settings" in notes:
        effect = " for what you typed" if defaults.typed else ""
        entries = notes["settings"] if brief else [*notes["settings"], *notes.get("more", [])]
        lines = _settings(entries, defaults)
        parts.append("\n".join([f"settings typed most, with their defaults{effect}", *lines]))
    if brief:
        parts.append(f"what they mean, and more: gan {verb} --help all")
    if "examples" in notes:
        parts.append("\n".join(["examples", *(f"  {line}" for line in notes["examples"])]))
    parts.append("\n".join([_FLAGS, *(f"  {flag}" for flag in notes.get("flags", []))]))
    return "\n\n".join(parts)


@dataclass(frozen=True)
class _Defaults:
    """The composed config that defaults are read from.

    Attributes:
        values: as nested plain values.
        choices: what each group that takes one choice has.
        typed: whether a person's overrides are in it.
    """

    values: Mapping[str, Any]
    choices: Mapping[str, str | None]
    typed: bool

    def chosen(self, group: str) -> str:
        """The present choice of a group; of one that takes a list, the names in it."""
        if group in self.choices:
            return self.choices[group] or ""
        node = self.values.get(group) or {}
        names = list(node.get(_MEMBERS, node))
        return spell(names) if len(names) <= _NAMED else f"{len(names)} of them"


def _defaults(verb: str, overrides: Sequence[str], folders: Sequence[Path]) -> _Defaults:
    from gan_cli.config.compose import compose_full, plain

    try:
        config = compose_full(verb, overrides, folders)
    except Exception:  # what was typed is wrong, or a sweep: a person who asks for help gets it all the same
        return _defaults(verb, (), folders) if overrides else _Defaults({}, {}, typed=False)
    return _Defaults(plain(config), dict(config.hydra.runtime.choices), typed=bool(overrides))


_FLAGS = """\
flags
  -m                 sweep: every setting may have several values, a=1,2,3
  --cfg job          show the settings that would be used, and stop
  --config-dir DIR   your own groups, such as DIR/data/mine.yaml, in front of ours"""


def _notes(primary: Path) -> dict[str, list[str]]:
    """The commented lists at the end of a primary config: `# help:groups`, one entry a line."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in primary.read_text(encoding="utf-8").splitlines():
        if line.startswith("# help:"):
            current = found.setdefault(line.removeprefix("# help:").strip(), [])
        elif current is not None and line.startswith("#   "):
            current.append(line.removeprefix("#   "))
        else:
            current = None
    return found


def _groups(names: list[str], folders: list[Path], defaults: _Defaults) -> Iterator[str]:
    known: Mapping[str, Mapping[str, Path]] = groups(folders)
    for name in names:
        if name not in known:
            continue
        default = defaults.chosen(name)
        yield f"  {name}=" + (f"  (default: {default})" if default else "")
        for choice, path in known[name].items():
            yield _entry(f"    {choice}", meaning(path), _CHOICE)


def _names(names: list[str], folders: list[Path], defaults: _Defaults) -> Iterator[str]:
    """Groups with the names of their choices alone."""
    known: Mapping[str, Mapping[str, Path]] = groups(folders)
    for name in names:
        default = defaults.chosen(name)
        yield _entry(f"  {name}={default}", ", ".join(known.get(name, {})), _CHOICE)


def _settings(entries: list[str], defaults: _Defaults) -> Iterator[str]:
    """Each entry is `key  meaning`; the default is looked up in the composed config.

    A setting that this composition has not, such as data.root of the digits, is named without one; but not to a person
    who typed a choice of their own.
    """
    from gan_cli.config.runs import flatten

    values = dict(flatten(dict(defaults.values)))
    for entry in entries:
        key, _, what = entry.partition("  ")
        if key in values or not defaults.typed:
            yield _entry(f"  {key}={_default(values.get(key, '???'))}", what.strip(), _SETTING)


def _default(value: Any) -> str:
    return "" if value == "???" else spell(value)


def _entry(left: str, right: str, column: int) -> str:
    """Two columns; a left side that is too long has its line for itself."""
    width = min(max(shutil.get_terminal_size((WIDEST, 24)).columns, NARROWEST), WIDEST)
    lines = textwrap.wrap(right, width - column) or [""]
    head = [f"{left:<{column}}{lines.pop(0)}"] if len(left) < column else [left]
    return "\n".join([*head, *(" " * column + line for line in lines)])
