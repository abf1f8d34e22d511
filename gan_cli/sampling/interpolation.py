"""Interpolate in latent space: the generator's samples on the way from one sample to the next, as a PNG and a GIF."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn.functional import one_hot

from gan_cli.data.base import split_of, spread_samples
from gan_cli.game import GeneratorInput
from gan_cli.pictures.animation import shrink, spread, write_gif
from gan_cli.pictures.png import write_png
from gan_cli.pictures.render import render, tiles_of
from gan_cli.pictures.tiles import enlargement, grid
from gan_cli.sampling.latents import walk
from gan_cli.session.trained import Trained

MOST_ENDS = 16
"""The most samples that are visited, so that the GIF does not get too long."""

_FRAME, _HALT = 80, 480
"""Milliseconds of an interpolated frame (12 per second) and of a frame that is one of the samples."""

_FRAME_SIDE = 480
_COLUMNS = 13
_DENSE = 200
_REAL = 2000


def write_tour(trained: Trained, drawn: GeneratorInput, steps: int, folder: Path) -> list[str]:
    """Interpolate from each sample to the next and back to the first; return lines that describe the files.

    interpolation.png has a row for each pair of neighbours, including both ends. interpolation.gif shows one picture at
    a time and loops. For points, there is only a PNG with the path of the interpolation over the data.

    Args:
        trained: the run.
        drawn: the inputs for N >= 2 samples; 16 of them are used, spread over the classes if there are labels.
        steps: the number of steps from one sample to the next.
        folder: the folder to write to; it must exist.
    """
    rows = list(range(len(drawn))) if drawn.y is None else spread(len(drawn), MOST_ENDS)
    ends = drawn.take(torch.tensor(rows[:MOST_ENDS]))
    if trained.spec.traits.drawn == "cloud":
        return _line(trained, ends, folder)
    frames = trained.sample(on_the_way(trained, ends, steps)).x
    tiles = tiles_of(frames, trained.spec)
    columns = spread(steps + 1, _COLUMNS)
    rows = [row * steps + column for row in range(len(ends) - 1) for column in columns]
    write_png(folder / "interpolation.png", grid(tiles[rows], columns=len(columns)))
    factor = enlargement(1, min(tiles.shape[1:3]))
    large = [shrink(tile, _FRAME_SIDE) for tile in tiles.repeat(factor, axis=1).repeat(factor, axis=2)]
    write_gif(folder / "interpolation.gif", large, [_FRAME if place % steps else _HALT for place in range(len(large))])
    some = "" if len(ends) == len(drawn) else f"{'the first ' if drawn.y is None else ''}{len(ends)} of "
    between = f"between {some}the {len(drawn)} samples, {steps} steps each"
    return [f"{folder / 'interpolation.png'}, {between}", f"{folder / 'interpolation.gif'}, {len(large)} pictures"]


def on_the_way(trained: Trained, ends: GeneratorInput, steps: int) -> GeneratorInput:
    """Return the inputs on the way from each of N samples to the next, N * steps; classes are mixed in between."""
    z = walk(ends.z, steps, trained.latent.kind).flatten(0, 1)
    if ends.y is None:
        return GeneratorInput(z)
    assert trained.players.shares is not None
    classes = one_hot(ends.y, len(trained.players.shares)).float()
    return GeneratorInput(z, walk(classes, steps, "uniform").flatten(0, 1))  # of uniform latents: a straight line


def _line(trained: Trained, ends: GeneratorInput, folder: Path) -> list[str]:
    trained.source.prepare()
    real = spread_samples(split_of(trained.source).train, _REAL, trained.spec).x
    way = trained.sample(on_the_way(trained, ends, _DENSE)).x
    write_png(folder / "interpolation.png", render(way, trained.spec, real=real))
    return [
        f"{folder / 'interpolation.png'}, the way between {len(ends)} samples as a line over the data",
        "no interpolation.gif: points make a line, which one picture shows",
    ]
