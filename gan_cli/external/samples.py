"""Reads samples of another program from arrays, images or files of their kind, in the format of our samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.config.run_folders import is_run
from gan_cli.data.image.files import visit
from gan_cli.data.image.images import decode, size_of
from gan_cli.data.own.folder_scan import GRID, list_images, scan_folder
from gan_cli.errors import SettingError, UserError
from gan_cli.external.arrays import NUMBERS, Arrange, choose, layout_of, stored_in, wanted_of
from gan_cli.external.given import Given
from gan_cli.external.own_formats import FORMATS, files_at, read_files
from gan_cli.external.values import Range, checked_range, range_of, rescale, span_of
from gan_cli.spec import SampleSpec, normalise

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

_FILES = (".npz", ".npy")
_ENDS = {"images": ("black", "white"), "voxels": ("empty", "solid")}
"""What the ends of the range of values mean, by the kind of sample."""


@dataclass(frozen=True)
class ExternalSamples:
    """Samples of another program; those of a folder are read when `take` is called.

    Attributes:
        count: number of samples.
        take: rows (n,), ascending -> these samples (n, *spec.shape), float32 in the spec's range.
        description: which array was read and which values are black and white, as text; may be empty.
        order: returns the rows sorted by the content of the samples; None if the order of the file names is used.
    """

    count: int
    take: Callable[[Rows], Tensor]
    description: str
    order: Callable[[], Rows] | None = None

    def draw(self, count: int, seed: int) -> Tensor:
        """Return all samples in stored order, or a random part that does not depend on the stored order."""
        if count >= self.count:
            return self.take(np.arange(self.count))
        order = np.arange(self.count) if self.order is None else self.order()
        drawn = order[np.random.default_rng(seed).permutation(self.count)[:count]]
        ascending = np.argsort(drawn)
        return self.take(drawn[ascending])[np.argsort(ascending)]


def is_external(path: Path) -> bool:
    """Whether `run=` names something other than a run folder."""
    return not is_run(path)


def open_external(given: Given, spec: SampleSpec, value_range: Sequence[float] | None = None) -> ExternalSamples:
    """Find the samples, their layout and their range of values.

    Args:
        given: an .npy or .npz file, or a folder with images or with one such file; else a file or folder of sounds,
            texts, voxels or meshes. The array has any numeric type and the shape (N, *spec.shape). Channels may also be
            the last axis, or missing if there is one channel.
        spec: kind, shape and value range of the data to compare with.
        value_range: values of black and white; None infers them from the type and the values.

    Raises:
        UserError: no samples fit the data; the message says what was found and what to do.
    """
    if value_range is not None and spec.value_range is None:
        raise SettingError("range", list(value_range), f"{spec} have no range of values; leave it out")
    if given.path.is_dir():
        return _in_folder(given, spec, value_range)
    if not given.path.exists():
        raise UserError(f"{given}: there is no such file or folder")
    if not given.path.is_file():
        raise UserError(f"{given}: is neither a file nor a folder")
    if given.path.suffix.lower() not in _FILES and (names := files_at(given, spec)):
        return _in_own_format(given, names, spec, value_range)
    return _in_file(given, spec, value_range)


def _in_folder(given: Given, spec: SampleSpec, value_range: Sequence[float] | None) -> ExternalSamples:
    names = list_images(given.path, setting=given.setting)
    if names and spec.is_picture:
        return ExternalSamples(len(names), partial(_decoded, given, names, spec, value_range), "")
    files = sorted(file for file in given.path.iterdir() if file.suffix in _FILES and file.is_file())
    if len(files) == 1:
        return _in_file(given.at(files[0]), spec, value_range)
    if own := files_at(given, spec):
        return _in_own_format(given, own, spec, value_range)
    if files:
        raise UserError(f"{given}: holds {', '.join(file.name for file in files[:5])}; name one of them")
    if names:
        raise UserError(f"{given}: a folder of images does not fit data of {spec}; give an .npz with samples")
    if scan_folder(given.path).skipped[GRID]:
        raise UserError(f"{given}: holds only pictures of several samples at once; draw them with 'formats=[npz]'")
    no_file = f"no {FORMATS[spec.kind].what}" if spec.kind in FORMATS else "no image"
    raise UserError(f"{given}: holds {no_file}, no .npz and no config.yaml of a run: no samples")


def _in_own_format(
    given: Given, names: Sequence[str], spec: SampleSpec, value_range: Sequence[float] | None
) -> ExternalSamples:
    """Read files of sounds, texts, voxels or meshes, whose formats say what their values mean."""
    if value_range is not None:
        raise SettingError("range", list(value_range), "is for arrays; these files say it themselves, leave it out")
    stored, told = read_files(given, names, spec)
    return ExternalSamples(len(stored), lambda rows: normalise(stored[torch.from_numpy(rows)], spec), told)


def _decoded(
    given: Given, names: Sequence[str], spec: SampleSpec, value_range: Sequence[float] | None, rows: Rows
) -> Tensor:
    """Read images of a folder. Their range is inferred too: files may contain 0 and 1 instead of 0 and 255."""
    levels = pictures(given, names, spec, rows)
    span = span_of(levels)
    if value_range is None:
        bounds = range_of(span, f"{given}: the images go", levels.dtype)
    else:
        bounds = checked_range(span, "the images", value_range)
    arrange = layout_of(levels.shape, spec)
    assert arrange is not None
    return _converted(levels, arrange, bounds, spec, str(given))


def _in_file(given: Given, spec: SampleSpec, value_range: Sequence[float] | None) -> ExternalSamples:
    stored = stored_in(given)
    fits = [one for one in stored if one.dtype.kind in NUMBERS and layout_of(one.shape, spec) is not None]
    chosen = choose(stored, fits, wanted_of(spec))
    array = chosen.load()
    if len(array) == 0:
        raise UserError(f"{given}: {chosen} is empty")
    span = span_of(array)
    if span.broken:
        raise UserError(f"{given}: {span.broken} of {len(array)} samples hold nan or infinity; leave them out")
    arrange = layout_of(array.shape, spec)
    assert arrange is not None
    named = f"{given}: {chosen}"
    if spec.value_range is None:
        return ExternalSamples(
            len(array),
            lambda rows: _points(arrange(np.asarray(array[rows])), named),
            str(chosen),
            partial(_by_content, array),
        )
    if value_range is not None:
        bounds = checked_range(span, str(chosen), value_range)
    elif spec.kind == "text":  # shares of tokens have no other range
        bounds = checked_range(span, str(chosen), spec.value_range)
    else:
        bounds = range_of(span, named, chosen.dtype, name=chosen.name)
    low, high = _ENDS.get(spec.kind, ("lowest", "highest"))
    description = f"{chosen}, {low} {bounds[0]:g}, {high} {bounds[1]:g}"
    return ExternalSamples(
        len(array),
        lambda rows: _converted(np.asarray(array[rows]), arrange, bounds, spec, named),
        description,
        partial(_by_content, array),
    )


def _by_content(array: Array) -> Rows:
    """Return the rows sorted by the hashes of their samples."""
    hashes = [hashlib.blake2b(np.ascontiguousarray(sample).tobytes(), digest_size=8).digest() for sample in array]
    return np.argsort(np.frombuffer(b"".join(hashes), dtype=">u8"), kind="stable")


def _converted(values: Array, arrange: Arrange, bounds: Range, spec: SampleSpec, named: str) -> Tensor:
    assert spec.value_range is not None
    try:
        return torch.from_numpy(np.ascontiguousarray(rescale(arrange(values), bounds, spec.value_range)))
    except ValueError as error:
        raise UserError(f"{named}: {error}") from error


def _points(values: Array, named: str) -> Tensor:
    with np.errstate(over="ignore"):
        points = torch.from_numpy(np.ascontiguousarray(values.astype(np.float32)))
    if not torch.isfinite(points).all():
        raise UserError(f"{named} holds numbers beyond 32-bit floats; leave these samples out")
    return points


def pictures(
    given: Given, names: Sequence[str], spec: SampleSpec, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """Decode images into uint8 (N, 3, H, W), including gray ones.

    Args:
        given: the folder of the images.
        names: all images below it.
        spec: kind and shape of the data.
        rows: indices of the images to decode.

    Raises:
        UserError: an image cannot be read, or has another size than the data.
    """
    wanted = (spec.spatial[0], spec.spatial[1])
    chosen = [names[row] for row in rows.tolist()]
    found = np.empty((len(chosen), 3, *wanted), dtype=np.uint8)
    unlike: dict[int, str] = {}

    def read(row: int) -> None:
        size = size_of(given.path / chosen[row])
        if size != wanted:
            unlike[row] = f"{size[0]}x{size[1]}"
            return
        found[row] = decode(given.path / chosen[row], channels=3, size=wanted).numpy()

    broken = visit(range(len(chosen)), read)
    if broken:
        row = min(broken)
        raise UserError(f"{given}: {chosen[row]} cannot be read ({broken[row]}){_more(broken)}; take it out")
    if unlike:
        row = min(unlike)
        raise UserError(
            f"{given}: {chosen[row]} is {unlike[row]}, but the data are {wanted[0]}x{wanted[1]}{_more(unlike)};\n"
            "all images must have that size: resize them, or set data.size"
        )
    return found


def _more(rows: dict[int, str]) -> str:
    return f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
