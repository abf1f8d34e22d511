"""Shapes as docstrings give them, held against the tensors of every call that the tests make.

Read are the summary of a function, `Samples (N, C, *spatial) -> logits (N,)`, whose left side is about the tensors that
it is given, in their order, and the descriptions under `Args:` and `Attributes:`. `or` between shapes allows either. A
name means the same number throughout one call; one that an argument or an attribute of `self` has, such as
`latent.dim`, means that number; `*name` stands for any number of axes. An expression is worked out where its names are
known. A word before a shape that names a dtype is checked, too.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from torch import Tensor

import gan_cli

_DIM = r"(?:\.\.\.|\*?[A-Za-z_][\w.]*|\d+)(?: [*/+] (?:[A-Za-z_][\w.]*|\d+))*"
_SHAPE = re.compile(
    rf"(?:\b(?P<dtype>(?:uint|int|float)\d+) )?(?:\((?P<dims>{_DIM},(?: {_DIM},)*(?: {_DIM})?)\)|\b(?P<scalar>0-d)\b)"
)
_LETTERED = re.compile(r"\.\.\.|\*|\b[A-Z]\b|_dim\b|\.dim\b|\bcount\b|\bdim\b|\bheight\b")
"""What tells a shape from other things in parentheses, such as (0, 1) and (N, m)."""


RESTING = ContextVar("resting", default=False)
"""Whether shapes are not looked at now: in tests of what the program itself says of a wrong one."""


class ShapeError(AssertionError):
    """A tensor has not the shape that the docstring gives it."""


@dataclass(frozen=True)
class Shape:
    """One shape of a docstring: its dims as written, and the dtype before it."""

    dims: tuple[str, ...]
    dtype: str

    def fits(self, value: Tensor | np.ndarray, known: dict[str, Any]) -> bool:
        if self.dtype and not str(value.dtype).endswith(self.dtype):
            return False
        return _fits(self.dims, tuple(value.shape), known)


def _fits(dims: tuple[str, ...], sizes: tuple[int, ...], known: dict[str, Any]) -> bool:
    several = [i for i, dim in enumerate(dims) if dim.startswith("*") or dim == "..."]
    if not several:
        return len(dims) == len(sizes) and all(_is(dim, size, known) for dim, size in zip(dims, sizes, strict=True))
    (at,) = several
    behind = len(dims) - at - 1
    if len(sizes) < at + behind:
        return False
    end = len(sizes) - behind
    alone = [*zip(dims[:at], sizes[:at], strict=True), *zip(dims[at + 1 :], sizes[end:], strict=True)]
    return all(_is(dim, size, known) for dim, size in alone) and (
        dims[at] == "..." or _is(dims[at].lstrip("*"), sizes[at:end], known)
    )


def _is(dim: str, size: Any, known: dict[str, Any]) -> bool:
    if dim.isdigit():
        return int(dim) == size
    if re.search(r" [*/+] ", dim):
        try:
            return bool(eval(dim.replace("/", "//"), {}, known) == size)
        except NameError:
            return True
    return bool(known.setdefault(dim, _looked_up(dim, size, known)) == size)


def _looked_up(dim: str, size: Any, known: Mapping[str, Any]) -> Any:
    """What the name stands for among the arguments and the attributes of `self`; `size` where it is new."""
    first, _, rest = dim.partition(".")
    for owner in (known.get(first), getattr(known.get("self"), first, None)):
        value = attrgetter(rest)(owner) if rest and owner is not None and hasattr(owner, rest.split(".")[0]) else owner
        if isinstance(value, int) or (isinstance(value, tuple) and isinstance(size, tuple)):
            return value
    return size


@dataclass(frozen=True)
class Promise:
    """What a docstring says: for each argument, and for what is returned, the shapes that are allowed."""

    arguments: Mapping[str, list[Shape]]
    returned: Sequence[list[Shape]]

    def __bool__(self) -> bool:
        return bool(self.arguments or self.returned)


def promise_of(function: Callable[..., Any], explained: str, *, summary: bool = True) -> Promise:
    """What the docstring `explained` says of this function's tensors; `summary` tells whether its summary counts."""
    text = inspect.cleandoc(explained)
    signature = inspect.signature(function)
    arguments = {name: allowed[0] for name, words in _described(text) if (allowed := _shapes(words))}
    arguments = {name: allowed for name, allowed in arguments.items() if name in signature.parameters}
    tensors = [name for name, each in signature.parameters.items() if _is_tensor(each.annotation)]
    given, returned = _summarised(text) if summary else ([], [])
    if returned is None:
        returned = []
        if not tensors and _is_tensor(signature.return_annotation):
            given, returned = [], given
        elif _is_tensor(signature.return_annotation):
            given = []
    if len(given) == len(tensors):
        arguments |= dict(zip(tensors, given, strict=True))
    return Promise(arguments, returned)


def _summarised(text: str) -> tuple[list[list[Shape]], list[list[Shape]] | None]:
    """The shapes on both sides of the arrow in the first sentence that has any; None where there is no arrow."""
    first = re.split(r"[.;:] ", " ".join(text.partition("\n\n")[0].split()).replace(" -> ", " \0 "))
    for sentence in first:
        given, arrow, back = sentence.partition("\0")
        if arrow or _shapes(given):
            return _shapes(given), _shapes(back) if arrow else None
    return [], None


