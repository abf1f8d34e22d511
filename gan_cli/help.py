"""Help: the verbs, and for a verb its groups with their choices, the settings typed most, and examples.

All of it is read from the YAML: the first comment line of a file is its meaning, so a new file needs no entry here.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from gan_cli.arguments import Arguments
from gan_cli.config.folders import PACKAGE, config_dir, groups, meaning
from gan_cli.errors import spell

WIDTH = 100


def verbs() -> list[str]:
    """Every verb: a file in `commands`."""
    return sorted(path.stem for path in (PACKAGE / "commands").glob("*.py") if not path.stem.startswith("_"))


def overview() -> str:
    """What `gan` alone says."""
    lines = ["gan: a laboratory for the balance between a GAN's generator and discriminator", "", "verbs"]
    for verb in verbs():
        what, _, example = meaning(config_dir() / f"{verb}.yaml").partition(":  ")
        lines += [f"  {verb:<10} {what}", f"  {'':<10} $ {example}"]
    lines += [
        "",
        "gan <verb> --help     every group, setting and choice",
        'gan completion        bash completion: eval "$(gan completion)"',
    ]
    return "\n".join(lines)


def help_of(verb: str, typed: Arguments) -> str:
    """What `gan <verb> --help` says; overrides typed before it show their effect on the defaults."""
    primary = config_dir() / f"{verb}.yaml"
    parts = [
        f"gan {verb}: {meaning(primary).partition(':  ')[0]}",
        f"usage: gan {verb} [group=choice] [setting=value] [flags]",
    ]
    notes = _notes(primary)
    if "groups" in notes:
        parts.append(_groups(notes["groups"], [*typed.folders, config_dir()]))
    if "settings" in notes:
        parts.append(_settings(verb, notes["settings"], typed))
    if "examples" in notes:
        parts.append("\n".join(["examples", *(f"  {line}" for line in notes["examples"])]))
    parts.append(_FLAGS)
    return "\n\n".join(parts)


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


def _groups(names: list[str], folders: list[Path]) -> str:
    known = groups(folders)
    lines = ["groups"]
    for name in names:
        lines.append(f"  {name}=")
        for choice, path in known.get(name, {}).items():
            lines += textwrap.wrap(
                meaning(path), WIDTH - 23, initial_indent=f"    {choice:<18} ", subsequent_indent=" " * 23
            )
    return "\n".join(lines)


def _settings(verb: str, entries: list[str], typed: Arguments) -> str:
    """Each entry is `key  meaning`; the default is looked up in the composed config."""
    from gan_cli.config.compose import compose_full, plain
    from gan_cli.config.runs import flatten

    values = dict(flatten(plain(compose_full(verb, typed.overrides, typed.folders))))
    lines = ["settings typed most, with their defaults" + (" for what you typed" if typed.overrides else "")]
    for entry in entries:
        key, _, what = entry.partition("  ")
        if key in values:
            lines.append(f"  {f'{key}={spell(values[key])}':<38} {what.strip()}")
    return "\n".join(lines)
