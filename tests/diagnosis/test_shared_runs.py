"""What fakes of text leave out and invent, by the runs of tokens that texts share."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.data.base import Table
from gan_cli.data.manual import Manual
from gan_cli.diagnosis.shared_runs import SharedRuns
from gan_cli.ngrams import SIZES

TOKENS, LENGTH = 5, 6


def shares(tokens: Tensor, count: int = TOKENS) -> Tensor:
    """Tokens (N, length) -> one token at each position, (N, tokens, length)."""
    return torch.nn.functional.one_hot(tokens.long(), count).transpose(1, 2).float()


def drawn(seed: int, count: int) -> Tensor:
    """Texts of a few tokens, with padding at their ends."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(1, TOKENS, (count, LENGTH), generator=generator)
    ends = torch.randint(1, LENGTH + 1, (count, 1), generator=generator)
    return torch.where(torch.arange(LENGTH) < ends, tokens, 0)


def runs_of(text: list[int]) -> list[tuple[int, ...]]:
    """The runs of a text with one padding before and behind it, without those of which padding is an inner part."""
    edged = [0, *text, 0]
    found = [tuple(edged[i : i + n]) for n in SIZES for i in range(len(edged) - n + 1)]
    return [run for run in found if 0 not in run[1:] or 0 not in run[:-1]]


def known(texts: list[list[tuple[int, ...]]], others: list[set[tuple[int, ...]]]) -> float:
    """Share of all runs of texts that are in the set which belongs to the text."""
    every = [run in other for text, other in zip(texts, others, strict=True) for run in text]
    return sum(every) / len(every)


def test_shares_are_those_counted_one_by_one() -> None:
    real, fake = drawn(0, 12), drawn(1, 12)
    of_real, of_fake = ([runs_of(text) for text in texts.tolist()] for texts in (real, fake))
    others = [{run for j, text in enumerate(of_real) if j != i for run in text} for i in range(12)]
    usual = known(of_real, others)
    every_real, every_fake = ({run for text in texts for run in text} for texts in (of_real, of_fake))
    gauges = SharedRuns(shares(real))
    missed = 1.0 - known(of_real, [every_fake] * 12) / usual
    astray = 1.0 - known(of_fake, [every_real] * 12) / usual
    assert 0.0 < usual < 1.0
    torch.testing.assert_close(gauges.missed_and_astray(shares(fake))[0], torch.tensor(missed))
    torch.testing.assert_close(gauges.missed_and_astray(shares(fake))[1], torch.tensor(astray))


def prose() -> Tensor:
    """Windows of Python's manual, in random order."""
    table = Manual().load().train
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(0))
    assert isinstance(table, Table)
    return shares(table.samples[order[:768]], Manual().spec.channels)


def test_a_second_real_set_misses_nothing_and_one_text_nearly_all() -> None:
    texts = prose()
    gauges, other = SharedRuns(texts[:256]), texts[256:512]
    assert abs(gauges.missed_and_astray(other)[0]) < 0.06 and abs(gauges.missed_and_astray(other)[1]) < 0.06
    one = other[:1].expand(256, -1, -1)
    assert gauges.missed_and_astray(one)[0] > 0.85 and gauges.missed_and_astray(one)[1] < 0.3


def test_letters_that_do_not_fit_are_astray() -> None:
    texts = prose()
    gauges, other = SharedRuns(texts[:256]), texts[256:512]
    independent = torch.stack([other[:, :, place].roll(place + 1, 0) for place in range(other.shape[2])], dim=2)
    places = torch.arange(other.shape[2])
    few = torch.where(places % 8 == 0, independent, other)
    assert 0.1 < gauges.missed_and_astray(few)[1] < gauges.missed_and_astray(independent)[1] - 0.2


def test_the_first_texts_of_the_larger_set_count() -> None:
    real, fake = drawn(0, 12), drawn(1, 5)
    few, whole = (SharedRuns(shares(each)).missed_and_astray(shares(fake)) for each in (real[:5], real))
    torch.testing.assert_close(whole[1], few[1])


def test_texts_without_a_run_in_common_are_finite() -> None:
    real, fake = torch.tensor([[1, 0, 0], [2, 0, 0]]), torch.tensor([[3, 0, 0]])
    missed, astray = SharedRuns(shares(real)).missed_and_astray(shares(fake))
    assert torch.isfinite(missed) and torch.isfinite(astray)
