"""Draws the pictures of an evaluation, which depend on the kind of data; their captions have the figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from gan_cli.disk.writing import all_or_nothing, make_folder
from gan_cli.evaluation.captions import caption_of, captioned
from gan_cli.metrics.base import MetricInputs, nearest
from gan_cli.metrics.hidden import hidden_features, told_classes
from gan_cli.pictures.png import Picture, write_png
from gan_cli.pictures.render import render
from gan_cli.pictures.side_by_side import rows_of
from gan_cli.quality.suite import Report

Counts = npt.NDArray[np.float64]

_MOST_BARS = 40
_COLOURS = {"real data": "#9e9e9e", "samples": "#c2185b"}


def class_chart(fake: Counts, real: Counts) -> Picture:
    """Return a chart of the shares of K classes among samples and real data: bars, or sorted curves if K > 40.

    Args:
        fake: counts of the classes among the samples (K,).
        real: counts of the classes among the real samples (K,).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), dpi=110, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    sets = {"real data": real, "samples": fake}
    for offset, (label, counts) in zip((-0.2, 0.2), sets.items(), strict=True):
        shares = counts / max(counts.sum(), 1.0)
        if len(counts) <= _MOST_BARS:
            axes.bar(np.arange(len(counts)) + offset, shares, 0.4, label=label, color=_COLOURS[label])
        else:
            axes.plot(np.sort(shares)[::-1], label=label, color=_COLOURS[label])
    if len(fake) <= _MOST_BARS:
        axes.set_xticks(np.arange(len(fake)))
    axes.set_xlabel("class, as the classifier names it" if len(fake) <= _MOST_BARS else "classes, most frequent first")
    axes.set_ylabel("share")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])


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
        named = [
            seen[1].argmax(dim=1).cpu() for seen in (inputs.classifier_outputs, inputs.reference.classifier_outputs)
        ]
        count = inputs.classifier_outputs[1].shape[1]
        fake, real = (torch.bincount(names, minlength=count).double().numpy() for names in named)
        yield "classes", class_chart(fake, real)
    if inputs.players is not None and inputs.reference.holdout is not None:
        retrieved = _retrieved(inputs)
        if retrieved is not None:
            yield "retrieval", retrieved


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
