"""The classifier that provides features for metrics: trained once per labelled data set, then cached."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from gan_cli.cache import cache_folder
from gan_cli.data.base import spread_samples
from gan_cli.disk.lock import in_turn
from gan_cli.disk.writing import make_folder, replace_file
from gan_cli.networks.classifier import Classifier
from gan_cli.quality.classifier_training import (
    ClassifierData,
    accuracy_of,
    batches_of,
    train_classifier,
    untrained_classifier,
)

log = logging.getLogger(__name__)

_PROTOCOL = 4
"""Incremented when the network or its training changes, so that older cache files are not used."""

_ASKED = 512
_UNREADABLE = (OSError, RuntimeError, EOFError, ValueError, LookupError, TypeError, UnpicklingError)


@dataclass(frozen=True)
class TrainedClassifier:
    """A `metrics.base.FeatureNetwork`: one classifier for whole samples, or for each channel of a stack.

    Attributes:
        digest: first 12 hexadecimal digits of the SHA-256 of the weights.
        accuracy: accuracy on samples that it was not trained on, in [0, 1].
        network: the network, in evaluation mode.
        stacked: whether each channel is classified separately; the class of a stack is then c1 * K^2 + c2 * K + c3.
    """

    digest: str
    accuracy: float
    network: Classifier
    stacked: bool

    @torch.no_grad()
    def features_and_probabilities(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Samples (N, *shape) -> features (N, F) and class probabilities (N, K), float64."""
        seen = [self._classify(part) for part in torch.split(samples, _ASKED)]
        return torch.cat([features for features, _ in seen]), torch.cat([shares for _, shares in seen])

    def _classify(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        count = len(samples)
        singles = samples.flatten(0, 1).unsqueeze(1) if self.stacked else samples
        features = self.network.features(singles.contiguous())
        shares = self.network.head(features)[:, :-1].double().softmax(dim=1)
        features = features.double()
        if self.stacked:
            features = features.reshape(count, -1)
            joint, *others = shares.reshape(count, samples.shape[1], -1).unbind(1)
            for other in others:
                joint = (joint[:, :, None] * other[:, None, :]).flatten(1)
            shares = joint
        return features, shares


def classifier_of(data: ClassifierData, device: torch.device, *, stacked: bool = False) -> TrainedClassifier | str:
    """Return the classifier of a data set: from the cache, or trained now (seconds to a minute or two).

    The network is trained in float32 on `device`, from a fixed seed. Global random states do not change. Another
    machine may get other weights, and so another hash.

    Args:
        data: the samples to train and test on.
        device: device for training and evaluation.
        stacked: as in `TrainedClassifier`.

    Returns:
        The classifier, or in a few words why it cannot be used: it is not clearly better than guessing.
    """
    place = _place(data)
    with in_turn(place.with_suffix(".lock")):  # the runs of a sweep share one, and are compared by it
        found = _cached(place, data, device, stacked) or _trained(place, data, device, stacked)
    if data.beyond_chance(found.accuracy):
        return found
    return (
        f"would use a classifier that is right on {found.accuracy:.1%} of {len(data.test)} real samples, "
        f"where guessing is on {data.guessing:.1%}"
    )


def _cached(place: Path, data: ClassifierData, device: torch.device, stacked: bool) -> TrainedClassifier | None:
    saved = _read(place)
    if saved is None:
        return None
    with contextlib.suppress(RuntimeError):
        network = untrained_classifier(data.spec, data.classes, device)
        network.load_state_dict(saved["network"])
        return TrainedClassifier(_digest(network), saved["accuracy"], network.eval(), stacked)
    return None


def _trained(place: Path, data: ClassifierData, device: torch.device, stacked: bool) -> TrainedClassifier:
    started = time.perf_counter()
    log.info("training the classifier that metrics use, once for this data set")
    assert data.train.labels is not None
    network = train_classifier(data.spec, data.classes, data.train.samples, data.train.labels, device)
    accuracy = accuracy_of(network, data.test, data.spec, device)
    log.info("the classifier is right on %.1f %%, after %.0f s", 100 * accuracy, time.perf_counter() - started)
    _write(place, {"network": network.state_dict(), "accuracy": accuracy})
    return TrainedClassifier(_digest(network), accuracy, network, stacked)


def _place(data: ClassifierData) -> Path:
    return cache_folder() / "classifiers" / f"{_fingerprint(data)}.pt"


def _fingerprint(data: ClassifierData) -> str:
    """Hash of the data set's content: 1,024 samples, all labels, the shape, the number of classes and the protocol."""
    table = data.train
    assert table.labels is not None
    content = hashlib.sha256(
        f"{_PROTOCOL} {batches_of(data.spec)} {data.classes} {tuple(table.samples.shape)}".encode()
    )
    content.update(spread_samples(table, 1024, data.spec).x.numpy().tobytes())
    content.update(table.labels.numpy().tobytes())
    return content.hexdigest()[:24]


def _digest(network: Classifier) -> str:
    content = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        content.update(name.encode())
        content.update(tensor.cpu().contiguous().numpy().tobytes())
    return content.hexdigest()[:12]


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        return {"network": dict(saved["network"]), "accuracy": float(saved["accuracy"])}
    except _UNREADABLE:
        log.warning("%s is damaged; the classifier is trained again", path)
        return None


def _write(path: Path, state: Mapping[str, Any]) -> None:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    try:
        make_folder(path.parent)
        replace_file(path, [buffer.getvalue()])
    except OSError as error:
        log.warning("the classifier could not be kept in %s (%s); it will be trained again", path.parent, error)
