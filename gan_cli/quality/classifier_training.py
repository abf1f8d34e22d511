"""Training and test samples for the classifier of a data set, its training, and the test that it beats guessing."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_cli.data.base import Split, Table
from gan_cli.game import Batch
from gan_cli.networks.classifier import Classifier
from gan_cli.spec import SampleSpec, normalise

_KEPT_BACK = 0.1
"""Share of the training samples to test on if there are no held-out samples."""
_CHANCE = 1e-3
"""Significance level: largest probability to reach the accuracy by always answering the most frequent class."""


@dataclass(frozen=True)
class ClassifierData:
    """Labelled samples to train and to test the classifier.

    Attributes:
        train: training samples.
        test: test samples, which are not among the training samples.
        spec: kind and shape of one sample.
        classes: number of classes.
    """

    train: Table
    test: Table
    spec: SampleSpec
    classes: int

    @property
    def guessing(self) -> float:
        """Accuracy of always answering the most frequent class of the test samples."""
        assert self.test.labels is not None
        counts = torch.bincount(self.test.labels, minlength=self.classes)
        return counts.max().item() / max(1, len(self.test))

    def beyond_chance(self, accuracy: float) -> bool:
        """Whether an accuracy is clearly higher than that of guessing, by an exact binomial test."""
        count, base = len(self.test), self.guessing
        if count == 0 or base >= 1.0:
            return False
        right = round(accuracy * count)
        return right > base * count and at_least(right, count, base) < _CHANCE


def at_least(hits: int, count: int, share: float) -> float:
    """Probability of `hits` or more among `count` independent trials that hit with probability `share`, in (0, 1).

    The terms of the binomial distribution are summed by their logarithms. scipy has it too, but loads for 0.3 s.
    """
    k = torch.arange(hits, count + 1, dtype=torch.float64)
    ways = math.lgamma(count + 1) - torch.lgamma(k + 1) - torch.lgamma(count - k + 1)
    return (ways + k * math.log(share) + (count - k) * math.log1p(-share)).logsumexp(dim=0).exp().item()


def classifier_data_of(split: Split, spec: SampleSpec, *, stacked: bool = False) -> ClassifierData | str:
    """Return the training and test samples of a data set, or in a few words why there can be no classifier.

    Args:
        split: the data; if nothing is held out, a tenth of the training samples becomes the test samples.
        spec: kind and shape of one sample.
        stacked: whether each channel is a sample; then the samples and classes are those of single channels.
    """
    train, holdout = split.train, split.holdout
    if not spec.traits.positions or not spec.num_classes:
        return "needs images with labels"
    if not isinstance(train, Table) or train.labels is None:
        return "needs images with labels that fit in memory"
    train, test = (train, holdout) if isinstance(holdout, Table) and len(holdout) else _parted(train)
    found = ClassifierData(train, test, spec, spec.num_classes)
    if stacked:
        classes = round(spec.num_classes ** (1 / spec.channels))
        train, test = (Table(*_singles(*_labelled(table), spec.channels, classes)) for table in (train, test))
        found = ClassifierData(train, test, replace(spec, shape=(1, *spec.spatial)), classes)
    if found.classes < 2:
        return "needs two classes at least"
    if not found.beyond_chance(1.0):
        return f"needs more labelled images: {len(found.test)} held out cannot show that a classifier knows anything"
    return found


def _parted(table: Table) -> tuple[Table, Table]:
    rows = torch.from_numpy(np.random.RandomState(4).permutation(len(table)))
    count = round(_KEPT_BACK * len(table))
    return table.take(rows[count:]), table.take(rows[:count])


def _labelled(table: Table) -> tuple[Tensor, Tensor]:
    assert table.labels is not None
    return table.samples, table.labels


def _singles(samples: Tensor, labels: Tensor, channels: int, classes: int) -> tuple[Tensor, Tensor]:
    """Split stacks into samples of one channel; the label of each is the matching digit of the stack's label."""
    digits = [labels // classes ** (channels - 1 - place) % classes for place in range(channels)]
    return samples.flatten(0, 1).unsqueeze(1), torch.stack(digits, dim=1).flatten()


log = logging.getLogger(__name__)

_BATCH = 128
_RATE = 3e-3
_OUTLIER_EVERY = 4
"""One of this many samples in a batch is used again to make a sample that is not from the data set."""
_ASKED = 512
_TIMED = 20
"""Number of batches before the first log of the remaining time."""
_SAID_EVERY = 10.0
"""Seconds between logs of the progress."""


def batches_of(spec: SampleSpec) -> int:
    """Return the number of batches that a classifier is trained on.

    Images need 1,000; a few hundred of log-mel spectrograms or of voxels, each of which costs as much as many images.
    """
    return 1000 if spec.kind == "images" else 300


def untrained_classifier(spec: SampleSpec, classes: int, device: torch.device) -> Classifier:
    """Return an untrained network with the same initial weights every time; global random states do not change.

    The logit after those of the classes is for inputs that are not from the data set. A classifier without it treats
    noise as a mixture of classes, and a Frechet distance in its features rates noise better than a mode collapse.
    """
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        return Classifier(spec, classes + 1).to(device)


def train_classifier(
    spec: SampleSpec, classes: int, samples: Tensor, labels: Tensor, device: torch.device
) -> Classifier:
    """Train a network on batches of 128 samples and 32 inputs that are not from the data, from a fixed seed.

    Args:
        spec: kind and shape of one sample.
        classes: number of classes.
        samples: samples (N, *shape), as in a `Table` or in the range of the networks.
        labels: their classes, int64 (N,).
        device: device to train on, in float32.
    """
    with torch.enable_grad():
        network = untrained_classifier(spec, classes, device).train()
        optimizer = torch.optim.Adam(network.parameters(), lr=_RATE)
        batches = batches_of(spec)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=batches)
        rng = torch.Generator().manual_seed(0)
        clock = _ProgressLog(batches)
        for done in range(batches):
            clock.tell(done)
            rows = torch.randint(len(samples), (min(_BATCH, len(samples)),), generator=rng)
            inputs = normalise(samples[rows], spec)
            strange = _outliers(inputs[: len(inputs) // _OUTLIER_EVERY], rng)
            named = torch.cat([labels[rows], torch.full((len(strange),), classes)])
            optimizer.zero_grad()
            logits = network(torch.cat([inputs, strange]).to(device))
            loss = F.cross_entropy(logits, named.to(device), label_smoothing=0.05)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return network.eval()


class _ProgressLog:
    """A logger of the progress and the remaining time of a training on some batches."""

    def __init__(self, batches: int) -> None:
        self._batches = batches
        self._started = self._said = time.perf_counter()

    def tell(self, done: int) -> None:
        """Log the progress after `done` batches, at most every 10 seconds and only if more than 2 s are left."""
        now = time.perf_counter()
        if done < _TIMED or (done > _TIMED and now - self._said < _SAID_EVERY):
            return
        self._said = now
        left = (now - self._started) / done * (self._batches - done)
        if left > 2.0:
            log.info("the classifier learns: batch %d of %d, about %.0f s left", done, self._batches, left)


def _outliers(samples: Tensor, rng: torch.Generator) -> Tensor:
    """Return inputs that are not from the data: one half are samples with shuffled values, the other half is noise."""
    middle = len(samples) // 2
    flat = samples[:middle].flatten(1)
    order = torch.rand(flat.shape, generator=rng).argsort(dim=1)
    noise = torch.rand(samples[middle:].shape, generator=rng) * 2.0 - 1.0
    return torch.cat([flat.gather(1, order).reshape(samples[:middle].shape), noise])


@torch.no_grad()
def accuracy_of(network: Classifier, table: Table, spec: SampleSpec, device: torch.device) -> float:
    """Return the share of samples, in [0, 1], whose most probable class is their label."""
    assert table.labels is not None
    parts = zip(torch.split(table.samples, _ASKED), torch.split(table.labels, _ASKED), strict=True)
    right = [(network(normalise(x, spec).to(device))[:, :-1].argmax(dim=1).cpu() == y).sum() for x, y in parts]
    return (torch.stack(right).sum() / len(table)).item()


def accuracy_learned_from(samples: Batch, data: ClassifierData, device: torch.device, *, stacked: bool) -> float:
    """Train the network on other samples than those of `data`; return its accuracy on the test samples of `data`.

    Args:
        samples: samples (N, *shape) in the range of the networks, with labels (N,).
        data: the test samples.
        device: device to train on, in float32.
        stacked: as in `classifier_data_of`, whose channels `data` has as samples.
    """
    assert samples.y is not None
    x, y = samples.x.cpu(), samples.y.cpu()
    if stacked:
        x, y = _singles(x, y, x.shape[1], data.classes)
    return accuracy_of(train_classifier(data.spec, data.classes, x, y, device), data.test, data.spec, device)
