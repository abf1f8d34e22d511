"""Samples of the data, or of the user's files, beside what the generator makes of their codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from gan_cli.data.base import split_of, spread_samples
from gan_cli.errors import SettingError
from gan_cli.external.given import Given
from gan_cli.external.photos import photos_at, read_photos
from gan_cli.external.samples import open_external
from gan_cli.game import GeneratorInput
from gan_cli.pictures.png import write_png
from gan_cli.pictures.render import render
from gan_cli.pictures.side_by_side import rows_of
from gan_cli.session.trained import Trained

MOST = 64

_KEY = "reconstruct"


def refuse_without_encoder(trained: Trained, wanted: bool | str) -> None:
    """Refuse a run that has no encoder, if reconstructions are wanted.

    Raises:
        SettingError: it has none.
    """
    if wanted is not False and trained.players.encoder is None:
        raise SettingError(_KEY, wanted, "the run has no encoder; train one with model=bigan or encoder=conv")


@dataclass(frozen=True)
class Encoded:
    """Samples that the generator did not make, and their codes.

    Attributes:
        samples: (N, *spec.shape), float32.
        codes: their codes, as inputs of the generator.
        kind: where they are from, such as `held-out samples`.
    """

    samples: Tensor
    codes: GeneratorInput
    kind: str


def encode_some(trained: Trained, num: int, files: str | None) -> Encoded:
    """Return at most `num` samples, 64 at most, with their codes.

    Args:
        trained: a run with an encoder.
        num: largest number of samples.
        files: a picture, a folder of pictures, or a file of arrays; None takes samples of the data, held-out ones if
            there are any.

    Raises:
        UserError: the file does not exist, cannot be read, or holds no samples of the kind of the run.
    """
    most = min(num, MOST)
    samples, kind = _of_data(trained, most) if files is None else _of_files(trained, most, Given(Path(files), _KEY))
    return Encoded(samples, GeneratorInput(trained.encode(samples)), kind)


def _of_data(trained: Trained, most: int) -> tuple[Tensor, str]:
    trained.source.prepare()
    split = split_of(trained.source)
    kind, part = ("training", split.train) if split.holdout is None else ("held-out", split.holdout)
    return spread_samples(part, most, trained.spec).x, f"{kind} samples"


def _of_files(trained: Trained, most: int, given: Given) -> tuple[Tensor, str]:
    """Return the first samples of files, and where they are from."""
    kind = f"samples of {given.path}"
    if trained.spec.is_picture and (photos := photos_at(given)):
        return read_photos(given, photos[:most], trained.spec), kind
    stored = open_external(given, trained.spec)
    return stored.take(np.arange(min(most, stored.count))), kind


def write_reconstructions(trained: Trained, encoded: Encoded, folder: Path) -> list[str]:
    """Write reconstructed.png: samples (left), and what the generator makes of their codes (right).

    Args:
        trained: a run with an encoder.
        encoded: the samples.
        folder: the folder to write to; it must exist.

    Returns:
        Lines that describe the files.
    """
    again = trained.sample(encoded.codes).x
    path = folder / "reconstructed.png"
    if trained.spec.traits.drawn == "cloud":
        write_png(path, render(again, trained.spec, real=encoded.samples))
    else:
        write_png(path, rows_of([encoded.samples, again], trained.spec, per_row=4))
    return [f"{path}, {len(again)} {encoded.kind}, and what their codes bring back"]
