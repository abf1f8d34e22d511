"""Gauges of labels: by hand where each is 0 and 1, and on fakes that obey, ignore, mix up or repeat."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_cli.diagnosis.by_class import ByClass
from gan_cli.distances import PairDistances, among, pairwise

CENTRES = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def blobs(labels: Tensor, seed: int) -> Tensor:
    return CENTRES[labels] + torch.randn(len(labels), 2, generator=torch.Generator().manual_seed(seed))


LABELS = torch.arange(90) % 3
REAL = blobs(LABELS, 0)


def beside(fakes: Tensor) -> PairDistances:
    return PairDistances(among(fakes), among(REAL), pairwise(fakes, REAL))


def gauges(fakes: Tensor, asked: Tensor = LABELS, labels: Tensor = LABELS) -> dict[str, float]:
    found, pairs = ByClass(asked, labels, ("red", "green/blue", "dark"), 3), beside(fakes)
    values = found.agreement(pairs) | found.distances(pairs)
    return {tag: value.item() for tag, value in values.items()}


def test_real_samples_in_the_place_of_fakes_obey_as_real_ones_do() -> None:
    values = gauges(blobs(LABELS, 1))
    assert values["balance/labels"] == pytest.approx(1.0)
    assert values["balance/narrowest_class"] == pytest.approx(1.0, abs=0.2)
    assert all(abs(values[f"class_distance/{name}"]) < 0.05 for name in ("red", "green_blue", "dark"))


def test_a_generator_that_knows_no_label_is_right_by_chance() -> None:
    drawn = torch.randperm(90, generator=torch.Generator().manual_seed(2)) % 3
    values = gauges(blobs(drawn, 1))
    assert abs(values["balance/labels"]) < 0.15, "the samples are as good as real ones"
    assert values["class_distance/red"] > 0.2


def test_labels_that_are_all_mixed_up_are_worse_than_by_chance() -> None:
    assert gauges(blobs((LABELS + 1) % 3, 1))["balance/labels"] == pytest.approx(-0.5)


def test_a_class_that_is_never_made_is_seen_though_the_others_are_as_asked_for() -> None:
    assert gauges(blobs(LABELS, 1))["balance/disobeyed"] == pytest.approx(0.0, abs=0.05)
    values = gauges(blobs(LABELS.where(LABELS != 2, 1), 1))
    assert values["balance/disobeyed"] == pytest.approx(1.0)
    assert values["balance/labels"] == pytest.approx(0.5)
    nothing = LABELS[torch.randperm(90, generator=torch.Generator().manual_seed(3))]
    assert gauges(blobs(LABELS, 1), labels=nothing)["balance/disobeyed"] < 0.3, "nobody obeys labels that say nothing"


def test_one_sample_for_a_class_is_seen_in_that_class() -> None:
    fakes = blobs(LABELS, 1)
    fakes[LABELS == 1] = CENTRES[1]
    values = gauges(fakes)
    assert values["balance/labels"] == pytest.approx(1.0) and values["balance/narrowest_class"] == 0.0
    assert values["class_distance/green_blue"] > 0.05 > values["class_distance/red"]


def test_labels_that_say_nothing_about_real_samples_are_obeyed_by_nobody() -> None:
    """And where real samples hardly agree with their labels, no fakes are called better than they."""
    shuffled = LABELS[torch.randperm(90, generator=torch.Generator().manual_seed(3))]
    assert abs(gauges(blobs(LABELS, 1), labels=shuffled)["balance/labels"]) < 1.2
    assert gauges(blobs(shuffled, 1), labels=LABELS)["balance/labels"] < 0.3


def test_chance_counts_how_frequent_classes_are() -> None:
    """Nine of ten of one class: fakes that are always of that class are right in 0.9, and obey nothing."""
    labels = (torch.arange(90) % 10 == 0).long()
    real, fakes = blobs(labels, 0), blobs(torch.zeros(90, dtype=torch.int64), 1)
    pairs = PairDistances(among(fakes), among(real), pairwise(fakes, real))
    assert abs(ByClass(labels, labels, None, 2).agreement(pairs)["balance/labels"].item()) < 0.5
    obedient = blobs(labels, 2)
    pairs = PairDistances(among(obedient), among(real), pairwise(obedient, real))
    assert ByClass(labels, labels, None, 2).agreement(pairs)["balance/labels"].item() == pytest.approx(1.0)


def test_the_discriminator_is_right_in_each_class() -> None:
    found = ByClass(torch.tensor([0] * 4 + [1] * 4), torch.tensor([0] * 4 + [1] * 4), None, 2)
    on_fake, on_real = torch.tensor([-1.0, -1, 1, 1, -1, -1, -1, -1]), torch.tensor([1.0] * 8)
    values = {tag: value.item() for tag, value in found.accuracies(on_fake, on_real, 0.0).items()}
    assert values == {"class_accuracy/0": 0.75, "class_accuracy/1": 1.0}
    assert found.accuracies(on_fake, on_real, 2.0)["class_accuracy/1"].item() == 0.5


def test_classes_with_few_samples_and_too_many_classes_have_no_gauges_of_their_own() -> None:
    asked = torch.tensor([0] * 8 + [1] * 8 + [2] * 3)
    assert [one.name for one in ByClass(asked, asked, None, 3).classes] == ["0", "1"]
    many = torch.arange(210) % 21
    assert not ByClass(many, many, None, 21).classes
