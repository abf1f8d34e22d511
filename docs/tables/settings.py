"""The settings of a signature as a Markdown table: names and ranges from annotations, meanings from docstrings.

It uses only signatures and plain values. configuration.py decides which of them are on the page.
"""

from __future__ import annotations

import collections.abc
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from gan_cli.config.check import Node
from gan_cli.config.schema import bounds, fewest
from gan_cli.config.signature import settings_of
from gan_cli.config.targets import resolve
from gan_cli.errors import spell


def settings_table(target: Callable[..., Any], values: Node) -> str:
    """Return a table of the settings of a signature, with `values` as their defaults; empty if there are none.

    Raises:
        ValueError: no docstring explains a setting.
    """
    return table(["setting", "default", "accepts", "meaning"], list(_rows(target, values)))


def _rows(target: Callable[..., Any], values: Node, prefix: str = "") -> Iterator[list[str]]:
    explained = explanations(target)
    for name, setting in settings_of(target).items():
        value = values.get(name, {})
        inner = dict(parts(value, f"{prefix}{name}"))
        if value != {} and prefix + name not in inner:  # not filled by other files, and not a part itself
            if name not in explained:
                raise ValueError(f"{target.__module__}.{target.__qualname__}: no docstring says what `{name}` means")
            default = code(list(value) if inner else value)
            yield [f"`{prefix}{name}`", default, accepts(setting.annotation), sentence(explained[name])]
        for place, node in inner.items():
            yield from _rows(resolve(node["_target_"]), node, f"{place}.")


def parts(value: Any, place: str) -> Iterator[tuple[str, Node]]:
    """Yield the nodes that name a class, with their places in a config; nodes inside such a node belong to it."""
    if isinstance(value, dict) and "_target_" in value:
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from parts(inner, f"{place}.{key}")


def explanations(target: Callable[..., Any]) -> dict[str, str]:
    """Return the text for each argument in the docstring of a function, or of a class and its base classes."""
    found: dict[str, str] = {}
    for owner in reversed(inspect.getmro(target) if isinstance(target, type) else (target,)):
        text = inspect.cleandoc(owner.__doc__ or "")
        for title in ("Attributes", "Args"):
            section = re.search(rf"^{title}:\n((?:    .*\n?)+)", text, re.MULTILINE)
            found |= dict(re.findall(r"^    (\w+): (.*(?:\n {5,}.*)*)", section[1] if section else "", re.MULTILINE))
    return found


def accepts(annotation: Any) -> str:
    """Return in words which values an annotation accepts; `complaint` of gan_cli/config/schema.py checks the same."""
    if typing.is_typeddict(annotation):
        return f"a {annotation.__name__.lower()}"
    origin = get_origin(annotation)
    return _WORDS[origin](*get_args(annotation)) if origin else _PLAIN[annotation]


def _within(base: Any, *constraints: Any) -> str:
    kind, limits, least = accepts(base), bounds(constraints), fewest(constraints)
    if least:
        return f"{kind} ({least} or more)"
    if [sign for sign, _ in limits] == [">=", "<="]:
        span = " to ".join(number for _, number in limits)
    else:
        span = " and ".join(f"{_SIGNS.get(sign, sign)} {number}" for sign, number in limits)
    return span if base is float and span else f"{kind} {span}".strip()


def _any_of(*arms: Any) -> str:
    words = " or ".join(accepts(arm) for arm in arms if arm is not type(None))
    return f"{words}, or null" if type(None) in arms else words


def _list_of(item: Any, *_: Any) -> str:
    return "list of " + accepts(item).replace("number", "numbers", 1)


_SIGNS = {">=": "≥", "<=": "≤"}
_PLAIN: Mapping[Any, str] = {int: "whole number", float: "number", str: "text", bool: "true, false"}
_WORDS: Mapping[Any, Callable[..., str]] = {
    Annotated: _within,
    Literal: lambda *choices: ", ".join(map(spell, choices)),
    Union: _any_of,
    types.UnionType: _any_of,
    list: _list_of,
    collections.abc.Sequence: _list_of,
    tuple: lambda *items: f"{len(items)} values, each {accepts(items[0])}",
    collections.abc.Mapping: lambda *_: "parts by name",
}


def code(value: Any) -> str:
    """Return a default in the form in which it is typed; values that a run fills in become `<time>` or `<name>`."""
    text = re.sub(r"\$\{now:[^}]*\}", "<time>", spell(value))
    text = re.sub(r"\$\{(?:[^}]*\.)?(\w+)\}", r"<\1>", text)
    return "must be given" if value == "???" else f"`{text}`"


def on_one_line(text: str) -> str:
    """Return a docstring or a comment on one line, with None as `null`, as users type it."""
    return re.sub(r"\bNone\b", "`null`", re.sub(r"\s+", " ", text.strip()))


def sentence(text: str) -> str:
    """Return the text on one line, with a capital letter and a full stop."""
    line = on_one_line(text)
    return line[0].upper() + line[1:] + ("" if line.endswith((".", ".)")) else ".")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; empty if there are no rows."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    head, *body = [f"| {' | '.join(row)} |" for row in (header, *cells)]
    return "\n".join([head, "|---" * len(header) + "|", *body]) if body else ""
