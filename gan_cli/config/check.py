"""All that is wrong with a config, found at once and before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gan_cli.config.schema import Setting, complaint, did_you_mean, settings_of
from gan_cli.config.targets import resolve
from gan_cli.errors import Problem, SettingError

Node = dict[str, Any]
"""A part of a config as plain values; `_target_` names the class, the rest are its keyword arguments."""

Resolver = Callable[[object], Any]


def check(config: Node, root: Callable[..., Any], *, resolver: Resolver = resolve) -> None:
    """Check a whole config against the signature of `root` and of every class that it names.

    Args:
        config: plain values, resolved.
        root: the callable whose keyword arguments are the config's top-level keys.
        resolver: turns a `_target_` into a class; a stricter one for configs of unknown origin.

    Raises:
        SettingError: naming every problem together.
    """
    check_each([config], root, resolver=resolver)


def check_each(configs: Iterable[Node], root: Callable[..., Any], *, resolver: Resolver = resolve) -> None:
    """Check several configs, such as the points of a sweep, as `check` does one.

    Raises:
        SettingError: naming every problem of all of them together, each once.
    """
    problems: list[Problem] = []
    for config in configs:
        problems += [problem for problem in _problems(config, root, resolver) if problem not in problems]
    if problems:
        raise SettingError.of(problems)


def _problems(config: Node, root: Callable[..., Any], resolver: Resolver) -> Iterator[Problem]:
    names = sorted(_names(config, ""))
    yield from _arguments("", config, settings_of(root), names)
    for key, node in _nodes(config, ""):
        yield from _node(key, node, names, resolver)


def _nodes(config: Node, prefix: str) -> Iterator[tuple[str, Node]]:
    for key, value in config.items():
        if isinstance(value, dict):
            if "_target_" in value:
                yield prefix + key, value
            yield from _nodes(value, f"{prefix}{key}.")


def _names(config: Node, prefix: str) -> Iterator[str]:
    for key, value in config.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.")


def _node(key: str, node: Node, names: list[str], resolver: Resolver) -> Iterator[Problem]:
    try:
        target = resolver(node["_target_"])
    except SettingError as error:
        yield from error.under(key).problems
        return
    arguments = {name: value for name, value in node.items() if name != "_target_"}
    yield from _arguments(f"{key}.", arguments, settings_of(target), names)


def _arguments(prefix: str, given: Node, known: Mapping[str, Setting], names: list[str]) -> Iterator[Problem]:
    for name, value in given.items():
        if name not in known:
            yield Problem(prefix + name, value, f"no such setting{_suggestion(prefix, name, list(known), names)}")
        elif value == "???":
            yield Problem(prefix + name, "(nothing)", f"must be given: {prefix}{name}=...")
        elif words := complaint(known[name].annotation, value):
            yield Problem(prefix + name, value, words)
    for name, setting in known.items():
        if setting.required and name not in given:
            yield Problem(prefix + name, "(nothing)", f"must be given: {prefix}{name}=...")


def _suggestion(prefix: str, name: str, known: list[str], names: list[str]) -> str:
    """The nearest setting beside it, else one of the same name elsewhere in the config."""
    if near := did_you_mean(name, known):
        return near.replace("did you mean ", f"did you mean {prefix}")
    elsewhere = [full for full in names if full.rpartition(".")[2] == name and full != prefix + name]
    return f"; did you mean {' or '.join(elsewhere[:2])}?" if elsewhere else "; --cfg job shows all settings"
