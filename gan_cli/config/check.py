"""Find everything that is wrong with a config at once, before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gan_cli.config.kinds import Kind, group_of, kind_of, mismatch, wanted
from gan_cli.config.run_folders import PLACE, RUNS, newest_run
from gan_cli.config.schema import complaint, did_you_mean
from gan_cli.config.signature import Setting, handed_over, settings_of
from gan_cli.config.targets import resolve
from gan_cli.errors import Problem, SettingError, spell
from gan_cli.own_code import is_own
from gan_cli.synonyms import of_setting

Node = dict[str, Any]
"""A part of a config as plain values; `_target_` names the class, the other entries are its keyword arguments."""

CLASS = "_target_"
"""The key that makes a group of settings a node."""

UNKNOWN = "no such setting"
"""Start of the message about a key that nothing reads."""

NEARLY = 0.8
"""Similarity from which a word counts as misspelled rather than as another word."""

Resolver = Callable[[object], Any]


def check(config: Node, root: Callable[..., Any], *, resolver: Resolver = resolve) -> None:
    """Check a whole config against the signature of `root` and of every class that it names.

    Args:
        config: plain values, resolved.
        root: the callable whose keyword arguments are the config's top-level keys.
        resolver: turns a `_target_` into a class; a stricter one for configs of unknown origin.

    Raises:
        SettingError: names every problem.
    """
    check_each([config], root, resolver=resolver)


def check_each(
    configs: Iterable[Node], root: Callable[..., Any], *, resolver: Resolver = resolve, words: Iterable[str] = ()
) -> None:
    """Check several configs, such as the points of a sweep, as `check` does one.

    Args:
        configs: plain values, resolved.
        root: the callable whose keyword arguments are the top-level keys of each.
        resolver: turns a `_target_` into a class.
        words: groups that have no key of their name in the config, but may be typed in front of an equals sign.

    Raises:
        SettingError: names every problem of all configs, each once.
    """
    problems: list[Problem] = []
    for config in configs:
        problems += [problem for problem in _problems(config, root, resolver, tuple(words)) if problem not in problems]
    if problems:
        raise SettingError.of(problems)


def _problems(config: Node, root: Callable[..., Any], resolver: Resolver, words: tuple[str, ...]) -> Iterator[Problem]:
    return _Walk(list(_names(config, "")), words, resolver).arguments("", config, settings_of(root))


def _names(config: Node, prefix: str) -> Iterator[str]:
    for key, value in config.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.")


@dataclass(frozen=True)
class _Walk:
    """Walks through a config along the signatures: nothing reads a key that no signature lists.

    Attributes:
        names: every key of the config, for suggestions.
        words: other words that may be typed at the top level.
        resolver: turns a `_target_` into a class.
    """

    names: list[str]
    words: tuple[str, ...]
    resolver: Resolver

    def arguments(self, prefix: str, given: Node, known: Mapping[str, Setting]) -> Iterator[Problem]:
        """Yield what is wrong with the given settings, compared with those in a signature."""
        for name, value in given.items():
            if name not in known:
                beside = [*known, *(() if prefix else self.words)]
                suggestion = _suggestion(prefix, str(name), value, beside, self.names)
                yield Problem(f"{prefix}{name}", value, f"{UNKNOWN}{suggestion}")
            elif value == "???":
                yield _not_given(prefix + name)
            else:
                yield from self._value(prefix + name, known[name].annotation, value)
        for name, setting in known.items():
            if setting.required and name not in given:
                yield _not_given(prefix + name)

    def _value(self, key: str, annotation: Any, value: Any) -> Iterator[Problem]:
        kind, group = kind_of(annotation), group_of(annotation)
        if isinstance(value, dict) and CLASS in value and kind is not None:
            yield from self._node(key, value, kind)
        elif isinstance(value, dict) and group is not None:
            yield from self.arguments(f"{key}.", value, group(value))
        elif isinstance(value, dict) and kind:
            yield Problem(key, value, f"names no class, so nothing reads it; {wanted(kind)}")
        elif words := complaint(annotation, value):
            yield Problem(key, value, words)

    def _node(self, key: str, node: Node, kind: Kind) -> Iterator[Problem]:
        try:
            target = self.resolver(node[CLASS])
        except SettingError as error:
            yield from error.under(key).problems
            return
        if words := mismatch(target, kind):
            yield Problem(f"{key}.{CLASS}", node[CLASS], words)
            return
        front = handed_over(target) if is_own(target) else ()
        for name in [name for name in node if name in front]:
            yield Problem(
                f"{key}.{name}", node[name], f"is a positional argument, which the program itself passes; {_star(name)}"
            )
        arguments = {name: value for name, value in node.items() if name != CLASS and name not in front}
        yield from self.arguments(f"{key}.", arguments, settings_of(target))


def _not_given(key: str) -> Problem:
    newest = newest_run(RUNS) if key == PLACE else None
    hint = f"; the newest is {key}={newest}" if newest else ""
    return Problem(key, "(nothing)", f"must be given: {key}=...{hint}")


def _star(name: str) -> str:
    return f"settings must be keyword-only: def __init__(self, ..., *, {name})"


def _suggestion(prefix: str, name: str, value: Any, known: list[str], names: list[str]) -> str:
    """Suggest the correct spelling, a key of this name elsewhere in the config, or our name for it."""
    elsewhere = [full for full in names if full.rpartition(".")[2] == name and full != prefix + name]
    return (
        _beside(prefix, did_you_mean(name, known, NEARLY))
        or (f"; did you mean {' or '.join(elsewhere[:2])}?" if elsewhere else "")
        or of_setting(name, spell(value))
        or _beside(prefix, did_you_mean(name, known))
        or "; --cfg job shows all settings"
    )


def _beside(prefix: str, hint: str) -> str:
    return hint.replace("did you mean ", f"did you mean {prefix}")
