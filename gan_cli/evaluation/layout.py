"""Arrays of samples in the layouts that programs write, brought to channels first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gan_cli.evaluation.arrays import spelt
from gan_cli.spec import SampleSpec

Array = npt.NDArray[Any]
Arrange = Callable[[Array], Array]

_RGB = 3


def layout_of(shape: tuple[int, ...], spec: SampleSpec) -> Arrange | None:
    """What brings an array of this shape to (N, *spec.shape); None if nothing does.

    Channels may stand first or last, a single one need not stand at all. Gray images written as red, green and blue
    stand for gray ones, and gray ones for coloured ones.
    """
    return _layouts(spec).get(shape[1:]) if shape else None


def wanted_of(spec: SampleSpec) -> str:
    """The main layout in words."""
    return f"N x {spelt(spec.shape)}"


def _layouts(spec: SampleSpec) -> Mapping[tuple[int, ...], Arrange]:
    """By the shape of one sample, the most usual layout winning where two are the same."""
    if not spec.traits.positions:
        flat: dict[tuple[int, ...], Arrange] = {} if spec.channels > 1 else {(): lambda a: a[:, None]}
        return {**flat, spec.shape: _as_it_is}
    bare, last = spec.spatial, (*spec.spatial, spec.channels)
    found: dict[tuple[int, ...], Arrange] = {}
    if spec.channels == 1:
        if spec.is_picture:
            found |= {(*bare, _RGB): lambda a: _gray(np.moveaxis(a, -1, 1)), (_RGB, *bare): _gray}
        found[bare] = lambda a: a[:, None]
    elif spec.is_picture:
        found |= {
            bare: lambda a: _repeated(a[:, None]),
            (*bare, 1): lambda a: _repeated(np.moveaxis(a, -1, 1)),
            (1, *bare): _repeated,
        }
    return {**found, last: lambda a: np.moveaxis(a, -1, 1), spec.shape: _as_it_is}


def _as_it_is(array: Array) -> Array:
    return array


def _repeated(gray: Array) -> Array:
    return np.repeat(gray, _RGB, axis=1)


def _gray(coloured: Array) -> Array:
    """Images (N, 3, H, W) whose channels are the same -> (N, 1, H, W).

    Raises:
        ValueError: they are not.
    """
    first = coloured[:, :1]
    unlike = int((coloured != first).reshape(len(coloured), -1).any(axis=1).sum())
    if unlike:
        raise ValueError(f"{unlike} of {len(coloured)} samples are in colour, but the data are gray; turn them gray")
    return first
