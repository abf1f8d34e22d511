"""The view of texts: runs of tokens, what they see that shares do not, and what they leave out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_cli.data.manual import Manual
from gan_cli.distances import energy_distance
from gan_cli.ngrams import ngrams
from gan_cli.perception import described_by
from gan_cli.spec import SampleSpec, one_hot

COUNT = 12


def view(*rows: list[int]) -> Tensor:
    return ngrams(one_hot(torch.tensor(rows), COUNT))


def test_each_run_of_one_to_four_tokens_counts_once() -> None:
    squared = view([1, 2, 3, 4]).square().mul(4)[0].reshape(4, -1)
    assert squared.sum(dim=1).tolist() == pytest.approx([4.0, 3.0, 2.0, 1.0])
    highest = view([1, 1, 1, 1]).square().mul(4)[0].reshape(4, -1).amax(dim=1)
    assert highest.tolist() == pytest.approx([4.0, 3.0, 2.0, 1.0])


def test_padding_is_in_no_run() -> None:
    squared = view([1, 2, 0, 0]).square().mul(4)[0].reshape(4, -1)
    assert squared.sum(dim=1).tolist() == pytest.approx([2.0, 1.0, 0.0, 0.0])
    assert view([0, 0, 0, 0]).abs().sum() == 0.0


def test_the_order_matters_and_the_place_does_not() -> None:
    first, moved, turned = view([5, 6, 7, 0, 0, 0], [0, 0, 5, 6, 7, 0], [7, 6, 5, 0, 0, 0])
    assert torch.equal(first, moved)
    assert (first - turned).norm() > 0.5


def test_short_texts_have_only_short_runs() -> None:
    assert view([1, 2]).shape == (1, 2 * 1024)


def test_letters_by_their_frequency_are_no_text() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = Manual().load().train.samples  # type: ignore[union-attr]
    rows = rows[torch.randperm(len(rows), generator=generator)[:1024]]
    letters = rows[:512].flatten()
    drawn = letters[torch.randperm(len(letters), generator=generator)].reshape(512, 32)

    def apart(first: Tensor, second: Tensor) -> float:
        one, other = (ngrams(one_hot(part, 256)) for part in (first, second))
        return float(energy_distance(one, other))

    assert apart(drawn, rows[512:]) > 10 * abs(apart(rows[:512], rows[512:]))


def test_every_view_is_described_in_words() -> None:
    for kind, spec in {
        "points": SampleSpec((2,), None),
        "audio": SampleSpec((1, 64)),
        "images": SampleSpec((1, 8, 8)),
        "voxels": SampleSpec((1, 4, 4, 4)),
        "text": SampleSpec((2, 4), (0.0, 1.0), alphabet=("", "a")),
    }.items():
        assert spec.kind == kind and described_by(spec)
