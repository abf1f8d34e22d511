"""Reads pictures of any size, one or a folder of them, as samples: scaled and cropped like the images of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from gan_cli.data.image.files import visit
from gan_cli.data.image.images import decode
from gan_cli.data.own.folder_scan import list_images
from gan_cli.data.own.walk import SUFFIXES
from gan_cli.errors import UserError
from gan_cli.external.given import Given
from gan_cli.spec import SampleSpec, normalise


def photos_at(given: Given) -> list[Path]:
    """Return the picture that the path is, or all below the folder, in the order of their names; empty if none."""
    if given.path.is_dir():
        return [given.path / name for name in list_images(given.path, setting=given.setting)]
    return [given.path] if given.path.suffix.lower() in SUFFIXES and given.path.is_file() else []


def read_photos(given: Given, files: Sequence[Path], spec: SampleSpec) -> Tensor:
    """Return pictures as samples (N, *spec.shape), float32 in the range of the spec.

    Args:
        given: what the user named, for the error.
        files: the pictures.
        spec: kind and shape of one sample, of images.

    Raises:
        UserError: a picture cannot be read.
    """
    height, width = spec.spatial
    channels: Literal[1, 3] = 1 if spec.channels == 1 else 3
    found = torch.empty(len(files), channels, height, width, dtype=torch.uint8)

    def read(row: int) -> None:
        found[row] = decode(files[row], channels=channels, size=(height, width))

    broken = visit(range(len(files)), read)
    if broken:
        row = min(broken)
        raise UserError(f"{given}: {files[row].name} cannot be read ({broken[row]}); take it out")
    return normalise(found, spec)
