"""The arguments of a callable: those that a config may set, and those that the program passes."""

from __future__ import annotations

import inspect
import itertools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gan_cli.own_code import is_own


@dataclass(frozen=True)
class Setting:
    """One keyword argument: what it accepts and whether it must be given."""

    annotation: Any
    required: bool


def settings_of(target: Callable[..., Any]) -> dict[str, Setting]:
    """The arguments of `target` that a config may set, including those that it passes to base classes as `**more`.

    Positional arguments without a default are excluded, because the program passes them (a SampleSpec, parameters).
    """
    hints = _hints(target)
    return {
        name: Setting(hints.get(name, Any), p.default is p.empty)
        for name, p in parameters_of(target).items()
        if p.kind is p.KEYWORD_ONLY or (p.kind is p.POSITIONAL_OR_KEYWORD and p.default is not p.empty)
    }


def handed_over(target: Callable[..., Any]) -> set[str]:
    """The arguments of `target` that the program passes: the positional ones without a default."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {p.name for p in parameters_of(target).values() if p.kind in kinds and p.default is p.empty}


def parameters_of(target: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters of `target` by name; empty for a callable written in C.

    If the constructor of a class takes `**more`, the keyword-only parameters of the next constructor are included.
    """
    try:
        found = dict(inspect.signature(target).parameters)
    except (TypeError, ValueError):
        return {}
    for constructor in _constructors(target)[1:]:
        more = inspect.signature(constructor).parameters.values()
        found |= {p.name: p for p in more if p.kind is p.KEYWORD_ONLY and p.name not in found}
    return {name: p for name, p in found.items() if p.kind is not p.VAR_KEYWORD}


def _constructors(target: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The constructor of a class and those to which it passes `**more`; any other callable alone."""
    if not isinstance(target, type):
        return [target]
    own = [vars(owner)["__init__"] for owner in inspect.getmro(target) if "__init__" in vars(owner)]
    passing = itertools.takewhile(_passes_on, own)
    return own[: sum(1 for _ in passing) + 1]


def _passes_on(constructor: Callable[..., Any]) -> bool:
    code = getattr(constructor, "__code__", None)
    return code is not None and bool(code.co_flags & inspect.CO_VARKEYWORDS)


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    """Annotations by argument; empty for the user's own code if a name was imported only for a type checker."""
    try:
        found: dict[str, Any] = {}
        for function in reversed(_constructors(target)):
            found |= typing.get_type_hints(function, include_extras=True)
        return found
    except (NameError, AttributeError, TypeError):
        if is_own(target):
            return {}
        raise
