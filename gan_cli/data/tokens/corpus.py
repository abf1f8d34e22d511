"""From lines to rows of tokens: characters or words, lines or windows, with the held-out part cut off before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from gan_cli.data.base import Split, Table
from gan_cli.data.tokens.coded_lines import CodedLines, Counts, Numbers, Unit, coded
from gan_cli.data.tokens.distinct import split_distinct
from gan_cli.errors import SettingError

By = Literal["line", "window"]
Rare = Literal["token", "drop"]

PADDING = ""
"""The token that fills a text behind its end, always the first one."""

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""The token in place of all that are too rare."""


@dataclass(frozen=True)
class Cut:
    """How texts become rows of tokens.

    Attributes:
        unit: what a token is.
        by: `line` makes a row of each line; `window` makes rows of the running text.
        length: tokens per row.
        vocabulary: largest number of tokens in the alphabet, with the padding and the one for rare tokens.
        holdout: share in [0, 1) of the lines, or of the end of the running text, that is held out.
        stride: tokens from the start of a window to that of the next; None takes `length`, so that none overlap.
        rare: whether tokens beyond the vocabulary become one token, or their lines are dropped.
    """

    unit: Unit
    by: By
    length: int
    vocabulary: int
    holdout: float
    stride: int | None = None
    rare: Rare = "token"


@dataclass(frozen=True)
class Corpus:
    """Texts as rows of tokens.

    Attributes:
        alphabet: the tokens in the order of their numbers: the padding, then the others by frequency.
        split: tables of rows, int32 (N, length); training and held-out ones share no line, or no passage.
        tokens: number of tokens of all lines.
        cut: number of lines that were longer than a row and lost their end.
        lost: number of tokens that they lost.
        unknown: number of tokens that are too rare for the alphabet, and became one.
        dropped: number of lines that were dropped because of such tokens.
    """

    alphabet: tuple[str, ...]
    split: Split
    tokens: int
    cut: int
    lost: int
    unknown: int
    dropped: int


def corpus_of(texts: Sequence[Sequence[str]], cut: Cut, *, labelled: bool = False) -> Corpus:
    """Turn lines into rows.

    Args:
        texts: the lines of each class, in their order; one class if there are no labels.
        cut: how.
        labelled: whether rows have the number of their class as a label.

    Raises:
        SettingError: no line would be left to train on.
    """
    found = coded([line for text in texts for line in text], cut.unit)
    classes = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    total = len(found.numbers)
    alphabet = _alphabet(found, cut)
    places = {token: place for place, token in enumerate(alphabet)}
    rare = places.get(UNKNOWN, 0)
    unknown = int(found.counts[[token not in places for token in found.tokens]].sum())
    found = found.renumbered(alphabet, np.array([places.get(token, rare) for token in found.tokens], dtype=np.int32))
    dropped = 0
    if cut.rare == "drop":
        whole = np.bincount(found.line_of[found.numbers == 0], minlength=len(found.sizes)) == 0
        dropped, unknown = int((~whole).sum()), 0
        if not whole.any():
            raise SettingError("/data.vocabulary", cut.vocabulary, "drops all lines; use a larger one, or rare=token")
        found, classes = found.keep(whole), classes[whole]
    if cut.by == "window":
        return Corpus(alphabet, _by_window(found, classes, cut, labelled), total, 0, 0, unknown, dropped)
    beyond = np.maximum(found.sizes - cut.length, 0)
    labels = torch.from_numpy(classes) if labelled else None
    split = split_distinct(Table(torch.from_numpy(found.rows(cut.length)), labels), cut.holdout)
    return Corpus(alphabet, split, total, int((beyond > 0).sum()), int(beyond.sum()), unknown, dropped)


def _alphabet(lines: CodedLines, cut: Cut) -> tuple[str, ...]:
    """Return the padding and the most frequent tokens; the last one is for all others, if they have one."""
    counts = dict(zip(lines.tokens, lines.counts.tolist(), strict=True))
    replaced = counts.pop(UNKNOWN, 0)  # a text may have it where a program could not read a character
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    if len(ranked) < cut.vocabulary and not replaced:
        return (PADDING, *ranked)
    others = [UNKNOWN] * (cut.rare == "token")
    return (PADDING, *ranked[: cut.vocabulary - 1 - len(others)], *others)


def _by_window(lines: CodedLines, classes: Counts, cut: Cut, labelled: bool) -> Split:
    """Return the windows of the running text of each class, whose end is held out."""
    space = lines.tokens.index(" ") if cut.unit == "char" and " " in lines.tokens else None
    parts: list[list[Tensor]] = [[], []]
    numbers = np.unique(classes)
    for first, last in zip(*(np.searchsorted(classes, numbers, side) for side in ("left", "right")), strict=True):
        running = lines.running(first, last, space)
        border = len(running) - round(len(running) * cut.holdout)
        for part, passage in zip(parts, (running[:border], running[border:]), strict=True):
            part.append(_windows(passage, cut.length, cut.stride or cut.length))
    made = []
    for part in parts:
        counts = torch.tensor([len(windows) for windows in part])
        labels = torch.repeat_interleave(torch.from_numpy(numbers), counts) if labelled else None
        made.append(Table(torch.cat(part), labels))
    train, kept = made
    return Split(train, kept if len(kept) else None)


def _windows(tokens: Numbers, length: int, stride: int) -> Tensor:
    """Running text (T,) -> its windows (N, length), one after another; what is left at its end is dropped."""
    if len(tokens) < length:
        return torch.zeros(0, length, dtype=torch.int32)
    found = np.lib.stride_tricks.sliding_window_view(tokens, length)[::stride]
    return torch.from_numpy(found.copy())
