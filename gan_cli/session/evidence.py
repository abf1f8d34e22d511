"""The pictures of an evaluation, chosen by what was measured and what the data are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from gan_cli.disk.writing import all_or_nothing, make_folder
from gan_cli.metrics.base import Trial, nearest
from gan_cli.metrics.hidden import hidden_features
from gan_cli.telemetry.base import Picture
from gan_cli.telemetry.captions import captioned
from gan_cli.telemetry.evidence_figures import class_chart, rows_of
from gan_cli.telemetry.files import write_png
from gan_cli.telemetry.render import render

SHOWN = 32
QUERIES = 8
FOUND = 7

_POOL = 5000
"""Real samples that D's features are searched among."""


def write_figures(trial: Trial, folder: Path, *, classes: bool) -> list[Path]:
    """Draw what fits the data: points a scatter, images beside their nearest training images, classes, retrieval.

    Args:
        trial: what was measured on.
        folder: where to; it is made.
        classes: whether a classifier has named classes.
    """
    written = []
    with all_or_nothing(folder):
        for name, picture in _figures(trial, classes):
            make_folder(folder)
            path = folder / f"{name}.png"
            write_png(path, picture)
            written.append(path)
    return written


def _figures(trial: Trial, classes: bool) -> Iterator[tuple[str, Picture]]:
    for name, picture in _drawn(trial, classes):
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


def _drawn(trial: Trial, classes: bool) -> Iterator[tuple[str, Picture]]:
    spec = trial.reference.spec
    if spec.traits.drawn == "cloud":
        yield "points", render(trial.fake.x, spec, real=trial.reference.real.x)
        return
    yield "nearest", _beside_nearest(trial)
    if classes:
        named = [seen[1].argmax(dim=1).cpu() for seen in (trial.seen, trial.reference.seen)]
        count = trial.seen[1].shape[1]
        fake, real = (torch.bincount(names, minlength=count).double().numpy() for names in named)
        yield "classes", class_chart(fake, real)
    if trial.players is not None and trial.reference.holdout is not None:
        retrieved = _retrieved(trial)
        if retrieved is not None:
            yield "retrieval", retrieved


def _beside_nearest(trial: Trial) -> Picture:
    """Each sample on the left, the training sample that is nearest to it in data space on the right."""
    train, view = trial.reference.train.x, trial.reference.spec.traits.view
    shown = trial.fake.x[:SHOWN]
    return rows_of([shown, train[nearest(view(shown), view(train))[1]]], trial.reference.spec, per_row=4)


def _retrieved(trial: Trial) -> Picture | None:
    """A held-out sample on the left of each row, then the training samples that are nearest to it in D's features."""
    assert trial.players is not None
    assert trial.reference.holdout is not None
    queries, pool = trial.reference.holdout.take(slice(QUERIES)), trial.reference.train.take(slice(_POOL))
    asked, known = (hidden_features(trial.players, samples) for samples in (queries, pool))
    if asked.shape[1] == 0 or len(pool) < FOUND:
        return None
    scale = known.std(dim=0).clamp_min(1e-6)
    found = torch.cdist(asked / scale, known / scale).topk(FOUND, largest=False).indices
    columns = [queries.x, *(pool.x[found[:, place]] for place in range(FOUND))]
    return rows_of(columns, trial.reference.spec, apart=True)
