"""Writes docs/configuration.md: every setting, from the YAML groups and from the classes that they name.

    python docs/tables/configuration.py        `make docs` runs this

The text is in configuration.md beside this file. There a line `<<data>>` is replaced with the choices of configs/data,
and `<<train>>` with the settings and choices of configs/train.yaml. A group without a place is an error, and so is a
setting that no docstring explains.
"""

from __future__ import annotations

import importlib
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from settings import code, parts, sentence, settings_table, table

from gan_cli.config.check import Node
from gan_cli.config.folders import config_dir, groups, meaning
from gan_cli.config.runs import flatten
from gan_cli.config.targets import resolve
from gan_cli.errors import spell

TEMPLATE = Path(__file__).with_suffix(".md")
PAGE = TEMPLATE.parents[1] / TEMPLATE.name
ORIGIN = "<!-- `make docs` wrote this from docs/tables/configuration.md, configs/ and docstrings: edit those -->\n"

PRIMARIES = {path.stem: path for path in sorted(config_dir().glob("*.yaml"))}
GROUPS = {name: choices for name, choices in groups([config_dir()]).items() if "/" not in name}
PLACE = re.compile(r"^<<(\w+)>>$", re.MULTILINE)


def page(template: str) -> str:
    """Return the template with every place filled.

    Raises:
        ValueError: its places are not exactly those of the groups and of the primary configs with a text.
    """
    anchors = anchors_of(template)
    texts = {name: text for name in PRIMARIES if (text := primary(name, anchors))} | {
        name: group(name) for name in GROUPS
    }
    if odd := texts.keys() ^ set(PLACE.findall(template)):
        places = ", ".join(f"<<{name}>>" for name in sorted(odd))
        raise ValueError(f"{TEMPLATE}: {places}: no such place in it, or nothing in configs/ to fill it")
    return ORIGIN + PLACE.sub(lambda place: texts[place[1]], template)


def anchors_of(template: str) -> dict[str, str]:
    """Return the heading above each place, in the form that links use."""
    found, anchor = {}, ""
    for line in template.splitlines():
        if line.startswith("#"):
            anchor = re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        elif place := PLACE.match(line):
            found[place[1]] = anchor
    return found


def primary(verb: str, anchors: Mapping[str, str]) -> str:
    """Return the tables of a verb: the settings of its own config, and its choices from the groups."""
    path = PRIMARIES[verb]
    schema = resolve(importlib.import_module(f"gan_cli.commands.{verb}").SCHEMA)
    own = {key: value for key, value in load(path).items() if key not in GROUPS}
    picked = picks(path)
    for name, choice in picks(path).items():
        if isinstance(choice, str) and is_recipe(GROUPS[name][choice]):
            picked |= picks(GROUPS[name][choice])
    rows = [[f"[`{name}`](#{anchor})", _each(picked[name])] for name, anchor in anchors.items() if name in picked]
    return "\n\n".join(filter(None, [settings_table(schema, own), table(["group", "default"], rows)]))


def _each(choice: Any) -> str:
    return ", ".join(map(code, choice if isinstance(choice, list) else [choice])) or "—"


def group(name: str) -> str:
    """Return the text of a group: its recipes, or the settings of the whole group and of each of its classes."""
    if all(map(is_recipe, GROUPS[name].values())):
        return recipes(name)
    whole = [node for path in PRIMARIES.values() if "_target_" in (node := load(path).get(name, {}))]
    return "\n\n".join([*map(_settings, whole), *sections(name)])


def recipes(name: str) -> str:
    """Return a row for each recipe of a group, with what it sweeps over, or with its choices and changes."""
    paths = GROUPS[name]
    columns = {"sweeps": sweeps} if any(map(sweeps, paths.values())) else {"picks": picks, "changes": changes}
    rows = [
        [code(choice), meaning(path), *(overrides(column(path)) for column in columns.values())]
        for choice, path in paths.items()
    ]
    return table([name, "meaning", *columns], rows)


def overrides(settings: Mapping[str, Any]) -> str:
    """Return settings in the form in which users type them."""
    return ", ".join(f"`{key}={spell(value)}`" for key, value in settings.items()) or "—"


def sections(name: str) -> Iterator[str]:
    """Yield the choices of a group. Equal settings in the same place share a heading; a single choice has none."""
    found: dict[tuple[str, str], list[str]] = {}
    for choice, path in GROUPS[name].items():
        places: dict[str, list[str]] = {}
        for place, node in parts(load(path), package(path)):
            places.setdefault(_settings(node), []).append(f"`{place}.*`")
        for settings, its_places in places.items():
            found.setdefault((settings, ", ".join(its_places)), []).append(choice)
    for (settings, where), choices in found.items():
        elsewhere = f": settings {where}" if settings and where != f"`{name}.*`" else ""
        heading = f"### {', '.join(_typed(name, choice) for choice in choices)}{elsewhere}\n"
        yield f"{heading if len(GROUPS[name]) > 1 else ''}{meanings(name, choices)}\n\n{settings or 'No settings.'}"


def _settings(node: Node) -> str:
    return settings_table(resolve(node["_target_"]), node)


def _typed(name: str, choice: str) -> str:
    several = any(isinstance(picks(path).get(name), list) for path in PRIMARIES.values())
    return f"`{name}=[{choice}]`" if several else f"`{name}={choice}`"


def meanings(name: str, choices: Sequence[str]) -> str:
    """Return the first comments of the choices; a page of docs/ that they name becomes a link."""
    said = {choice: re.sub(r"\bdocs/([\w.]+)", r"[\1](\1)", meaning(GROUPS[name][choice])) for choice in choices}
    if len(said) == 1:
        return sentence(*said.values())
    return "\n".join(f"- `{choice}`: {text}" for choice, text in said.items())


@cache
def load(path: Path) -> Node:
    """Return the plain values of a YAML file, with nothing resolved."""
    values: Any = OmegaConf.to_container(OmegaConf.load(path))
    return typing.cast(Node, values)


@cache
def package(path: Path) -> str:
    """Return where a config has the values of a choice: at its `# @package`, else under the name of its group."""
    found = re.search(r"^# @package (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else path.parent.name


def is_recipe(path: Path) -> bool:
    """Whether a choice sets values of other groups, and none of its own group."""
    return package(path).partition(".")[0] not in GROUPS


def picks(path: Path) -> dict[str, Any]:
    """Return the choices that the defaults list of a file makes from the groups."""
    entries = [entry for entry in load(path).get("defaults", []) if isinstance(entry, dict)]
    named = {str(key).rpartition("/")[2]: choice for entry in entries for key, choice in entry.items()}
    return {name: choice for name, choice in named.items() if name in GROUPS}


def changes(path: Path) -> dict[str, Any]:
    """Return the settings of a recipe by full keys."""
    return dict(flatten({key: value for key, value in _placed(path).items() if key != "hydra"}))


def sweeps(path: Path) -> dict[str, Any]:
    """Return the axes that a recipe sweeps over."""
    return dict(_placed(path).get("hydra", {}).get("sweeper", {}).get("params", {}))


def _placed(path: Path) -> Node:
    values = {key: value for key, value in load(path).items() if key != "defaults"}
    above = [] if package(path) == "_global_" else package(path).split(".")
    return reduce(lambda inner, key: {key: inner}, reversed(above), values)


if __name__ == "__main__":
    PAGE.write_text(page(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
