"""The help texts: the verbs, and for each verb its groups with their choices, the main settings, and examples.

They are read from the YAML files. The first comment line of a file is its description, so a new file needs no entry
here.
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
from gan_cli.synonyms import folded

NARROWEST, WIDEST = 60, 110
"""The smallest and largest width of the help in columns; between them it has the width of the terminal."""

_MEMBERS = "measures"
"""The key for the chosen entries in a group that also has settings of its own."""

_NAMED = 4
"""A list of up to this many entries is printed in full; a longer one only by their number."""

_USAGE = {"folders": "[folders]", "groups": "[group=choice]", None: "[setting=value] [flags]"}
"""The words that may follow a verb, by the list that the verb's primary config must have for them."""

_CHOICE = 23  # column in which the description of a choice starts
_SETTING = 41  # and the description of a setting


_NEEDED_IN_ORDER = ("train", "cure", "sample", "encode", "evaluate", "compare", "inspect", "benchmark")
"""The verbs in the order in which the user needs them."""


def verbs() -> list[str]:
    """Return every verb (a file in `commands`) in the order of `_NEEDED_IN_ORDER`, then all others by name."""
    found = {path.stem for path in (PACKAGE / "commands").glob("*.py") if not path.stem.startswith("_")}
    return [*(verb for verb in _NEEDED_IN_ORDER if verb in found), *sorted(found.difference(_NEEDED_IN_ORDER))]


def overview() -> str:
    """Return the text that `gan` prints when it is called without a verb."""
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
    """Return the flags that only this verb has, from `help:flags` in its primary config."""
    return [entry.split()[0] for entry in _notes(config_dir() / f"{verb}.yaml").get("flags", [])]


def bare_folders(verb: str) -> str | None:
    """Return the setting for folders typed without a key, from `help:folders` in the primary config, or None."""
    entries = _notes(config_dir() / f"{verb}.yaml").get("folders", [])
    return entries[0].split()[0] if entries else None


def meant(verb: str, word: str) -> str:
    """Return the override that a word without a key may mean (`run=`, `data=` or `group=`), or an empty text."""
    from gan_cli.config.run_folders import newest_run

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
    """Return the text of `gan <verb> --help`. Its defaults show the effect of the overrides that were typed."""
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
    """The composed config from which the defaults are read.

    Attributes:
        values: the config as nested plain values.
        choices: the choice of each group that has exactly one.
        typed: whether the user's overrides are applied.
    """

    values: Mapping[str, Any]
    choices: Mapping[str, str | None]
    typed: bool

    def chosen(self, group: str) -> str:
        """Return the current choice of a group. If it has a list of choices, return their names or their number."""
        if group in self.choices:
            return self.choices[group] or ""
        node = self.values.get(group) or {}
        names = list(node.get(_MEMBERS, node))
        return spell(names) if len(names) <= _NAMED else f"{len(names)} of them"


def _defaults(verb: str, overrides: Sequence[str], folders: Sequence[Path]) -> _Defaults:
    from gan_cli.config.compose import compose_full, plain

    try:
        config = compose_full(verb, overrides, folders)
    except Exception:  # the overrides are wrong, or a sweep: the help is printed without them
        return _defaults(verb, (), folders) if overrides else _Defaults({}, {}, typed=False)
    return _Defaults(plain(config), dict(config.hydra.runtime.choices), typed=bool(overrides))


_FLAGS = """\
flags
  -m                 sweep: every setting may have several values, a=1,2,3
  --cfg job          show the settings that would be used, and stop
  --config-dir DIR   your own groups, such as DIR/data/mine.yaml, in front of ours"""


def _notes(primary: Path) -> dict[str, list[str]]:
    """Return the lists in the comments at the end of a primary config (`# help:groups`), with one entry per line."""
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
    """Yield each group with the names of its choices, without descriptions."""
    known: Mapping[str, Mapping[str, Path]] = groups(folders)
    for name in names:
        default = defaults.chosen(name)
        yield _entry(f"  {name}={default}", ", ".join(known.get(name, {})), _CHOICE)


def _settings(entries: list[str], defaults: _Defaults) -> Iterator[str]:
    """Yield each setting with its default from the composed config; each entry is `key  meaning`.

    A setting that the composed config does not have, such as data.root for the digits, is shown without a default. It
    is left out if the user typed overrides.
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
    """Return a text in two columns. If the left side is too long, it gets its own line."""
    width = min(max(shutil.get_terminal_size((WIDEST, 24)).columns, NARROWEST), WIDEST)
    lines = textwrap.wrap(right, width - column) or [""]
    if len(left) > width and "," in left:  # a list of choices
        head = _broken(left, width)
    else:
        head = [f"{left:<{column}}{lines.pop(0)}"] if len(left) < column else [left]
    return "\n".join([*head, *(" " * column + line for line in lines)])


def _broken(text: str, width: int) -> list[str]:
    """Return a text without blanks in lines of at most this width, broken behind its last comma that fits."""
    place = text.rindex(",", 0, width) + 1
    return [text[:place], "    " + text[place:]]
