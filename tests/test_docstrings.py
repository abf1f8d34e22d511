"""Every public method has a docstring: its own, or that of the method which it overrides."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import gan_cli


def public_methods() -> Iterator[tuple[type, str]]:
    for found in pkgutil.walk_packages(gan_cli.__path__, "gan_cli."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
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
