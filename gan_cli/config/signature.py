"""The keyword arguments of a callable: what a config may set, and what the program hands over."""

from __future__ import annotations

import inspect
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
    """The arguments of `target` that a config may set.

    Positional arguments without a default are handed over by the program (a SampleSpec, parameters), so they are none.
    """
    hints = _hints(target)
    return {
        p.name: Setting(hints.get(p.name, Any), p.default is p.empty)
        for p in _parameters(target)
        if p.kind is p.KEYWORD_ONLY or (p.kind is p.POSITIONAL_OR_KEYWORD and p.default is not p.empty)
    }


def handed_over(target: Callable[..., Any]) -> set[str]:
    """The arguments of `target` that the program hands over, because they stand in front without a default."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {p.name for p in _parameters(target) if p.kind in kinds and p.default is p.empty}


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    """Annotations by argument; none where they name what was imported for a type checker only."""
    try:
        function = inspect.getattr_static(target, "__init__") if isinstance(target, type) else target
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, TypeError):
        if is_own(target):
            return {}
        raise


def _parameters(target: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):  # written in C
        return []
