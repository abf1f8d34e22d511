"""Keep torch from loading its compiler, `torch._dynamo`, until something is compiled.

Loading it takes more than a second of CPU time. torch's optimizers and operations on the meta device load it only to
say that they are not to be compiled. A stand-in answers that, and loads the compiler when more is asked.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_NAME = "torch._dynamo"


class _StandIn(ModuleType):
    """The module `torch._dynamo` with the two functions that code outside a compiler calls."""

    @staticmethod
    def disable(function: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Callable[..., Any]:
        """Return the function, or a decorator that returns it: nothing is compiled here."""
        return _as_it_is if function is None else function

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        """Do nothing: there is no graph."""

    def __getattr__(self, name: str) -> Any:
        """Load the compiler and return its attribute; `__path__` is asked for when one of its modules is imported."""
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        if sys.modules.get(_NAME) is self:
            del sys.modules[_NAME]
        return getattr(importlib.import_module(_NAME), name)


def load_late() -> None:
    """Put the stand-in in the place of the compiler, unless that is loaded already. Call it when torch is loaded."""
    if _NAME not in sys.modules:
        sys.modules[_NAME] = _StandIn(_NAME)


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function
