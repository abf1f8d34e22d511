"""Which classes a key of a config accepts: those that fit the annotation of the argument that gets the object.

A setting whose annotation is a class (`loss: Loss`) takes a node that builds one. `Mapping[str, Sink]` takes nodes by
name, and so does a TypedDict. A base class must be inherited. Of a protocol, every method must exist before anything is
built, and every attribute afterwards. `Any` and `dict` take a node of any class; our own classes do not use them.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from gan_cli.config.signature import Setting

Kind = tuple[type, ...]
"""The types that a class must fit, all of them; empty for any class."""

Group = Callable[[Iterable[str]], Mapping[str, Setting]]
"""The given names -> the settings that exist."""

_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Builds:
    """In `Annotated[Node, Builds(Source)]`: the node is kept as it is, and later becomes an object of this kind."""

    kind: type


def kind_of(annotation: Any) -> Kind | None:
    """Return what a node at a setting with this annotation must build; None if no node is allowed there."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *more = get_args(annotation)
        built = [each.kind for each in more if isinstance(each, Builds)]
        kind = kind_of(base)
        return tuple(built) or (None if kind is None else (*kind, *(each for each in more if isinstance(each, type))))
    if origin in (Union, types.UnionType):
        return next((kind for arm in get_args(annotation) if (kind := kind_of(arm)) is not None), None)
    if annotation in (Any, dict) or origin is dict:
        return ()
    is_class = isinstance(annotation, type) and origin is None and not typing.is_typeddict(annotation)
    return (annotation,) if is_class and annotation not in _PLAIN else None


def group_of(annotation: Any) -> Group | None:
    """Return which settings a group of nodes by name has, by its annotation; None if it is not such a group."""
    arms = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return next((group for arm in arms if (group := _group(arm)) is not None), None)


def _group(annotation: Any) -> Group | None:
    if annotation in (Any, dict) or get_origin(annotation) is dict:
        return _of_each(Any)
    if typing.is_typeddict(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        named = {name: Setting(hint, name in annotation.__required_keys__) for name, hint in hints.items()}
        return (lambda _: named) if not hints or any(map(takes_nodes, hints.values())) else None
    if get_origin(annotation) is Mapping and takes_nodes(get_args(annotation)[1]):
        return _of_each(get_args(annotation)[1])
    return None


def _of_each(annotation: Any) -> Group:
    return lambda names: {name: Setting(annotation, required=False) for name in names}


def takes_nodes(annotation: Any) -> bool:
    """Whether an object may be built at a setting with this annotation, or below it."""
    return kind_of(annotation) is not None or group_of(annotation) is not None


def mismatch(target: Any, kind: Kind) -> str | None:
    """Return why a class does not build this kind, and what is needed instead; None if the class fits."""
    if kind and not isinstance(target, type):
        return f"is no class; {wanted(kind)}"
    for each in kind:
        if not _is_protocol(each):
            if not issubclass(target, each):
                return wanted(kind)
        elif missing := [name for name in _methods(each) if not callable(getattr(target, name, None))]:
            return f"has no {_listed(missing)}; {wanted(kind)}"
    return None


def unfinished(built: object, kind: Kind) -> str | None:
    """Return what an object lacks to be of this kind; None if it is complete."""
    absent = [name for each in kind for name in _members(each) if not _has(built, name)]
    return f"has no {_listed(absent)}; {wanted(kind)}" if absent else None


def wanted(kind: Kind) -> str:
    """Describe what is needed: the first paragraph of a protocol's docstring, or the names of the base classes."""
    protocol = next((each for each in kind if _is_protocol(each)), None)
    if protocol is not None:
        text = " ".join(inspect.cleandoc(protocol.__doc__ or protocol.__name__).partition("\n\n")[0].split())
        return f"must be {text[0].lower()}{text[1:].rstrip('.')}"
    return f"must be a {' and a '.join(_path(each) for each in kind)}, or derive from it"


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_protocol(kind: type) -> bool:
    return bool(getattr(kind, "_is_protocol", False))


def _members(kind: type) -> Iterator[str]:
    """The names that a protocol requires, in order of definition; of a base class, those that are only annotated."""
    named = {**(vars(kind) if _is_protocol(kind) else {}), **vars(kind).get("__annotations__", {})}
    yield from (name for name in named if not name.startswith("_"))


def _methods(protocol: type) -> Iterator[str]:
    return (name for name in _members(protocol) if inspect.isfunction(vars(protocol).get(name)))


def _has(built: object, name: str) -> bool:
    """Whether an object has an attribute. A property is not evaluated, because it may read files."""
    return hasattr(type(built), name) or hasattr(built, name)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
