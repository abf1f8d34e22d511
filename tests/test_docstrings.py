"""Every public method has a docstring, its own or that of the method which it overrides; what it raises there is."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from documented_shapes import modules

import gan_cli


def public_methods() -> Iterator[tuple[type, str]]:
    for module in modules():
        for name, owner in vars(module).items():
            if inspect.isclass(owner) and owner.__module__ == module.__name__ and not name.startswith("_"):
                for method, each in vars(owner).items():
                    function = getattr(each, "fget", None) or getattr(each, "__func__", each)
                    is_field = method in owner.__dict__.get("__annotations__", {})
                    if inspect.isfunction(function) and not method.startswith("_") and not is_field:
                        yield owner, method


def says(owner: type, method: str) -> str:
    """The nearest docstring, in the class itself or in those that it derives from."""
    found = (inspect.getattr_static(base, method).__doc__ for base in inspect.getmro(owner) if method in vars(base))
    return next((text for text in found if text), "")


def test_a_public_method_says_what_it_does_or_overrides_one_that_does() -> None:
    silent = [
        f"{owner.__module__}.{owner.__qualname__}.{method}"
        for owner, method in public_methods()
        if not says(owner, method)
    ]
    assert not silent


def test_an_override_may_rest_and_nothing_else() -> None:
    class Base:
        def measured(self) -> None:
            """Return the measured value."""

    class Derived(Base):
        def measured(self) -> None: ...

        def silent(self) -> None: ...

    assert says(Derived, "measured") == "Return the measured value."
    assert not says(Derived, "silent")


def exceptions() -> set[str]:
    """The names of exceptions and of tuples of them: those of Python, and those that a module defines or imports."""
    named = [pair for module in [builtins, *modules()] for pair in vars(module).items()]
    return {
        name for name, each in named if all(map(is_exception, each if isinstance(each, tuple) and each else (each,)))
    }


def is_exception(each: object) -> bool:
    return inspect.isclass(each) and issubclass(each, BaseException)


def test_what_a_docstring_says_is_raised_is_an_exception() -> None:
    known = exceptions()
    wrong = []
    for path in sorted(Path(gan_cli.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
                section = re.search(r"^Raises:\n((?:    .*\n?)+)", text, re.MULTILINE)
                named = re.findall(r"^    (\w+):", section[1] if section else "", re.MULTILINE)
                wrong += [f"{path.name}: {node.name}: {name}" for name in named if name not in known]
    assert not wrong
