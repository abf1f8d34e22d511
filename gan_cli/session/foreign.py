"""Samples that another program made, from an .npz file or a folder of images, as ours would be."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.data.base import normalise
from gan_cli.data.images import BROKEN, decode, list_images, size_of
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec

IMAGES = "images"
SAMPLES = "samples"

_UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError)


def is_foreign(path: Path) -> bool:
    """Whether `run=` names an .npz file or a folder of images rather than a run."""
    return path.is_file() or (path.is_dir() and not (path / "config.yaml").exists() and bool(list_images(path)[:1]))


def read_samples(path: Path, spec: SampleSpec) -> Tensor:
    """All samples (N, *spec.shape), float32 in the spec's range.

    Args:
        path: an .npz file with an array `images` (N, H, W), (N, C, H, W) or (N, H, W, C), uint8 or in [0, 1], or
            `samples` (N, *shape) in the spec's range, as `gan sample` writes them; or a folder of images.
        spec: of the data that they are to be compared with.

    Raises:
        UserError: nothing fits; the message says what was found.
    """
    samples = _from_folder(path, spec) if path.is_dir() else _from_npz(path, spec)
    if len(samples) < 2:
        raise UserError(f"run={path}: {len(samples)} samples are too few to judge")
    if not torch.isfinite(samples).all():
        broken = int((~torch.isfinite(samples.flatten(1)).all(dim=1)).sum())
        raise UserError(f"run={path}: {broken} of {len(samples)} samples hold nan or infinity; leave them out")
    return samples


def _from_folder(folder: Path, spec: SampleSpec) -> Tensor:
    if spec.ndim != 2 or spec.channels not in (1, 3):
        raise UserError(f"run={folder}: a folder of images does not fit data of {spec}; give an .npz with {SAMPLES}")
    height, width = spec.spatial
    names = list_images(folder)
    samples = []
    for name in names:
        try:
            size = size_of(folder / name)
            image = (
                decode(folder / name, channels=3 if spec.channels == 3 else 1, size=height)
                if size == (height, width)
                else None
            )
        except BROKEN as error:
            raise UserError(f"run={folder}: {name} cannot be read ({error}); take it out") from error
        if image is None:
            raise UserError(
                f"run={folder}: {name} is {size[0]}x{size[1]}, but the data are {height}x{width};\n"
                "all images must have that size: resize them, or set data.size"
            )
        samples.append(image)
    return normalise(torch.stack(samples))


def _from_npz(path: Path, spec: SampleSpec) -> Tensor:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if name in (IMAGES, SAMPLES)}
            names = ", ".join(archive.files) or "nothing"
    except _UNREADABLE as error:
        raise UserError(f"run={path}: not an .npz file that can be read ({error})") from error
    if IMAGES in arrays:
        return _images(path, arrays[IMAGES], spec)
    if SAMPLES in arrays:
        array = arrays[SAMPLES]
        if array.ndim and array.shape[1:] == spec.shape and array.dtype.kind == "f":
            return torch.from_numpy(array.astype(np.float32))
        raise UserError(f"run={path}: {SAMPLES} is {_told(array)}, but the data are floats N x {_shape(spec.shape)}")
    raise UserError(f"run={path}: holds {names}; an array named {IMAGES} (or {SAMPLES}) is needed")


def _images(path: Path, array: npt.NDArray[np.generic], spec: SampleSpec) -> Tensor:
    """Channels are put in front, whatever their place was."""
    last = (*spec.spatial, spec.channels)
    layouts = {spec.shape: lambda a: a, last: lambda a: np.moveaxis(a, -1, 1)}
    if spec.channels == 1:
        layouts[spec.spatial] = lambda a: a[:, None]
    if spec.ndim == 0 or array.ndim == 0 or array.shape[1:] not in layouts:
        raise UserError(
            f"run={path}: {IMAGES} is {_told(array)}, but the data are N x {_shape(spec.shape)}; resize them"
        )
    images = torch.from_numpy(np.ascontiguousarray(layouts[array.shape[1:]](array)))
    if array.dtype == np.uint8:
        return normalise(images)
    if array.dtype.kind == "f" and (np.isnan(array).any() or (array.min() >= 0.0 and array.max() <= 1.0)):
        return images.float().mul(2.0).sub(1.0)
    raise UserError(f"run={path}: {IMAGES} must be uint8, or floats in [0, 1]; it is {_told(array)}{_span(array)}")


def _span(array: npt.NDArray[np.generic]) -> str:
    return f" from {array.min():.3g} to {array.max():.3g}" if array.size and array.dtype.kind in "fiu" else ""


def _told(array: npt.NDArray[np.generic]) -> str:
    return f"{array.dtype} {_shape(array.shape)}"


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single value"
