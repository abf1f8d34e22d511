"""The pictures of an evaluation, chosen by what was measured and what the data are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from gan_cli.disk.writing import all_or_nothing, make_folder
from gan_cli.evaluation.captions import captioned
from gan_cli.evaluation.figures import class_chart, rows_of
from gan_cli.metrics.base import MetricInputs, nearest
from gan_cli.metrics.hidden import hidden_features
from gan_cli.pictures.png import Picture, write_png
from gan_cli.pictures.render import render

SHOWN = 32
QUERIES = 8
FOUND = 7

_POOL = 5000
"""Real samples that D's features are searched among."""


def write_figures(inputs: MetricInputs, folder: Path, *, classes: bool) -> list[Path]:
    """Draw what fits the data: points a scatter, images beside their nearest training images, classes, retrieval.

    Args:
        inputs: what was measured on.
        folder: where to; it is made.
        classes: whether a classifier has named classes.
    """
    written = []
    with all_or_nothing(folder):
        for name, picture in _figures(inputs, classes):
            make_folder(folder)
            path = folder / f"{name}.png"
            write_png(path, picture)
            written.append(path)
    return written


def _figures(inputs: MetricInputs, classes: bool) -> Iterator[tuple[str, Picture]]:
    for name, picture in _drawn(inputs, classes):
        yield name, captioned(picture, *_CAPTIONS[name])


_CAPTIONS = {
    "points": (
        "Samples over real points",
        "Drawn at random, as many of each. Healthy: every cloud of real points is covered, and nothing lies between.",
    ),
    "nearest": (
        "Each sample (left) beside the training image nearest to it (right)",
        "Nearest pixel by pixel. Healthy: alike in kind, different in detail. Twins are copies: look at nearest_train.",
    ),
    "classes": (
        "How often each class occurs",
        "As the data set's own classifier names the samples and as many real ones. Healthy: bars of equal height.",
    ),
    "retrieval": (
        "A real image (left), and the training images that D holds for the most alike",
        "Nearest in D's features, the first the nearest. Healthy: each row is of one kind, though D never saw a label.",
    ),
}
"""Title and explanation of each picture."""


def _drawn(inputs: MetricInputs, classes: bool) -> Iterator[tuple[str, Picture]]:
    spec = inputs.reference.spec
    if spec.traits.drawn == "cloud":
        yield "points", render(inputs.fake.x, spec, real=inputs.reference.real.x)
        return
    yield "nearest", _beside_nearest(inputs)
    if classes:
        named = [seen[1].argmax(dim=1).cpu() for seen in (inputs.seen, inputs.reference.seen)]
        count = inputs.seen[1].shape[1]
        fake, real = (torch.bincount(names, minlength=count).double().numpy() for names in named)
        yield "classes", class_chart(fake, real)
    if inputs.players is not None and inputs.reference.holdout is not None:
        retrieved = _retrieved(inputs)
        if retrieved is not None:
            yield "retrieval", retrieved


def _beside_nearest(inputs: MetricInputs) -> Picture:
    """Each sample on the left, the training sample that is nearest to it in data space on the right."""
    train, view = inputs.reference.train.x, inputs.reference.spec.traits.view
    shown = inputs.fake.x[:SHOWN]
    return rows_of([shown, train[nearest(view(shown), view(train))[1]]], inputs.reference.spec, per_row=4)


def _retrieved(inputs: MetricInputs) -> Picture | None:
    """A held-out sample on the left of each row, then the training samples that are nearest to it in D's features."""
    assert inputs.players is not None
    assert inputs.reference.holdout is not None
    queries, pool = inputs.reference.holdout.take(slice(QUERIES)), inputs.reference.train.take(slice(_POOL))
    asked, known = (hidden_features(inputs.players, samples) for samples in (queries, pool))
    if asked.shape[1] == 0 or len(pool) < FOUND:
        return None
    scale = known.std(dim=0).clamp_min(1e-6)
    found = torch.cdist(asked / scale, known / scale).topk(FOUND, largest=False).indices
    columns = [queries.x, *(pool.x[found[:, place]] for place in range(FOUND))]
    return rows_of(columns, inputs.reference.spec, apart=True)
