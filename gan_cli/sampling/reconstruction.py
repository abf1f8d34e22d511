"""Samples of the data beside what the generator makes of their codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from gan_cli.data.base import split_of, spread_samples
from gan_cli.errors import SettingError
from gan_cli.game import GeneratorInput
from gan_cli.pictures.png import write_png
from gan_cli.pictures.render import render
from gan_cli.pictures.side_by_side import rows_of
from gan_cli.session.trained import Trained

MOST = 64


def refuse_without_encoder(trained: Trained, *, wanted: bool) -> None:
    """Refuse a run that has no encoder, if reconstructions are wanted.

    Raises:
        SettingError: it has none.
    """
    if wanted and trained.players.encoder is None:
        raise SettingError("reconstruct", True, "the run has no encoder; train one with model=bigan or encoder=conv")


@dataclass(frozen=True)
class Encoded:
    """Samples of the data, and their codes.

    Attributes:
        samples: (N, *spec.shape), float32.
        codes: their codes, as inputs of the generator.
        kind: where they are from: `held-out` or `training`.
    """

    samples: Tensor
    codes: GeneratorInput
    kind: str


def encode_some(trained: Trained, num: int) -> Encoded:
    """Return at most `num` held-out samples (training ones if none are held out), 64 at most, with their codes."""
    trained.source.prepare()
    split = split_of(trained.source)
    kind, part = ("training", split.train) if split.holdout is None else ("held-out", split.holdout)
    samples = spread_samples(part, min(num, MOST), trained.spec).x
    return Encoded(samples, GeneratorInput(trained.encode(samples)), kind)


def write_reconstructions(trained: Trained, encoded: Encoded, folder: Path) -> list[str]:
    """Write reconstructed.png: samples of the data (left), and what the generator makes of their codes (right).

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
    return [f"{path}, {len(again)} {encoded.kind} samples, and what their codes bring back"]
