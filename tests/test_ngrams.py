"""The view of texts: runs of tokens, what they see that shares do not, and what they leave out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_cli.data.colours import Colours
from gan_cli.data.manual import Manual
from gan_cli.ngrams import ngrams, unshared
from gan_cli.perception import described_by
from gan_cli.spec import SampleSpec, one_hot

COUNT = 12


def view(*rows: list[int]) -> Tensor:
    return ngrams(one_hot(torch.tensor(rows), COUNT))


def counts(*rows: list[int]) -> list[list[float]]:
    """How many runs of two, three and four tokens each text has."""
    found = view(*rows).square().mul(len(rows[0])).reshape(len(rows), 3, -1)
    return [[round(value, 3) for value in text] for text in found.sum(dim=2).tolist()]


def test_each_run_of_two_to_four_tokens_counts_once_with_those_at_the_edges() -> None:
    # |a b c d|: |a ab bc cd d|, |ab abc bcd cd|, |abc abcd bcd|
    assert counts([1, 2, 3, 4]) == [[5.0, 4.0, 3.0]]
    highest = view([1, 1, 1, 1]).square().mul(4)[0].reshape(3, -1).amax(dim=1)
    assert highest.tolist() == pytest.approx([3.0, 2.0, 1.0])


def test_padding_only_tells_where_a_text_begins_and_ends() -> None:
    assert counts([1, 2, 0, 0], [0, 0, 0, 0]) == [[3.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    last, first = view([1, 2, 0, 0], [2, 3, 0, 0])
    assert (last * first).sum() == 0.0, "the one ends with 2, the other begins with it"


def test_the_order_matters_and_the_place_does_not() -> None:
    first, moved, turned = view([5, 6, 7, 0, 0, 0], [0, 0, 5, 6, 7, 0], [7, 6, 5, 0, 0, 0])
    assert torch.equal(first, moved)
    assert (first - turned).norm() > 0.5


def test_short_texts_have_only_short_runs() -> None:
    assert view([1, 2]).shape == (1, 3 * 1024)
    assert view([3]).shape == (1, 2 * 1024)


def test_what_texts_do_not_share_by_hand() -> None:
    real = torch.tensor([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    fake = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    # in common: two real texts 1, two fakes 0, a fake and a real one (1 + 1 + 1 + 0) / 4; e = 2 / (2 * 2)
    assert unshared(fake, real).item() == pytest.approx(3 * (1 - (2 * 0.75 + 0.5) / (1 + 0 + 0.5)))
    nothing = torch.tensor([[0.0, 0.0, 0.0, 1.0]]).expand(2, -1)
    assert unshared(nothing, torch.nn.functional.pad(real, (0, 1))).item() == pytest.approx(3 * (1 - 0.5 / 2.5))


def test_sets_that_share_nothing_within_themselves_are_not_called_different() -> None:
    assert abs(unshared(torch.eye(8)[:4], torch.eye(8)[4:]).item()) < 1e-6
    assert torch.isfinite(unshared(torch.zeros(4, 8), torch.zeros(4, 8)))


def drawn_alone(rows: Tensor, generator: torch.Generator) -> Tensor:
    """The same tokens in any order over all texts; paddings stay."""
    mixed, real = rows.clone(), rows != 0
    mixed[real] = rows[real][torch.randperm(int(real.sum()), generator=generator)]
    return mixed


@pytest.mark.parametrize(
    "source",
    [Colours(holdout=0.0), Colours(unit="char", holdout=0.0), Manual(holdout=0.0)],
    ids=["words", "chars", "m"],
)
def test_the_distance_ranks_texts_as_a_reader_does(source: Colours | Manual) -> None:
    generator = torch.Generator().manual_seed(0)
    rows = source.load().train.samples  # type: ignore[union-attr]
    rows = rows[torch.randperm(len(rows), generator=generator)]
    real, other = rows[:256], rows[256:512]
    damaged = torch.where(torch.rand(other.shape, generator=generator) < 0.3, drawn_alone(other, generator), other)
    sets = [other, damaged, drawn_alone(other, generator), other[:1].expand(256, -1)]
    sound, bad, alone, one = (
        unshared(*(ngrams(one_hot(part, source.spec.channels)) for part in (each, real))).item() for each in sets
    )
    assert abs(sound) < 0.1 and 0.4 < alone < 2.0 and 2.0 < one <= 3.0
    assert sound < bad < alone


def test_every_view_is_described_in_words() -> None:
    for kind, spec in {
        "points": SampleSpec((2,), None),
        "audio": SampleSpec((1, 64)),
        "images": SampleSpec((1, 8, 8)),
        "voxels": SampleSpec((1, 4, 4, 4)),
        "text": SampleSpec((2, 4), (0.0, 1.0), alphabet=("", "a")),
    }.items():
        assert spec.kind == kind and described_by(spec)
