"""Draw samples until the data set's own classifier has assigned enough of them to the wanted classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_cli.data.base import split_of
from gan_cli.errors import SettingError, UserError, spell
from gan_cli.game import GeneratorInput
from gan_cli.quality.classifier import TrainedClassifier, classifier_of
from gan_cli.quality.classifier_training import ClassifierData, classifier_data_of
from gan_cli.sampling.latents import Stream
from gan_cli.session.trained import BATCH, Trained

_LEAST_PATIENCE = 10_000
_PATIENCE = 100
"""The most draws per wanted sample before an error is raised; at least `_LEAST_PATIENCE` draws are allowed."""

_NAMED = 10

Class = int | str
"""A class as the user types it."""


@dataclass(frozen=True)
class Found:
    """The latents whose samples have the wanted classes.

    Attributes:
        latents: (num, dim), in the order of the stream.
        counts: the number of samples of each wanted class.
        drawn: the number of latents that were drawn.
        accuracy: the accuracy of the classifier on real samples, in [0, 1].
    """

    latents: Tensor
    counts: Mapping[Class, int]
    drawn: int
    accuracy: float

    def __str__(self) -> str:
        parts = ", ".join(f"{count} of class {number}" for number, count in self.counts.items())
        return f"{parts}, out of {self.drawn:,} drawn; the classifier is right on {self.accuracy:.1%} of real samples"


def find(trained: Trained, stream: Stream, wanted: Sequence[Class], num: int) -> Found:
    """Draw from the stream until `num` samples have a wanted class.

    Args:
        trained: the run.
        stream: the stream of its latents.
        wanted: classes, as in `data.classes`.
        num: the number of samples, over all wanted classes together.

    Raises:
        UserError: the data have no labels or are not available, they do not have a wanted class, or 100 draws for each
            wanted sample (at least 10,000) give too few.
    """
    known, wanted = classes_of(trained, wanted)
    classifier = _classifier(trained, wanted)
    rows = torch.tensor([known.index(number) for number in dict.fromkeys(wanted)])
    kept: list[Tensor] = []
    names: list[Tensor] = []
    occurred = torch.zeros(len(known), dtype=torch.int64)
    drawn, found, most = 0, 0, max(_LEAST_PATIENCE, _PATIENCE * num)
    while found < num and drawn < most:
        z = stream.next(BATCH)
        named = _named(trained, classifier, z)
        fits = torch.isin(named, rows)
        kept.append(z[fits])
        names.append(named[fits])
        occurred += torch.bincount(named, minlength=len(known))
        drawn, found = drawn + len(z), found + int(fits.sum())
    if found < num:
        raise UserError(_too_few(wanted, num, drawn, dict(zip(known, occurred.tolist(), strict=True))))
    counts = torch.bincount(torch.cat(names)[:num], minlength=len(known))
    return Found(
        torch.cat(kept)[:num], {known[row]: int(counts[row]) for row in rows.tolist()}, drawn, classifier.accuracy
    )


def classes_of(trained: Trained, wanted: Sequence[Class]) -> tuple[list[Class], list[Class]]:
    """Return the run's classes in the order of its labels, and the wanted classes, both named as in `data.classes`.

    Raises:
        SettingError: the run does not have a wanted class.
    """
    count, chosen = trained.spec.num_classes or 0, trained.config["data"].get("classes")
    names: Sequence[str] = _names(trained) if count else ()
    known: list[Class] = list(range(count))
    if isinstance(chosen, list) and len(chosen) == count:
        known = list(chosen)
    elif names:
        known = [int(name) for name in names] if all(name.isdecimal() for name in names) else list(names)
    meant = [_in_these_words(item, known, names) for item in wanted]
    unknown = [item for item in meant if item not in known]
    if known and unknown:
        said = f"there is no class {_list(unknown)}; the run's classes are {_list(known)}"
        raise SettingError("classes", list(wanted), said)
    return known, meant


def _names(trained: Trained) -> Sequence[str]:
    """Return the names of the classes. Old checkpoints have none, so the names may come from the data set."""
    return trained.spec.class_names or trained.source.spec.class_names or ()


def _in_these_words(item: Class, known: Sequence[Class], names: Sequence[str]) -> Class:
    """Convert a class typed by its number to the run's name for it, or a class typed by its name to its number."""
    if isinstance(item, str) and item in names:
        return known[names.index(item)]
    if isinstance(item, int) and 0 <= item < len(names) and list(known) == list(names):
        return known[item]
    return item


def _classifier(trained: Trained, wanted: Sequence[Class]) -> TrainedClassifier:
    source, stacked = trained.source, bool(getattr(trained.source, "stacked", False))
    found: ClassifierData | TrainedClassifier | str = "needs images with labels"
    if trained.spec.num_classes and trained.spec.traits.positions:
        source.prepare()
        found = classifier_data_of(split_of(source), trained.spec, stacked=stacked)
    if isinstance(found, ClassifierData):
        found = classifier_of(found, trained.runtime.device, stacked=stacked)
    if isinstance(found, str):
        raise SettingError("classes", wanted, f"{found}; use classes=null")
    return found


def _named(trained: Trained, classifier: TrainedClassifier, z: Tensor) -> Tensor:
    """Latents (N, dim) -> label of the sample of each, int64 (N,) on the CPU."""
    _, probabilities = classifier.features_and_probabilities(
        trained.sample(GeneratorInput(z)).x.to(trained.runtime.device)
    )
    return probabilities.argmax(dim=1).cpu()


def _too_few(wanted: Sequence[Class], num: int, drawn: int, occurred: Mapping[Class, int]) -> str:
    found = sum(occurred[number] for number in dict.fromkeys(wanted))
    missing = [number for number in dict.fromkeys(wanted) if not occurred[number]]
    frequent = sorted((number for number in occurred if occurred[number]), key=lambda number: -occurred[number])
    fewer = f"use num={found} at most, or " if found else ""
    absent = f"; class {_list(missing)} did not occur" if missing else ""
    return (
        f"classes={spell(list(wanted))}: {found} of num={num} samples found in {drawn:,} draws{absent}\n"
        f"  {fewer}ask for what this run draws most: {_list(frequent)}"
    )


def _list(numbers: Sequence[Class]) -> str:
    shown = ", ".join(map(str, numbers[:_NAMED]))
    return shown if len(numbers) <= _NAMED else f"{shown} ..."
