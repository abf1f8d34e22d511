"""Labels to make: every class has its share, whatever their number, and nothing random decides over them."""

from __future__ import annotations

import pytest
import torch

from gan_cli.labels import ClassRows, at_random, evenly

SHARES = torch.tensor([0.5, 0.0, 0.3, 0.2])


@pytest.mark.parametrize("count", [10, 37, 256, 1000])
def test_each_class_has_nearly_its_share(count: int) -> None:
    found = torch.bincount(evenly(SHARES, count), minlength=4)
    assert found.sum() == count and (found - SHARES * count).abs().max() <= 2


def test_fewer_are_the_first_of_more_and_parts_are_mixed() -> None:
    labels = evenly(SHARES, 300)
    assert torch.equal(evenly(SHARES, 40), labels[:40])
    part = torch.bincount(labels[200:240], minlength=4)
    assert (part - SHARES * 40).abs().max() <= 2


def test_shares_need_not_add_up_to_one() -> None:
    assert torch.equal(evenly(SHARES * 7, 50), evenly(SHARES, 50))


def test_random_labels_have_the_shares_too_and_follow_their_generator() -> None:
    labels = at_random(SHARES, 20_000, torch.Generator().manual_seed(3))
    shares = torch.bincount(labels, minlength=4) / 20_000
    assert (shares - SHARES).abs().max() < 0.02 and shares[1] == 0
    assert torch.equal(labels, at_random(SHARES, 20_000, torch.Generator().manual_seed(3)))


def test_a_picture_has_a_row_for_each_class_and_one_of_each_first() -> None:
    rows = ClassRows.of(3, 7)
    assert rows.labels().tolist() == [0, 0, 1, 1, 2, 2]
    assert rows.repeated(torch.tensor([[5.0], [6.0]])).flatten().tolist() == [5.0, 6.0] * 3
    assert rows.by_column(rows.labels()).tolist() == [0, 1, 2, 0, 1, 2]


def test_with_fewer_samples_than_classes_only_some_are_shown() -> None:
    assert ClassRows.of(10, 4).labels().tolist() == [0, 1, 2, 3]
