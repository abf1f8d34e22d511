"""Samples of the data beside what the generator makes of their codes."""

from __future__ import annotations

from pathlib import Path

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


def write_reconstructions(trained: Trained, num: int, folder: Path) -> list[str]:
    """Write reconstructed.png: held-out samples (left), and what the generator makes of their codes (right).

    Args:
        trained: a run with an encoder.
        num: number of samples; at most 64 are drawn.
        folder: the folder to write to; it must exist.

    Returns:
        Lines that describe the files.
    """
    trained.source.prepare()
    split = split_of(trained.source)
    held_out = split.holdout is not None
    real = spread_samples(split.holdout if split.holdout is not None else split.train, min(num, MOST), trained.spec).x
    again = trained.sample(GeneratorInput(trained.encode(real))).x
    path = folder / "reconstructed.png"
    if trained.spec.traits.drawn == "cloud":
        write_png(path, render(again, trained.spec, real=real))
    else:
        write_png(path, rows_of([real, again], trained.spec, per_row=4))
    kind = "held-out" if held_out else "training"
    return [f"{path}, {len(real)} {kind} samples, and what their codes bring back"]