def _is_tensor(annotation: object) -> bool:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return (
        re.fullmatch(r"(tuple\[)?(Tensor|Array|Floats|npt\.NDArray\[[\w.]+\])(, Tensor\])?( \| None)?", text)
        is not None
    )


def _described(text: str) -> Iterator[tuple[str, str]]:
    for title in ("Attributes", "Args"):
        section = re.search(rf"^{title}:\n((?:    .*\n?)+)", text, re.MULTILINE)
        yield from re.findall(r"^    (\w+): (.*(?:\n {5,}.*)*)", section[1] if section else "", re.MULTILINE)


def _shapes(words: str) -> list[list[Shape]]:
    """The shapes of a text in their order; those with no more than `or` between them are one place."""
    found: list[list[Shape]] = []
    end = 0
    for match in _SHAPE.finditer(words):
        dims = match["dims"] or ""
        if dims and not _LETTERED.search(dims):
            continue
        shape = Shape(tuple(dim.strip() for dim in dims.split(",") if dim.strip()), match["dtype"] or "")
        between = words[end : match.start()]
        if found and re.fullmatch(r"[^;(]*\bor (?:\w+ )?", between):
            found[-1].append(shape)
        else:
            found.append([shape])
        end = match.end()
    return found


def watched(function: Callable[..., Any], promise: Promise) -> Callable[..., Any]:
    """The function, with its tensors held against the promise at each call."""
    signature = inspect.signature(function)
    name = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if RESTING.get():
            return function(*args, **kwargs)
        try:
            known = dict(signature.bind(*args, **kwargs).arguments)
        except TypeError:
            return function(*args, **kwargs)
        given = dict(known)
        for argument, allowed in promise.arguments.items():
            _hold(f"{name}: {argument}", given.get(argument), allowed, known)
        answer = function(*args, **kwargs)
        values = answer if isinstance(answer, tuple) and len(promise.returned) > 1 else (answer,)
        for value, allowed in zip(values, promise.returned, strict=False):
            _hold(f"{name}: what it returns", value, allowed, known)
        return answer

    return call


def _hold(place: str, value: object, allowed: list[Shape], known: dict[str, Any]) -> None:
    if not isinstance(value, Tensor | np.ndarray):
        return
    for shape in allowed:
        names = dict(known)
        if shape.fits(value, names):
            known |= names
            return
    wanted = " or ".join(f"{shape.dtype} ({', '.join(shape.dims)})".strip() for shape in allowed)
    raise ShapeError(f"{place} is {value.dtype} {tuple(value.shape)}, and its docstring says {wanted}")


def modules() -> list[ModuleType]:
    """All modules of the package."""
    found = pkgutil.walk_packages(gan_cli.__path__, "gan_cli.")
    return [importlib.import_module(each.name) for each in found if not each.name.endswith("__main__")]


def watch(patch: pytest.MonkeyPatch, among: Iterable[ModuleType]) -> list[str]:
    """Watch every function and class of these modules whose docstring gives shapes; their names."""
    among = list(among)
    protocols = [each for module in among for each in vars(module).values() if _is_protocol(each)]
    own = [each for module in among for each in vars(module).values() if _is_of(each, module)]
    functions = [each for each in own if inspect.isfunction(each)]
    promises = {each: promise for each in functions if (promise := promise_of(each, each.__doc__ or ""))}
    replacements = {each: watched(each, promise) for each, promise in promises.items()}
    for module in among:
        for name, each in list(vars(module).items()):
            if inspect.isfunction(each) and each in replacements:
                patch.setattr(module, name, replacements[each])
    methods = [name for each in own if inspect.isclass(each) for name in _watch_class(patch, each, protocols)]
    return [f"{each.__module__}.{each.__qualname__}" for each in promises] + methods


def _is_of(each: object, module: ModuleType) -> bool:
    return getattr(each, "__module__", None) == module.__name__


def _watch_class(patch: pytest.MonkeyPatch, owner: type, protocols: list[type]) -> Iterator[str]:
    for name, method in list(vars(owner).items()):
        if not inspect.isfunction(method):
            continue
        explained = owner.__doc__ or "" if name == "__init__" else _explained(owner, name, protocols)
        if promise := promise_of(method, explained, summary=name != "__init__"):
            yield f"{owner.__module__}.{method.__qualname__}"
            patch.setattr(owner, name, watched(method, promise))


def _explained(owner: type, method: str, protocols: list[type]) -> str:
    """The first docstring with shapes: of the method, of those that it overrides, of a protocol that its class fits."""
    family = [owner, *owner.__subclasses__()]
    fitted = [each for each in protocols if any(_methods(each) <= set(dir(member)) for member in family)]
    bases = [base for base in [*inspect.getmro(owner), *fitted] if inspect.isfunction(vars(base).get(method))]
    texts = [inspect.cleandoc(vars(base)[method].__doc__ or "") for base in bases]
    return next((text for text in texts if _summarised(text) not in (([], None), ([], []))), texts[0])


def _is_protocol(each: object) -> bool:
    return inspect.isclass(each) and getattr(each, "_is_protocol", False) and len(_methods(each)) > 1


def _methods(protocol: type) -> set[str]:
    return {name for name, each in vars(protocol).items() if inspect.isfunction(each) and not name.startswith("_")}
