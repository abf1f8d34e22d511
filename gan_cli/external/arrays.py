"""Finds the array of samples in an .npy or .npz file by its shape, before reading it, and puts channels first."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from gan_cli.data.own.walk import SUFFIXES
from gan_cli.errors import UserError
from gan_cli.external.given import Given
from gan_cli.spec import SampleSpec

Array = npt.NDArray[Any]

IMAGES = "images"
SAMPLES = "samples"
"""Array names that are tried first: `gan sample` writes them."""

NUMBERS = "buif"
"""Kinds of dtype that can be samples: booleans, unsigned and signed integers, floats."""

UNREADABLE = (
    OSError, ValueError, EOFError, LookupError, TypeError, SyntaxError, RuntimeError, MemoryError, OverflowError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""Exceptions that numpy and zipfile raise for a file that is damaged, locked, or too large for the memory."""

_ZIP, _NPY = b"PK", b"\x93NUMPY"
_NAMED = 5


@dataclass(frozen=True)
class StoredArray:
    """An array in a file that is not read yet.

    Attributes:
        given: the .npy or .npz file.
        name: name of the array in an .npz file; empty for an .npy file.
        shape: shape of the array.
        dtype: type of its values, in any byte order.
    """

    given: Given
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def load(self) -> Array:
        """Read the array. An .npy file is memory-mapped: its rows are read when they are used.

        Raises:
            UserError: the file is damaged, or the array does not fit in memory.
        """
        try:
            if not self.name:
                found: Array = np.load(
                    self.given.path, mmap_mode="r" if 0 not in self.shape else None, allow_pickle=False
                )
                return found
            with np.load(self.given.path, allow_pickle=False) as archive:
                return np.asarray(archive[self.name])
        except UNREADABLE as error:
            raise UserError(f"{self.given}: {self} cannot be read ({reason(error)})") from error

    def __str__(self) -> str:
        return f"{self.name or 'the array'}, {self.dtype.name} {shape_text(self.shape)}"


def stored_in(given: Given) -> list[StoredArray]:
    """Return the arrays of an .npy or .npz file, whatever its suffix is.

    Raises:
        UserError: the file has another format or contains no array; the message says what the file seems to be.
    """
    try:
        with given.path.open("rb") as opened:
            start = opened.read(len(_NPY))
            if start == _NPY:
                return [_described(given, "", opened)]
        if start.startswith(_ZIP):
            return list(_members(given))
    except UNREADABLE as error:
        raise UserError(f"{given}: cannot be read as .npy or .npz ({reason(error)})") from error
    raise UserError(
        f"{given}: neither an .npy or .npz file nor samples of the data's kind; save them with numpy.savez,\n"
        "or name the folder where each of them is a picture, a sound or a solid of its own"
    )


def choose(stored: Sequence[StoredArray], fits: Sequence[StoredArray], wanted: str) -> StoredArray:
    """Return the array of samples in a file: the one with a known name, or the only one that fits the data.

    Args:
        stored: all arrays of the file, at least one.
        fits: those of them that contain numbers and have a suitable shape.
        wanted: the expected shape as text.

    Raises:
        UserError: none fits, or several fit and none of them has a known name.
    """
    named = {one.name: one for one in reversed(fits)}
    for name in (IMAGES, SAMPLES):
        if name in named:
            return named[name]
    if len(fits) == 1:
        return fits[0]
    given = stored[0].given
    if fits:
        names = ", ".join(one.name for one in fits[:_NAMED])
        raise UserError(f"{given}: {names} could all be the samples; name the right one {IMAGES}")
    told = next((one for name in (IMAGES, SAMPLES) for one in stored if one.name == name), stored[0])
    more = f" (and {len(stored) - 1} more)" if len(stored) > 1 else ""
    raise UserError(f"{given}: {told}{more} does not fit the data, numbers {wanted}{_hint(told)}")


def reason(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if there is no message."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as text, such as "20 x 8 x 8"."""
    return " x ".join(map(str, shape)) or "a single value"


def _hint(told: StoredArray) -> str:
    if told.dtype.kind not in NUMBERS:
        return "; save plain numbers"
    return ""


def _members(given: Given) -> Iterator[StoredArray]:
    with zipfile.ZipFile(given.path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        arrays = [name for name in names if name.endswith(".npy")]
        if not arrays:
            raise UserError(f"{given}: {_no_arrays(names)}")
        for name in arrays:
            with archive.open(name) as opened:
                opened.read(len(_NPY))
                yield _described(given, name.removesuffix(".npy"), opened)


def _no_arrays(names: Sequence[str]) -> str:
    """Return what a zip archive without arrays seems to be, and what to do."""
    kinds = Counter(PurePosixPath(name).suffix.lower() for name in names)
    images = sum(count for suffix, count in kinds.items() if suffix in SUFFIXES)
    if images:
        return f"a zip archive of {images:,} images; unpack it and name the folder"
    if any(name.endswith("data.pkl") for name in names):
        return "a file of torch's, not samples; save these with numpy.savez"
    return f"a zip archive of {len(names)} files, none of them an array of numpy's; save the samples with numpy.savez"


def _described(given: Given, name: str, opened: IO[bytes]) -> StoredArray:
    """Read shape and type from the header, after the magic string.

    Raises:
        ValueError: the header is not valid.
    """
    version = tuple(opened.read(2))
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"format version {version}")
    shape, _, dtype = readers[version](opened)
    return StoredArray(given, name, tuple(shape), dtype)


Arrange = Callable[[Array], Array]

_RGB = 3


def layout_of(shape: tuple[int, ...], spec: SampleSpec) -> Arrange | None:
    """Return a function that converts an array of this shape to (N, *spec.shape); None if the shape does not fit.

    Channels may be the first or the last axis of a sample; the axis may be missing if there is one channel. RGB images
    are accepted for gray data if their channels are equal. Gray images are accepted for RGB data.
    """
    return _layouts(spec).get(shape[1:]) if shape else None


def wanted_of(spec: SampleSpec) -> str:
    """Return the standard layout as text."""
    return f"N x {shape_text(spec.shape)}"


def _layouts(spec: SampleSpec) -> Mapping[tuple[int, ...], Arrange]:
    """Return conversions by the shape of one sample. If two layouts have the same shape, the more usual one is used."""
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
    """Images (N, 3, H, W) whose channels are equal -> (N, 1, H, W).

    Raises:
        ValueError: the channels differ.
    """
    first = coloured[:, :1]
    unlike = int((coloured != first).reshape(len(coloured), -1).any(axis=1).sum())
    if unlike:
        raise ValueError(f"{unlike} of {len(coloured)} samples are in colour, but the data are gray; turn them gray")
    return first
