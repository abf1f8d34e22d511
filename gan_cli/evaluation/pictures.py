"""Draws the pictures of an evaluation, which depend on the kind of data; their captions have the figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from gan_cli.disk.writing import all_or_nothing, make_folder
from gan_cli.evaluation.captions import caption_of, captioned
from gan_cli.evaluation.class_charts import MOST_NAMED, class_chart, confusion_chart
from gan_cli.metrics.base import MetricInputs, nearest
from gan_cli.metrics.hidden import hidden_features, told_classes
from gan_cli.pictures.png import Picture, write_png
from gan_cli.pictures.render import render
from gan_cli.pictures.side_by_side import rows_of
from gan_cli.quality.suite import Report

SHOWN = 32
QUERIES = 8
FOUND = 7

_POOL = 5000
"""Largest number of training samples in which the nearest ones are searched."""


def write_figures(inputs: MetricInputs, folder: Path, report: Report) -> list[Path]:
    """Write the pictures that fit the data: a scatter plot, nearest training samples, class histogram, retrieval.

    Args:
        inputs: the samples that were measured.
        folder: output folder; created if it does not exist.
        report: the results, for the captions; classes are drawn if a metric used the classifier.
    """
    written = []
    with all_or_nothing(folder):
        for name, picture in _drawn(inputs, classes="classifier" in report.protocol):
            make_folder(folder)
            path = folder / f"{name}.png"
            write_png(path, captioned(picture, caption_of(name, inputs.reference.spec, report.results)))
            written.append(path)
    return written


def _drawn(inputs: MetricInputs, *, classes: bool) -> Iterator[tuple[str, Picture]]:
    spec = inputs.reference.spec
    if spec.traits.drawn == "cloud":
        yield "points", render(inputs.fake.x, spec, real=inputs.reference.real.x)
        return
    yield "nearest", _beside_nearest(inputs)
    if classes:
        yield from _of_classes(inputs)
    if inputs.players is not None and inputs.reference.holdout is not None:
        retrieved = _retrieved(inputs)
        if retrieved is not None:
            yield "retrieval", retrieved


def _of_classes(inputs: MetricInputs) -> Iterator[tuple[str, Picture]]:
    """Draw how often each class occurs and, if the generator was told the classes, which it makes for each of them."""
    found, real = (
        seen[1].argmax(dim=1).cpu() for seen in (inputs.classifier_outputs, inputs.reference.classifier_outputs)
    )
    count, asked = inputs.classifier_outputs[1].shape[1], inputs.fake.y
    yield "classes", class_chart(*(torch.bincount(names, minlength=count).double().numpy() for names in (found, real)))
    if asked is not None and count <= MOST_NAMED:
        pairs = torch.bincount(asked.cpu() * count + found, minlength=count**2).reshape(count, count)
        names = inputs.reference.spec.class_names or [str(number) for number in range(count)]
        yield "confusion", confusion_chart(pairs.double().numpy(), names)


def _beside_nearest(inputs: MetricInputs) -> Picture:
    """Draw each sample (left) next to the training sample that is nearest to it in the view (right)."""
    train = inputs.reference.train.x
    found = nearest(inputs.perceived[:SHOWN], inputs.reference.train_vectors("view"))[1]
    return rows_of([inputs.fake.x[:SHOWN], train[found]], inputs.reference.spec, per_row=4)


def _retrieved(inputs: MetricInputs) -> Picture | None:
    """Draw one row per held-out sample: the sample (left), then its nearest training samples in D's features.

    None if there are no features that say something, or too few training samples.
    """
    assert inputs.players is not None
    assert inputs.reference.holdout is not None
    if told_classes(inputs.players):
        return None
    queries, pool = inputs.reference.holdout.take(slice(QUERIES)), inputs.reference.train.take(slice(_POOL))
    asked, known = (hidden_features(inputs.players, samples) for samples in (queries, pool))
    if asked.shape[1] == 0 or len(pool) < FOUND:
        return None
    scale = known.std(dim=0).clamp_min(1e-6)
    found = torch.cdist(asked / scale, known / scale).topk(FOUND, largest=False).indices
    columns = [queries.x, *(pool.x[found[:, place]] for place in range(FOUND))]
    return rows_of(columns, inputs.reference.spec, apart=True)
