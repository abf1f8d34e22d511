"""Texts: tokens, alphabets, what is held out before rows are cut, and the sets that need no download."""

from __future__ import annotations

import pytest
import torch

from gan_cli.data.base import Table, split_of
from gan_cli.data.colours import Colours
from gan_cli.data.manual import Manual
from gan_cli.data.tokens.coded_lines import tokens_of
from gan_cli.data.tokens.corpus import PADDING, UNKNOWN, Corpus, Cut, corpus_of
from gan_cli.errors import SettingError
from gan_cli.spec import normalise, one_hot

LINES = ["pale red", "red", "pale pale blue", "dusty-rose, old"]


def corpus(lines: list[str] = LINES, **settings: object) -> Corpus:
    given = {"unit": "word", "by": "line", "length": 3, "vocabulary": 100, "holdout": 0.0, **settings}
    return corpus_of([lines], Cut(**given))  # type: ignore[arg-type]


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


def test_windows_may_overlap_but_not_across_the_border_of_what_is_held_out() -> None:
    found = corpus(["abcdefghij"], unit="char", by="window", length=4, stride=2, holdout=0.4)
    assert texts(train_of(found), found.alphabet) == ["abcd", "cdef"]
    assert texts(holdout_of(found), found.alphabet) == ["ghij"]


def test_lines_with_rare_tokens_may_be_dropped_instead() -> None:
    found = corpus(vocabulary=3, rare="drop")
    assert found.alphabet == (PADDING, "pale", "red")
    assert texts(train_of(found), found.alphabet) == ["pale red", "red"]
    assert (found.dropped, found.unknown) == (2, 0)
    with pytest.raises(SettingError, match="vocabulary=2: drops all lines"):
        corpus(["a b c", "b c d"], vocabulary=2, rare="drop")


def test_a_text_that_has_the_token_for_unknown_ones_has_it_once() -> None:
    found = corpus([f"pale {UNKNOWN}", "red"], length=2)
    assert found.alphabet == (PADDING, "pale", "red", UNKNOWN)
    assert corpus([f"pale {UNKNOWN}", "red"], rare="drop").alphabet == (PADDING, "pale", "red")


def test_equal_lines_are_held_out_together() -> None:
    lines = [f"word{index % 20}" for index in range(100)]
    found = corpus(lines, holdout=0.2)
    train, held = (texts(rows, found.alphabet) for rows in (train_of(found), holdout_of(found)))
    assert len(held) == 20 and len(train) == 80 and not set(train) & set(held)
    assert corpus(lines[:3] * 5, holdout=0.0).split.holdout is None
    with pytest.raises(SettingError, match="leaves none of 2 different rows to train on"):
        corpus(["a", "b"] * 8, holdout=0.6)


def test_classes_keep_their_labels_and_each_holds_out_its_end() -> None:
    cut = Cut("char", "window", 3, 100, 0.25)
    found = corpus_of([["abcdefghijkl"], ["mnopqrstuvwx"]], cut, labelled=True)
    train, held = found.split.train, found.split.holdout
    assert isinstance(train, Table) and isinstance(held, Table)
    assert texts(train.samples, found.alphabet) == ["abc", "def", "ghi", "mno", "pqr", "stu"]
    assert texts(held.samples, found.alphabet) == ["jkl", "vwx"]
    assert train.labels is not None and train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert held.labels is not None and held.labels.tolist() == [0, 1]
    by_line = corpus_of([["a", "b"], ["c"]], Cut("char", "line", 3, 100, 0.0), labelled=True).split.train
    assert isinstance(by_line, Table) and by_line.labels is not None and by_line.labels.tolist() == [0, 0, 1]


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
