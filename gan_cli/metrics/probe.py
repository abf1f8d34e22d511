"""Probe: how useful the discriminator's features are for classification."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import numpy as np
import numpy.typing as npt
import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.game import Batch
from gan_cli.metrics.base import Metric, MetricInputs, Reference
from gan_cli.metrics.hidden import hidden_features, told_classes

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


class Probe(Metric):
    """`probe`: accuracy of a linear classifier on D's features; `probe_pixels`: accuracy of the same on pixels.

    `knn` and `knn_pixels` are the accuracies of a nearest-neighbour classifier. All are trained on the same few
    labelled training images, equally many per class, and tested on held-out images. Results are means over several
    draws of the training images. The features are those of `hidden_features`, standardised. The linear classifier is
    scikit-learn's logistic regression with C = 1. Radford et al. (2016), arXiv:1511.06434, section 5, use a linear SVM
    on CIFAR-10.

    Args:
        labels: number of labelled training images, over all classes.
        draws: how often the labelled images are drawn; results are means over the draws.
        most: largest number of held-out images to test on.
    """

    results = {"probe": "high", "probe_pixels": "none", "knn": "high", "knn_pixels": "none"}
    has_floor = False

    def __init__(
        self,
        *,
        labels: Annotated[int, Ge(2)] = 100,
        draws: Annotated[int, Ge(1)] = 5,
        most: Annotated[int, Ge(10)] = 2000,
    ) -> None:
        self._labels = labels
        self._draws = draws
        self._most = most

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs labels, held-out images and a discriminator that processes single samples."""
        if inputs.players is None:
            return "needs the networks of a run"
        if told_classes(inputs.players):
            return "looks for classes in D's features, and this D is told the classes"
        if words := lacks_classes(inputs.reference):
            return words
        if hidden_features(inputs.players, inputs.reference.real.take(slice(2))).shape[1] == 0:
            return "needs a discriminator whose layers look at single samples"
        return None

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        train, holdout, players = inputs.reference.train, inputs.reference.holdout, inputs.players
        assert players is not None
        assert train.y is not None
        assert holdout is not None
        assert holdout.y is not None
        answers = holdout.y[: self._most].numpy()
        draws = [even_rows(train.y, self._labels, seed) for seed in range(self._draws)]
        views: dict[str, Callable[[Batch], Tensor]] = {
            "": partial(hidden_features, players),
            "_pixels": lambda samples: samples.x.flatten(1),
        }
        results: dict[str, list[float]] = {name: [] for name in self.results}
        for suffix, view in views.items():
            questions = view(holdout.take(slice(self._most))).cpu().numpy()
            for rows in draws:
                known = view(train.take(rows)).cpu().numpy()
                linear, near = accuracies(known, train.y[rows].numpy(), questions, answers)
                results[f"probe{suffix}"].append(linear)
                results[f"knn{suffix}"].append(near)
        return {name: float(np.mean(found)) for name, found in results.items()}


def even_rows(labels: Tensor, count: int, seed: int) -> Tensor:
    """Labels (N,) -> about `count` random rows, int64 (R,), equally many per class."""
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    classes = labels.numpy()[shuffled]
    each = max(1, count // len(np.unique(classes)))
    rows = np.concatenate([shuffled[classes == one][:each] for one in np.unique(classes)])
    return torch.from_numpy(rows)


def lacks_classes(reference: Reference) -> str | None:
    """Return why no classes can be learned and told apart, in words; None if they can."""
    if reference.holdout is None or reference.holdout.y is None:
        return "needs labelled data with a held-out share"
    return "needs two classes at least" if reference.spec.num_classes == 1 else None


def accuracies(known: Floats, classes: Labels, questions: Floats, answers: Labels) -> tuple[float, float]:
    """Return the accuracies of a linear and of a nearest-neighbour classifier on standardised features."""
    from sklearn.linear_model import LogisticRegression  # imported here because it takes a second
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(known)
    inputs, asked = scaler.transform(known), scaler.transform(questions)
    students = LogisticRegression(max_iter=1000), KNeighborsClassifier(1)
    linear, near = (float((student.fit(inputs, classes).predict(asked) == answers).mean()) for student in students)
    return linear, near
