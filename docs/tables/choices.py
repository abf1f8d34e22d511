"""Writes the settings into configs/: values and comments come from signatures and docstrings, so each is written once.

    python docs/tables/choices.py        updates the YAML after a setting of a class was added, renamed or documented

The first comment of a file, the class that it names and the order of its settings are written by hand. New settings
are added at the end. Settings that no longer exist are dropped.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from settings import explanations, on_one_line

from gan_cli.config.folders import config_dir, groups
from gan_cli.config.signature import parameters_of, settings_of
from gan_cli.config.targets import resolve
from gan_cli.errors import spell

WIDTH = 120
BY_HAND = frozenset({"model", "experiment", "sweep"})
"""Groups whose files choose from other groups and set their settings."""

_TARGET = re.compile(r"^( *)_target_: (\S+)$")


def written(text: str) -> str:
    """Return the YAML of a choice with the settings of each class that it names, as the class defines them."""
    lines = text.splitlines()
    done: list[str] = []
    place = 0
    while place < len(lines):
        done.append(lines[place])
        place += 1
        if target := _TARGET.match(lines[place - 1]):
            end = next((at for at in range(place, len(lines)) if not lines[at].startswith(target[1])), len(lines))
            done += _settings(target[1], resolve(target[2]), lines[place:end])
            place = end
    return "\n".join(done) + "\n"


def _settings(indent: str, target: Any, lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines of all settings of a class: existing ones in their order, then new ones; others are dropped."""
    known, there = settings_of(target), _chunks(indent, lines)
    for name, chunk in there.items():
        if name in known:
            yield _line(indent, name, chunk[0], target)
            yield from chunk[1:]
    for name, setting in known.items():
        if name not in there and not setting.required:
            yield _line(indent, name, f"{indent}{name}: null", target)


def _chunks(indent: str, lines: Sequence[str]) -> dict[str, list[str]]:
    """Return the lines of each setting by its name."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if match := re.match(rf"{indent}(\w+):", line):
            found[match[1]] = [line]
        else:
            list(found.values())[-1].append(line)
    return found


def _line(indent: str, name: str, line: str, target: Any) -> str:
    """Return the line of a setting: its default (spelled as before if it is unchanged) and its meaning."""
    value, _, _ = line.partition("  #")
    default = parameters_of(target)[name].default
    default = list(default) if isinstance(default, tuple) else default
    loaded = yaml.safe_load(value)[name]
    if isinstance(loaded, dict) or value.rstrip().endswith(":"):  # a node, or a ramp on several lines
        return line
    if default is not inspect.Parameter.empty and _plain(loaded) != default:
        spelled = spell(default)
        is_text = isinstance(default, str) and yaml.safe_load(spelled) == default  # `off` would be read as false
        value = f"{indent}{name}: {spelled if is_text or not isinstance(default, str) else json.dumps(default)}"
    room = WIDTH - len(value) - len("  # ")
    comment = _comment(explanations(target).get(name, ""), settings_of(target)[name].annotation, room)
    return f"{value}  # {comment}" if comment else value


def _plain(value: Any) -> Any:
    """Return the value, as a number if it is one that YAML 1.1 reads as text, such as 2e-4."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _comment(meant: str, annotation: Any, room: int) -> str:
    """Return the choices if the meaning does not name all of them, and as many clauses of the meaning as fit."""
    clauses = list(_clauses(on_one_line(meant).replace("`", "")))
    named = get_args(annotation) if get_origin(annotation) is Literal else ()
    choices = "" if all(str(choice) in meant for choice in named) else ", ".join(map(str, named))
    for count in range(len(clauses), 0, -1):
        said = "".join(clauses[:count]).rstrip(" ;,.:")
        if len(said) + len(choices) + 2 * bool(choices) <= room:
            return f"{choices}: {said}" if choices else said
    return choices if len(choices) <= room else ""


def _clauses(text: str) -> Iterator[str]:
    """Yield a sentence in pieces that can be left out from the end."""
    yield from re.findall(r".+?(?:[;.] | (?=\()|$)", text)


def files() -> Mapping[str, Path]:
    """Return the files that this script writes, by `group=choice`."""
    found = groups([config_dir()]).items()
    return {
        f"{group}={choice}": path
        for group, paths in found
        for choice, path in paths.items()
        if group not in BY_HAND and not group.startswith("hydra")
    }


EVALUATE = config_dir() / "evaluate.yaml"


def with_all_metrics(text: str) -> str:
    """Return the YAML of `gan evaluate` with all of its default metrics; those already named keep their order."""
    known = groups([config_dir()])["metric"]
    unasked = [name for name, path in known.items() if _metric(path).by_default]
    head, _, tail = text.partition("  - metric:\n")
    listed = re.match(r"(?:      - \w+\n)*", tail)
    assert listed is not None
    named = re.findall(r"- (\w+)", listed[0])
    order = [name for name in named if name in unasked] + [name for name in unasked if name not in named]
    return f"{head}  - metric:\n{''.join(f'      - {name}{chr(10)}' for name in order)}{tail[listed.end() :]}"


def _metric(path: Path) -> Any:
    (node,) = yaml.safe_load(path.read_text(encoding="utf-8")).values()
    return resolve(node["_target_"])


if __name__ == "__main__":
    EVALUATE.write_text(with_all_metrics(EVALUATE.read_text(encoding="utf-8")), encoding="utf-8")
    for path in files().values():
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
