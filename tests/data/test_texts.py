"""Texts: tokens, alphabets, what is held out before rows are cut, and the sets that need no download."""

from __future__ import annotations

import pytest
import torch

from gan_cli.data.base import Table, split_of
from gan_cli.data.colours import Colours
from gan_cli.data.corpus import PADDING, UNKNOWN, Corpus, corpus_of, tokens_of
from gan_cli.data.manual import Manual
from gan_cli.errors import SettingError
from gan_cli.spec import normalise, one_hot

LINES = ["pale red", "red", "pale pale blue", "dusty-rose, old"]


def corpus(lines: list[str] = LINES, **settings: object) -> Corpus:
    given = {"unit": "word", "by": "line", "length": 3, "vocabulary": 100, "holdout": 0.0, **settings}
    return corpus_of(lines, **given)  # type: ignore[arg-type]


def train_of(found: Corpus) -> torch.Tensor:
    assert isinstance(found.split.train, Table)
    return found.split.train.samples


def holdout_of(found: Corpus) -> torch.Tensor:
    assert isinstance(found.split.holdout, Table)
    return found.split.holdout.samples


def texts(rows: torch.Tensor, alphabet: tuple[str, ...]) -> list[str]:
    space = " " if any(len(token) > 1 for token in alphabet) else ""
    return [space.join(alphabet[token] for token in row if token) for row in rows.tolist()]


def test_words_keep_their_hyphens_and_marks_are_tokens() -> None:
    assert tokens_of("It's dusty-rose, no?", "word") == ["It's", "dusty-rose", ",", "no", "?"]
    assert tokens_of("a b", "char") == ["a", " ", "b"]


def test_the_alphabet_begins_with_the_padding_and_goes_on_by_frequency() -> None:
    found = corpus()
    assert found.alphabet == (PADDING, "pale", "red", ",", "blue", "dusty-rose", "old")
    assert train_of(found).tolist() == [[1, 2, 0], [2, 0, 0], [1, 1, 4], [5, 3, 6]]
    assert train_of(found).dtype == torch.int32 and (found.cut, found.unknown) == (0, 0)
    assert texts(train_of(found), found.alphabet) == ["pale red", "red", "pale pale blue", "dusty-rose , old"]


def test_rare_tokens_become_one_and_long_lines_are_cut_and_both_are_counted() -> None:
    found = corpus(vocabulary=4, length=2)
    assert found.alphabet == (PADDING, "pale", "red", UNKNOWN)
    assert texts(train_of(found), found.alphabet) == ["pale red", "red", "pale pale", f"{UNKNOWN} {UNKNOWN}"]
    assert (found.cut, found.unknown) == (2, 4)


def test_characters_are_joined_without_spaces_and_end_at_the_padding() -> None:
    found = corpus(unit="char", length=10)
    assert texts(train_of(found), found.alphabet)[:2] == ["pale red", "red"]


def test_held_out_lines_are_no_training_lines_and_are_the_same_each_time() -> None:
    lines = [f"word{index}" for index in range(50)]
    found, again = corpus(lines, holdout=0.2), corpus(lines, holdout=0.2)
    train, held = (set(texts(rows, found.alphabet)) for rows in (train_of(found), holdout_of(found)))
    assert len(held) == 10 and len(train) == 40 and not train & held
    assert torch.equal(holdout_of(found), holdout_of(again))


def test_windows_hold_out_the_end_so_that_no_passage_is_in_both() -> None:
    lines = ["abcde fghij", "klmno"]
    found = corpus(lines, unit="char", by="window", length=4, holdout=0.25)
    # the last 4 of 18 characters, each line with a space behind it
    assert texts(train_of(found), found.alphabet) == ["abcd", "e fg", "hij "]
    assert texts(holdout_of(found), found.alphabet) == ["mno "]


def test_tokens_become_one_hot() -> None:
    rows = torch.tensor([[2, 0], [1, 1]], dtype=torch.int32)
    shares = one_hot(rows, 3)
    assert shares.tolist() == [[[0, 1], [0, 0], [1, 0]], [[0, 0], [1, 1], [0, 0]]]
    spec = Colours().spec
    assert normalise(torch.zeros(1, 4, dtype=torch.int32), spec).shape == (1, *spec.shape)


@pytest.mark.parametrize(
    "source", [Colours(), Colours(unit="char"), Manual(), Manual(unit="word", length=8)], ids=["colours", "c", "m", "w"]
)
def test_the_sets_that_need_no_download(source: Colours | Manual) -> None:
    spec, split = source.spec, split_of(source)
    assert spec.kind == "text" and spec.alphabet is not None and spec.shape[0] == len(spec.alphabet)
    rows, held = split.train.samples, split.holdout.samples  # type: ignore[union-attr]
    assert rows.dtype == torch.int32 and rows.shape[1:] == spec.spatial
    assert rows.min() >= 0 and rows.max() < spec.shape[0]
    assert 0.05 < len(held) / (len(rows) + len(held)) < 0.15
    assert split.identity == split_of(type(source)()).identity


def test_the_names_of_colours_are_names_of_colours() -> None:
    source = Colours(holdout=0.0)
    split = source.load()
    assert source.spec.alphabet is not None
    names = texts(split.train.samples, source.spec.alphabet)  # type: ignore[union-attr]
    assert len(names) == 949 and {"dusty rose", "light olive green", "red"} <= set(names)


def test_a_limit_and_a_length_that_leaves_nothing() -> None:
    assert len(Colours(limit=20).load().train) == 20
    with pytest.raises(SettingError, match="length=1024: leaves no sample to train on"):
        _ = Colours(by="window", length=1024, holdout=0.99).spec
